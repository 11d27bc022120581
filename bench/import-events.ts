import { once } from "node:events";
import { createReadStream, createWriteStream } from "node:fs";
import { rm } from "node:fs/promises";
import { join } from "node:path";
import { inTempFolder, memoryOfTree, type Server, startServer } from "./processes.ts";
import type { BenchRow } from "./row.ts";

/** Events of each import; `--events=10000000` for the whole size. */
const events = Number(process.argv.find((arg) => arg.startsWith("--events="))?.slice(9) ?? 2_000_000);

/**
 * Events of a file as JSON lines and as CSV, from the first byte sent until they are visible: rows a second, and the highest
 * memory of all processes, which must not grow with the file. A first, small import says what memory is without one.
 */
export async function benchImportEvents(): Promise<BenchRow[]> {
  const rows: BenchRow[] = [];
  for (const format of ["jsonl", "csv"] as const) {
    await inTempFolder(async (dataDir) => {
      const server = await startServer({ dataDir });
      const small = await importEvents(server, dataDir, format, Math.ceil(events / 10));
      const whole = await importEvents(server, dataDir, format, events);
      await server.stop();
      const many = events.toLocaleString("en");
      const words = format === "jsonl" ? "JSON lines" : "CSV";
      rows.push({
        name: `import of ${many} events as ${words}, rows a second`,
        ...{ value: whole.rowsPerSecond, unit: "events/s" },
        ...{ target: "said, not held", met: true },
      });
      if (whole.highestMb)
        rows.push({
          name: `memory meanwhile (PSS, highest); with a tenth of the events ${small.highestMb} MB`,
          ...{ value: whole.highestMb, unit: "MB", target: "at most 400 MB above a tenth of the events" },
          met: whole.highestMb - small.highestMb <= 400,
        });
    });
  }
  return rows;
}

async function importEvents(server: Server, dir: string, format: "jsonl" | "csv", count: number) {
  const path = join(dir, `events.${format}`);
  await writeEvents(path, format, count);
  let highestMb = 0;
  const sampler = setInterval(() => {
    highestMb = Math.max(highestMb, Math.round(memoryOfTree(server.pid) ?? 0));
  }, 250);
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
    const { state } = await ask(`/api/imports/${id}`);
    if (state === "done") break;
    if (state !== "queued" && state !== "running") throw new Error(`The import ended as ${state}.`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  clearInterval(sampler);
  await rm(path);
  return { rowsPerSecond: Math.round(count / ((performance.now() - begun) / 1000)), highestMb };
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
