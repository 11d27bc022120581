import { readFile, writeFile } from "node:fs/promises";
import { cpus, totalmem } from "node:os";
import { join } from "node:path";
import { benchAccept } from "./accept.ts";
import { benchAttribution } from "./attribution.ts";
import { benchDuplicates } from "./duplicates.ts";
import { benchErasure } from "./erasure.ts";
import { benchIdentity } from "./identity.ts";
import { benchImport } from "./import.ts";
import { benchImportEvents } from "./import-events.ts";
import { benchJourneys } from "./journeys.ts";
import { benchModels } from "./models.ts";
import { benchPipeline } from "./pipeline.ts";
import type { BenchRow } from "./row.ts";
import { benchSample } from "./sample.ts";
import { benchStart } from "./start.ts";

/*
 * `npm run bench` runs all, `npm run bench -- accept models` some of them; `--write` puts the table into README.md.
 */
const benches: Record<string, () => Promise<BenchRow[]>> = {
  accept: benchAccept,
  pipeline: benchPipeline,
  import: benchImport,
  "import-events": benchImportEvents,
  models: benchModels,
  attribution: benchAttribution,
  duplicates: benchDuplicates,
  identity: benchIdentity,
  erasure: benchErasure,
  journeys: benchJourneys,
  start: benchStart,
  sample: benchSample,
};

const args = process.argv.slice(2);
const unknown = args.filter((arg) => !arg.startsWith("--") && !(arg in benches));
if (unknown.length) {
  console.error(
    `There is no benchmark ${unknown.join(", ")}. There are: ${Object.keys(benches).join(", ")}.`,
  );
  process.exit(2);
}
const wanted = args.filter((arg) => arg in benches);
const rows: BenchRow[] = [];
let failed = false;
for (const name of wanted.length ? wanted : Object.keys(benches)) {
  console.error(`… ${name}`);
  try {
    rows.push(...(await benches[name]!()));
  } catch (error) {
    failed = true;
    console.error(`${name} failed:`, error);
  }
}

const shown = (value: number) =>
  value.toLocaleString("en", value < 10 ? { maximumSignificantDigits: 3 } : { maximumFractionDigits: 0 });
const table = [
  "| what | measured | ceiling of the same run | ratio | target | |",
  "| --- | --- | --- | --- | --- | --- |",
  ...rows.map((row) =>
    [
      "",
      row.name,
      `${shown(row.value)} ${row.unit}`,
      row.ceiling === undefined ? "" : `${shown(row.ceiling)} ${row.unit}`,
      row.ratio === undefined ? "" : row.ratio.toFixed(2),
      row.target,
      row.met ? "met" : "**not met**",
      "",
    ]
      .join(" | ")
      .trim(),
  ),
].join("\n");
console.log(table);

if (args.includes("--write")) {
  const processors = cpus();
  const machine = `${new Date().toISOString().slice(0, 10)}, ${process.platform} ${process.arch}, Node ${process.versions.node}, ${processors.length} × ${processors[0]?.model.trim()}, ${Math.round(totalmem() / 1024 ** 3)} GB. Server, engines and load generator share the processors.`;
  const path = join(import.meta.dirname, "README.md");
  const text = await readFile(path, "utf8");
  const [before] = text.split("<!-- table -->");
  await writeFile(path, `${before}<!-- table -->\n\n${machine}\n\n${table}\n`);
}
if (failed) process.exitCode = 1;
