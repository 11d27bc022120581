import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { inTempFolder, memoryOfTree, type Server, startServer } from "./processes.ts";
import type { BenchRow } from "./row.ts";

const argument = (name: string) =>
  process.argv.find((arg) => arg.startsWith(`--${name}=`))?.slice(name.length + 3);
/** Events of the largest import; `--events=10000000` for the whole size. */
const events = Number(argument("events") ?? 2_000_000);
/** Memory must not grow with the file: a fifth, a half and the whole are imported, each into a garden of its own. */
const sizes = argument("sizes")?.split(",").map(Number) ?? [events / 5, events / 2, events].map(Math.ceil);
const format = argument("format");
const formats = (["jsonl", "csv"] as const).filter((one) => format === undefined || format === one);

/**
 * Events of a file as JSON lines and as CSV, from the first byte sent until they are visible: rows a second, and the highest
 * memory of all processes meanwhile, which must not grow with the file.
 */
export async function benchImportEvents(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const format of formats) {
    const words = format === "jsonl" ? "JSON lines" : "CSV";
    let smallestMb: number | undefined;
    for (const size of sizes) {
      const { rowsPerSecond, highestMb, steps } = await inTempFolder(async (dataDir) => {
        const server = await startServer({ dataDir });
        const told = await importEvents(server, dataDir, format, size);
        await server.stop();
        return told;
      });
      console.log(`${size.toLocaleString("en")} as ${words}: ${steps}`);
      rows.push({
        name: `import of ${size.toLocaleString("en")} events as ${words}, rows a second`,
        ...{ value: rowsPerSecond, unit: "events/s" },
        ...{ target: "at least 33,333: 10 M in 5 minutes", met: rowsPerSecond >= 33_333 },
      });
      if (!highestMb) continue;
      smallestMb ??= highestMb;
      rows.push({
        name: "memory meanwhile (PSS, highest)",
        ...{ value: highestMb, unit: "MB", target: "at most 150 MB above the smallest file's" },
        met: highestMb - smallestMb <= 150,
      });
    }
  }
  return rows;
}

async function importEvents(server: Server, dir: string, format: "jsonl" | "csv", count: number) {
  const path = join(dir, `events.${format}`);
  await writeEvents(path, format, count);
  let highestMb = 0;
  let step = "sending";
  /** Of each step when it began, and the highest memory. */
  const steps = new Map<string, { from: number; mb: number }>();
  const sampler = setInterval(() => {
    const mb = Math.round(memoryOfTree(server.pid) ?? 0);
    highestMb = Math.max(highestMb, mb);
    const before = steps.get(step) ?? { from: performance.now(), mb: 0 };
    steps.set(step, { ...before, mb: Math.max(before.mb, mb) });
  }, 500);
  const base = `http://127.0.0.1:${server.port}`;
  const headers = { authorization: `Bearer ${server.token}` };
  const ask = async (url: string, init: object = {}) => {
    const answer = await fetch(`${base}${url}`, { headers, ...init });
    if (!answer.ok) throw new Error(await answer.text());
    return (await answer.json()) as Record<string, unknown>;
  };
  const begun = performance.now();
  const { fileId } = await ask(`/api/imports/files?name=events.${format}`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/octet-stream" },
    body: createReadStream(path),
    duplex: "half",
  });
  const columns = {
    id: "id",
    name: "name",
    happenedAt: "at",
    customer: "customer",
    amount: "amount",
    currency: "currency",
  };
  const { id } = await ask("/api/imports", {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({
      mapping: { title: "", source: `bench-${format}-${count}`, files: { events: columns }, rules: {} },
      ...{ files: [fileId], timezone: "UTC" },
    }),
  });
  for (;;) {
    const { state, progress } = await ask(`/api/imports/${id}`);
    const now = (progress as { step?: string } | undefined)?.step ?? step;
    if (now !== step)
      console.error(`  ${Math.round((performance.now() - begun) / 1000)} s: ${now}, ${highestMb} MB`);
    step = now;
    if (state === "done") break;
    if (state !== "queued" && state !== "running") throw new Error(`The import ended as ${state}.`);
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  const seconds = (performance.now() - begun) / 1000;
  clearInterval(sampler);
  await rm(path);
  const told = [...steps].map(
    ([name, { from, mb }]) => `${name} from ${Math.round((from - begun) / 1000)} s, ${mb} MB`,
  );
  return {
    rowsPerSecond: Math.round(count / seconds),
    highestMb,
    steps: `${told.join("; ")}; done after ${Math.round(seconds)} s`,
  };
}

/** Ten events for each customer, over half a year. */
async function writeEvents(path: string, format: "jsonl" | "csv", count: number): Promise<void> {
  const file = createWriteStream(path);
  if (format === "csv") file.write("id,name,at,customer,amount,currency,page\n");
  const start = Date.UTC(2026, 0, 1);
  for (let n = 0; n < count; ) {
    let text = "";
    for (const end = Math.min(count, n + 5_000); n < end; n++) {
      const at = new Date(start + (n % 15_000_000) * 1_000).toISOString();
      const [customer, amount, page] = [`c${n % Math.ceil(count / 10)}`, (n % 9_000) / 100, `/p/${n % 500}`];
      text +=
        format === "csv"
          ? `${n},Product Viewed,${at},${customer},${amount},EUR,${page}\n`
          : `${JSON.stringify({ id: `${n}`, name: "Product Viewed", at, customer, amount, currency: "EUR", page })}\n`;
    }
    if (!file.write(text)) await once(file, "drain");
  }
  file.end();
  await once(file, "finish");
}
