import { inTempFolder, load, type Server, startServer } from "./processes.ts";
import type { BenchRow } from "./row.ts";

const batch = 100;
const target = 10_000;

/**
 * From accepted to queryable, with all steps of the pipeline, in one process: how many events a second are worked through
 * while more wait, and how long each takes to be seen when half of the target comes in.
 */
export async function benchPipeline(): Promise<BenchRow[]> {
  return inTempFolder(async (dataDir) => {
    const server = await startServer({ dataDir });
    // Everybody is a new customer once: the second run meets customers who are known.
    await flood(server, 20_000, "warm");
    const sustained = await flood(server, 60_000, "flood");
    const delays = await paced(server, (target / 2 / batch) * 8);
    await server.stop();
    return [
      {
        name: "accepted to queryable, sustained, all in one process",
        value: sustained.perSecond,
        unit: "events/s",
        target: `at least ${target.toLocaleString("en")}`,
        met: sustained.perSecond >= target,
      },
      {
        name: "accept latency while all of that is worked through, p99",
        value: sustained.p99Ms,
        unit: "ms",
        target: "under 100 ms",
        met: sustained.p99Ms < 100,
      },
      {
        name: `visible after being accepted, at ${(target / 2).toLocaleString("en")} events/s, p99`,
        value: delays.p99Ms / 1000,
        unit: "s",
        target: "under 1 s",
        met: delays.p99Ms < 1000,
      },
    ];
  });
}

/** Sends as fast as is accepted; the rate counts from the first request until everything is queryable. */
async function flood(server: Server, events: number, run: string) {
  const { count: before } = await server.ask("count", {});
  const begun = performance.now();
  const sent = await load({
    ...{
      port: server.port,
      writeKey: server.writeKey,
      batch,
      requests: events / batch,
      connections: 16,
      run,
    },
  });
  if (sent.good !== events / batch) throw new Error("Some requests were not accepted.");
  await server.ask("drained", {});
  const seconds = (performance.now() - begun) / 1000;
  const { count } = await server.ask("count", {});
  if (count - before !== events) throw new Error(`${events} were sent, ${count - before} are there.`);
  return { perSecond: events / seconds, p99Ms: sent.p99Ms };
}

async function paced(server: Server, requests: number) {
  const { count: before } = await server.ask("count", {});
  const watching = server.ask("watch", { before, events: requests * batch, timeoutMs: 60_000 });
  const sent = await load({
    ...{ port: server.port, writeKey: server.writeKey, batch, requests, connections: 8, run: "paced" },
    perSecond: target / 2 / batch,
  });
  const { seen } = await watching;
  // The first moment at which as many events were seen as had been acknowledged with a request.
  const delays = sent.answeredAt.map((at, index) => {
    const moment = seen.find((one) => one.count >= (index + 1) * batch);
    if (!moment) throw new Error("An acknowledged event was never seen.");
    return Math.max(0, moment.at - at);
  });
  delays.sort((a, b) => a - b);
  return { p99Ms: delays[Math.floor(delays.length * 0.99)]! };
}
