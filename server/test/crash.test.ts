import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { Agreement } from "./crash/agree.ts";
import { openTraffic, randomOf } from "./crash/load.ts";
import { bundleCrashServer, type CrashServer, startCrashServer } from "./crash/process.ts";

const seed = Number(process.env.RONDELL_TEST_SEED ?? Date.now() % 1_000_000);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Everything that both stores say is the same, nothing waits, and nothing is there twice. */
function expectAgreement(found: Agreement) {
  expect(found.waiting).toEqual({ inbox: 0, outbox: 0, facts: 0 });
  expect(found.customers[1]).toEqual(found.customers[0]);
  expect(found.links[1]).toEqual(found.links[0]);
  expect({
    stray: found.strayEvents,
    doubles: found.doubleEventIds,
    chains: found.chains,
    answers: found.doubleAnswers,
    orphans: found.orphanIdentifiers,
  }).toEqual({ stray: 0, doubles: 0, chains: 0, answers: 0, orphans: 0 });
}

function expectTraffic(found: Agreement, expected: ReturnType<typeof openTraffic>["expected"]) {
  const times = new Map(found.events.map((row) => [row.n, row.times]));
  expect([...expected.events].filter((n) => !times.has(n))).toEqual([]);
  expect(found.events.filter((row) => row.times !== 1)).toEqual([]);
  expect(found.events.length).toBe(expected.events.size);
  const drops = Object.fromEntries(found.drops.map((row) => [row.reason, row.events]));
  expect(drops.no_consent ?? 0).toBe(expected.dropped);
  const byUser = Object.fromEntries(
    found.byCustomer.map(({ user, events, orders, minor }) => [user, { events, orders, minor }]),
  );
  expect(found.byCustomer).toHaveLength(expected.users.size);
  expect(byUser).toEqual(
    Object.fromEntries(
      [...expected.users].map(([user, { events, orders, minor }]) => [user, { events, orders, minor }]),
    ),
  );
  expect(Object.fromEntries(found.traits.map((row) => [row.user, row.step]))).toEqual(
    Object.fromEntries([...expected.users].map(([user, { step }]) => [user, String(step)])),
  );
  // A userId and an e-mail of each user, and every visitor.
  expect(found.identifiers).toBe(2 * expected.users.size + expected.visitors.size);
}

describe(`a server that is killed (seed ${seed})`, () => {
  let dataDir: string;
  let bundle: Awaited<ReturnType<typeof bundleCrashServer>>;
  let server: CrashServer | undefined;
  beforeAll(async () => {
    bundle = await bundleCrashServer();
    dataDir = await mkdtemp(join(tmpdir(), "rondell-crash-"));
    console.info(`RONDELL_TEST_SEED=${seed} repeats the timing of this run.`);
  });
  afterAll(async () => {
    await server?.kill();
    await rm(dataDir, { recursive: true, force: true });
    await bundle.remove();
  });

  test("ten times during ingestion keeps every acknowledged event exactly once", async () => {
    const random = randomOf(seed);
    const traffic = openTraffic(random);
    for (let round = 0; round < 10; round++) {
      const starting = startCrashServer(bundle.file, dataDir);
      if (round === 4) {
        // Also while it starts.
        await sleep(300 + 900 * random());
        await starting.kill();
        continue;
      }
      server = await starting.ready;
      let over = false;
      const load = traffic.run(server.url, () => over);
      await sleep(100 + 700 * random());
      if (round % 3 === 1) {
        server.killPostgres();
        // Sometimes the process dies with it, sometimes it sees the new server first.
        await sleep(random() < 0.5 ? 10 : 900);
      }
      await server.kill();
      over = true;
      await load;
    }
    server = await startCrashServer(bundle.file, dataDir).ready;
    await traffic.finish(server.url);
    const found = await server.ask<Agreement>("/agree");
    console.info(traffic.counts);
    expect(traffic.counts.acknowledged).toBeGreaterThan(500);
    expectAgreement(found);
    expectTraffic(found, traffic.expected);
    expect(found.counted).toEqual({
      customers: traffic.expected.users.size,
      known: traffic.expected.users.size,
      events: traffic.expected.events.size,
    });
    await server.stop();
    server = undefined;
  }, 90_000);
});
