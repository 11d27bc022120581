import { join } from "node:path";
import { inTempFolder, load, type Server, startServer } from "./processes.ts";
import type { BenchRow } from "./row.ts";

const connections = 32;
const forms = [
  { name: "batches of 100 events", batch: 100, requests: 1_200, target: 0.4 },
  { name: "single events", batch: 1, requests: 20_000, target: 0.5 },
] as const;
/** What is asked of each form against a bare durable insert. */
const durableTarget = 0.75;

/**
 * Durable accept against a Fastify that only parses and answers, and against one that also inserts what it parsed. The three
 * take turns three times and the median of the ratios counts, because other work on the machine hits all of them. The
 * pipeline stands still: `bench/pipeline.ts` measures both at once.
 */
export async function benchAccept(): Promise<BenchRow[]> {
  return inTempFolder(async (dataDir) => {
    const parsing = await startServer({ bare: true });
    const inserting = await startServer({ bareInbox: join(dataDir, "bare") });
    const server = await startServer({ dataDir: join(dataDir, "whole") });
    await server.ask("pause", {});
    const rows: BenchRow[] = [];
    for (const form of forms) {
      const rate = async ({ port, writeKey }: Server, turn: number) => {
        const { good, seconds } = await load({
          ...{ port, writeKey, batch: form.batch, requests: form.requests, connections },
          run: `${form.batch}-${turn}`,
        });
        if (good !== form.requests) throw new Error(`${form.requests - good} requests were not accepted.`);
        return (good * form.batch) / seconds;
      };
      const turns: { parse: number; insert: number; value: number }[] = [];
      for (let turn = 0; turn < 4; turn++) {
        const parse = await rate(parsing, turn);
        const insert = await rate(inserting, turn);
        const value = await rate(server, turn);
        await inserting.ask("empty", {});
        await server.ask("empty", {});
        // The first turn warms all up.
        if (turn > 0) turns.push({ parse, insert, value });
      }
      const against = (ceiling: "parse" | "insert", target: number, words: string): BenchRow => {
        const ratios = turns.map((turn) => ({
          value: turn.value,
          ceiling: turn[ceiling],
          ratio: turn.value / turn[ceiling],
        }));
        const median = ratios.toSorted((a, b) => a.ratio - b.ratio)[1]!;
        return {
          name: `durable accept, ${form.name}, against ${words}`,
          ...median,
          unit: "events/s",
          target: `at least ${target} of the ceiling`,
          met: median.ratio >= target,
        };
      };
      rows.push(against("parse", form.target, "parse and answer"));
      rows.push(against("insert", durableTarget, "parse, bare durable insert and answer"));
    }
    await server.ask("resume", {});
    await server.stop();
    await inserting.stop();
    await parsing.stop();
    return rows;
  });
}
