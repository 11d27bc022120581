import { inTempFolder, load, type Server, startServer } from "./processes.ts";
import type { BenchRow } from "./row.ts";

const batch = 100;
const target = 10_000;
const drainTarget = 0.12;
/** As many events as a full batch of the pipeline has. */
const atOnce = 5_000;

/**
 * From accepted to queryable, with all steps of the pipeline, in one process: how many events a second are worked through
 * while more wait, how long each takes to be seen when half of the target comes in, and what all steps cost beside an insert
 * of the same rows alone.
 */
export async function benchPipeline(): Promise<BenchRow[]> {
  return inTempFolder(async (dataDir) => {
    const server = await startServer({ dataDir });
    // Everybody is a new customer once: the second run meets customers who are known.
    await flood(server, 20_000, "warm");
    const sustained = await flood(server, 60_000, "flood");
    const delays = await paced(server, (target / 2 / batch) * 8);
    const halved = await atHalf(server, sustained.perSecond);
    const drain = await drained(server, 60_000);
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
      {
        name: "accept latency at half of the sustained rate, p99",
        value: halved.p99Ms,
        unit: "ms",
        target: "under 50 ms",
        met: halved.p99Ms < 50,
      },
      {
        name: "what waits, through all steps of the pipeline, against a bare insert of its rows",
        ...drain,
        unit: "events/s",
        target: `at least ${drainTarget} of the ceiling`,
        met: drain.ratio >= drainTarget,
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

/** How long a request waits for its answer while half of what can be worked through comes in, for eight seconds. */
async function atHalf(server: Server, maxPerSecond: number) {
  const perSecond = maxPerSecond / 2 / batch;
  const sent = await load({
    ...{ port: server.port, writeKey: server.writeKey, batch, requests: Math.round(perSecond * 8) },
    ...{ connections: 8, run: "half", perSecond },
  });
  await server.ask("drained", {});
  return { p99Ms: sent.p99Ms };
}

/**
 * How fast the pipeline works through what waits while nothing comes in, against the event store that only takes ready rows:
 * the same rows in blocks of the same size. By turns three times, and the median of the ratios counts.
 */
async function drained(server: Server, events: number) {
  const turns: { value: number; ceiling: number; ratio: number }[] = [];
  for (let turn = 0; turn < 3; turn++) {
    const { seconds: bare } = await server.ask("bareInsert", { events, atOnce });
    await server.ask("pause", {});
    await load({
      ...{ port: server.port, writeKey: server.writeKey, batch, requests: events / batch, connections: 16 },
      run: `drain-${turn}`,
    });
    await server.ask("resume", {});
    const { seconds } = await server.ask("drained", {});
    turns.push({ value: events / seconds, ceiling: events / bare, ratio: bare / seconds });
  }
  return turns.toSorted((a, b) => a.ratio - b.ratio)[1]!;
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
