import { inTempFolder, load, startServer } from "./processes.ts";
import type { BenchRow } from "./row.ts";

const connections = 32;
const forms = [
  { name: "batches of 100 events", batch: 100, requests: 1_200, target: 0.4 },
  { name: "single events", batch: 1, requests: 20_000, target: 0.5 },
] as const;

/**
 * Durable accept against a Fastify that only parses and answers. The two take turns three times and the median of the
 * ratios counts, because other work on the machine hits both. The pipeline stands still: `bench/pipeline.ts` measures both at once.
 */
export async function benchAccept(): Promise<BenchRow[]> {
  return inTempFolder(async (dataDir) => {
    const bare = await startServer({ bare: true });
    const server = await startServer({ dataDir });
    await server.ask("pause", {});
    const rows: BenchRow[] = [];
    for (const form of forms) {
      const turns: { ratio: number; value: number; ceiling: number }[] = [];
      for (let turn = 0; turn < 4; turn++) {
        const rate = async (port: number, writeKey: string) => {
          const { good, seconds } = await load({
            ...{ port, writeKey, batch: form.batch, requests: form.requests, connections },
            run: `${form.batch}-${turn}`,
          });
          if (good !== form.requests) throw new Error(`${form.requests - good} requests were not accepted.`);
          return (good * form.batch) / seconds;
        };
        const ceiling = await rate(bare.port, bare.writeKey);
        const value = await rate(server.port, server.writeKey);
        await server.ask("empty", {});
        // The first turn warms both up.
        if (turn > 0) turns.push({ ratio: value / ceiling, value, ceiling });
      }
      const median = turns.toSorted((a, b) => a.ratio - b.ratio)[1]!;
      rows.push({
        name: `durable accept, ${form.name}, against parse and answer`,
        ...median,
        unit: "events/s",
        target: `at least ${form.target} of the ceiling`,
        met: median.ratio >= form.target,
      });
    }
    await server.ask("resume", {});
    await server.stop();
    await bare.stop();
    return rows;
  });
}
