import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { inTempFolder, load, memoryOfTree, type Server, startServer } from "./processes.ts";
import type { BenchRow } from "./row.ts";

const folder = join(import.meta.dirname, "../../shared/data/online-retail-uci");

/**
 * The import of the UCI Online Retail lines from the first byte sent until they are visible, by itself; then once more into a
 * garden of 5 M events, with traffic and without and with an insight run beside it: accept latency and memory meanwhile.
 */
export async function benchImport(): Promise<BenchRow[]> {
  if (!existsSync(folder)) {
    console.warn(`Left out: the UCI Online Retail files are not at ${folder}.`);
    return [];
  }
  const rows: BenchRow[] = [];
  await inTempFolder(async (dataDir) => {
    const server = await startServer({ dataDir });
    const { seconds, lines } = await importAll(server);
    await server.stop();
    rows.push({
      name: `import of ${lines.toLocaleString("en")} lines until visible`,
      value: seconds,
      unit: "s",
      target: "under 8 s",
      met: seconds < 8,
    });
  });
  const alone = await underLoad({ insight: false });
  const both = await underLoad({ insight: true });
  rows.push({
    name: "accept latency while a large import and an insight run go on, p99",
    value: both.p99Ms,
    unit: "ms",
    target: "under 100 ms",
    met: both.p99Ms < 100,
  });
  const memory = { unit: "MB", target: "under 1,200 MB" };
  if (alone.highest)
    rows.push({
      name: "memory of all processes, with 5 M events, importing, with traffic (PSS, highest)",
      ...{ value: alone.highest, ...memory, met: alone.highest < 1_200 },
    });
  if (both.highest)
    rows.push({
      name: "the same with an insight run beside it",
      ...{ value: both.highest, ...memory, met: both.highest < 1_200 },
    });
  return rows;
}

/** An import into a garden of 5 M events, with traffic, and with an insight run where it is wanted. */
function underLoad({ insight }: { insight: boolean }): Promise<{ p99Ms: number; highest: number }> {
  return inTempFolder(async (dataDir) => {
    const filling = await startServer({ dataDir });
    await filling.ask("fill", { events: 5_000_000, customers: 500_000 });
    // What making up the events took is no memory of the product's.
    await filling.stop();
    const server = await startServer({ dataDir });
    let highest = 0;
    const sampler = setInterval(() => {
      highest = Math.max(highest, memoryOfTree(server.pid) ?? 0);
    }, 250);
    const run = insight ? server.ask("insight", {}) : undefined;
    const traffic = load({
      ...{ port: server.port, writeKey: server.writeKey, batch: 20, requests: 1_500, connections: 16 },
      ...{ perSecond: 100, run: "beside" },
    });
    const [, sent, ended] = await Promise.all([importAll(server), traffic, run]);
    clearInterval(sampler);
    await server.stop();
    if (ended && ended.state !== "done") throw new Error(`The insight run ended as ${ended.state}.`);
    return { p99Ms: sent.p99Ms, highest };
  });
}

async function importAll(server: Server): Promise<{ seconds: number; lines: number }> {
  const url = `http://127.0.0.1:${server.port}`;
  const headers = { authorization: `Bearer ${server.token}` };
  const begun = performance.now();
  const files: string[] = [];
  for (const name of readdirSync(folder).sort()) {
    if (!/\.csv(\.gz)?$/.test(name)) continue;
    const answer = await fetch(`${url}/api/imports/files?name=${encodeURIComponent(name)}`, {
      method: "POST",
      headers: { ...headers, "content-type": "application/octet-stream" },
      body: readFileSync(join(folder, name)),
    });
    if (!answer.ok) throw new Error(await answer.text());
    files.push(((await answer.json()) as { fileId: string }).fileId);
  }
  const started = await fetch(`${url}/api/imports`, {
    method: "POST",
    headers: { ...headers, "content-type": "application/json" },
    body: JSON.stringify({
      ...{ mapping: "uci-online-retail", currency: "GBP", timezone: "Europe/London", files },
    }),
  });
  if (!started.ok) throw new Error(await started.text());
  const { id } = (await started.json()) as { id: string };
  for (;;) {
    const state = (await (await fetch(`${url}/api/imports/${id}`, { headers })).json()) as {
      state: string;
      result?: { read: number };
    };
    if (state.state === "done")
      return { seconds: (performance.now() - begun) / 1000, lines: state.result!.read };
    if (state.state !== "queued" && state.state !== "running")
      throw new Error(`The import ended as ${state.state}.`);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
