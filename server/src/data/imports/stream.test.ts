import { readFile, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { Readable } from "node:stream";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { Staging, stageFile } from "./files.ts";
import { loadFile, placesOf } from "./load.ts";
import { readyMappings } from "./ready.ts";
import { siftQuotes } from "./sift.ts";
import { dropTables, makeTables } from "./tables.ts";

/** The file's size in MB. What would grow with the file shows at this size; RONDELL_TEST_STREAM_MB asks for another. */
const size = Number(process.env.RONDELL_TEST_STREAM_MB ?? 150);
const mega = 1024 * 1024;

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden();
});

setFlagsFromString("--expose-gc");
const collectGarbage = runInNewContext("gc") as () => void;

/** Runs `work`, and gives by how many MB the process grew after a fifth of it was done, when everything is warm. */
async function growth(work: (tell: (share: number) => void) => Promise<unknown>): Promise<number> {
  let warm = 0;
  let highest = 0;
  let told = 0;
  await work((share) => {
    if (share - told < 0.08) return;
    told = share;
    // What is held counts, not what waits to be collected.
    collectGarbage();
    const { rss } = process.memoryUsage();
    if (share < 0.2) warm = Math.max(warm, rss);
    else highest = Math.max(highest, rss);
  });
  return (highest - warm) / mega;
}

/** MB of files that count as memory of this process; 0 where the system does not tell. */
async function mapped(): Promise<number> {
  const status = await readFile("/proc/self/status", "utf8").catch(() => "");
  return Number(/^RssFile:\s+(\d+) kB/m.exec(status)?.[1] ?? 0) / 1024;
}

/** Has the engine read a table's file as an import does. */
async function readByEngine(path: string): Promise<void> {
  const mapping = readyMappings["uci-online-retail"]!;
  const columns = header.trim().split(",");
  await makeTables(garden.ctx, 1, mapping);
  await loadFile(
    garden.ctx,
    1,
    {
      ...{ fileId: "", name: "large.csv", path, gzip: false, bytes: size * mega, number: 1, role: "lines" },
      ...{ format: "csv", rules: mapping.rules },
      ...{ delimiter: ",", oldLineEnds: false, header: columns },
      places: placesOf(columns, mapping.files.lines!),
    },
    25,
  );
  await dropTables(garden.ctx, 1);
}

const header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n";

/** A table of that size in parts of a MB: every thousandth line has a quotation mark that is not closed. */
function* table(bytes: number, tell: (share: number) => void): Iterable<Buffer> {
  const lines = Array.from({ length: 1000 }, (_, at) => {
    const name = at === 500 ? '"Cup' : at % 3 ? `Cup ${at}` : `"Cup, large ""${at}"""`;
    return `${500_000 + at},P${at % 97},${name},2,2011-03-0${1 + (at % 9)} 10:00:00,2.55,1${at},France\n`;
  });
  const block = Buffer.from(lines.join(""));
  const part = Buffer.concat(Array.from({ length: Math.ceil(mega / block.length) }, () => block));
  yield Buffer.from(header);
  for (let made = 0; made < bytes; made += part.length) {
    tell(made / bytes);
    yield part;
  }
}

test(`a file of ${size} MB is taken and sifted with memory that stays the same`, {
  timeout: 600_000,
}, async () => {
  const staging = new Staging(garden.dataDir);
  let fileId = "";
  const begun = performance.now();
  const taking = await growth(async (tell) => {
    const body = Readable.from(table(size * mega, tell), { objectMode: false });
    fileId = (await stageFile(garden.ctx, staging, "large.csv", body)).id;
  });
  const taken = performance.now();
  const path = staging.path("test", fileId);
  const { size: bytes } = await stat(path);
  expect(bytes).toBeGreaterThanOrEqual(size * mega);

  const target = join(garden.dataDir, "sound.csv");
  let broken = 0;
  let last = 0;
  const sifting = await growth(async (tell) => {
    const done = await siftQuotes(
      { path, gzip: false, delimiter: ",", width: 8 },
      target,
      async ({ line }) => {
        broken++;
        expect(line).toBeGreaterThan(last);
        last = line;
        // A line has 66 bytes on the average.
        tell((line * 66) / bytes);
      },
    );
    expect(done.broken).toBe(broken);
    expect(done.kept).toBe(done.broken * 999 + 1);
  });
  const seconds = (from: number, to: number) => ((to - from) / 1000).toFixed(1);
  console.info(
    `${size} MB: taken in ${seconds(begun, taken)} s, ${taking.toFixed(0)} MB more; sifted in ${seconds(taken, performance.now())} s, ${sifting.toFixed(0)} MB more.`,
  );
  // A step that held the file, or its broken lines, would grow with it.
  expect(taking).toBeLessThan(64);
  expect(sifting).toBeLessThan(64);

  const before = await mapped();
  let mappedMost = 0;
  const looking = setInterval(async () => {
    mappedMost = Math.max(mappedMost, (await mapped()) - before);
  }, 20);
  await readByEngine(target);
  clearInterval(looking);
  console.info(
    `Read by the engine: ${mappedMost.toFixed(0)} MB of the file at most were memory of the process.`,
  );
  expect(mappedMost).toBeLessThan(64);
  await rm(target);
  await rm(path);
});
