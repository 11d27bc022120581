import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Analytics } from "@segment/analytics-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type EmbeddedPostgres, startEmbeddedPostgres } from "../src/platform/postgres/index.ts";
import { openBadLine } from "./chaos/line.ts";
import { type ClickHouseServer, startClickHouse } from "./clickhouse/index.ts";
import type { Agreement } from "./crash/agree.ts";
import { expectAgreement, expectTraffic } from "./crash/expect.ts";
import { openTraffic, randomOf } from "./crash/load.ts";
import { bundleCrashServer, type CrashServer, startCrashServer } from "./crash/process.ts";

const seconds = Number(process.env.RONDELL_CHAOS_SECONDS ?? 60);
const seed = Number(process.env.RONDELL_TEST_SEED ?? Date.now() % 1_000_000);
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

/** Numbers of the client's events start here, beyond those of the other traffic. */
const clientNumbers = 1_000_000_000;

/**
 * Two servers share the work on one Postgres and one ClickHouse, behind a line that loses answers and refuses. All four
 * are killed again and again, alone and together, while clients send. What was acknowledged must be there once.
 */
describe(`two servers of which everything is killed (seed ${seed}, ${seconds} s)`, () => {
  let base: string;
  let bundle: Awaited<ReturnType<typeof bundleCrashServer>>;
  let postgres: EmbeddedPostgres;
  let clickhouse: ClickHouseServer;
  const servers: (CrashServer | undefined)[] = [undefined, undefined];

  beforeAll(async () => {
    bundle = await bundleCrashServer();
    base = await mkdtemp(join(tmpdir(), "rondell-chaos-"));
    const quiet = () => {};
    postgres = await startEmbeddedPostgres({
      dataDir: join(base, "postgres"),
      log: { info: quiet, warn: quiet, error: quiet },
    });
    clickhouse = await startClickHouse();
    console.info(`RONDELL_TEST_SEED=${seed} repeats the choices of this run.`);
  });
  afterAll(async () => {
    await Promise.all(servers.map((server) => server?.kill()));
    await clickhouse.stop();
    await postgres.stop();
    await rm(base, { recursive: true, force: true, maxRetries: 5 });
    await bundle.remove();
  });

  async function begin(at: number): Promise<void> {
    const { host, user, password, database } = postgres.connection;
    servers[at] = await startCrashServer(bundle.file, join(base, `server-${at}`), {
      DATABASE_URL: `postgres://${user}:${password}@/${database}?host=${encodeURIComponent(host)}`,
      RONDELL_CLICKHOUSE_URL: clickhouse.url,
    }).ready;
  }
  /** Starts a server again; with an engine away it cannot, and tries until it is back. */
  async function beginAgain(at: number): Promise<void> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await begin(at);
      } catch (error) {
        if (attempt === 20) throw error;
        await sleep(500);
      }
    }
  }
  async function killServer(at: number): Promise<void> {
    const server = servers[at];
    servers[at] = undefined;
    await server?.kill();
  }

  test("keep each acknowledged event exactly once", { timeout: (seconds + 300) * 1000 }, async () => {
    const random = randomOf(seed);
    await begin(0);
    await begin(1);
    const line = await openBadLine(() => servers.flatMap((server) => server?.url ?? []), random);
    const traffic = openTraffic(randomOf(seed + 1));
    let over = false;
    const load = traffic.run(line.url, () => over);

    const client = new Analytics({
      host: line.url,
      writeKey: "wk_crash_server",
      maxEventsInBatch: 10,
      flushInterval: 200,
      maxRetries: 100,
    });
    client.on("error", () => {});
    const told = { acknowledged: new Set<number>(), made: 0 };
    const speaking = (async () => {
      while (!over) {
        const n = clientNumbers + told.made++;
        const properties = { n, user: `client-${n % 5}` };
        client.track({ userId: `client-${n % 5}`, event: "Seat Chosen", properties }, (failure) => {
          if (!failure) told.acknowledged.add(n);
        });
        await sleep(20);
      }
    })();

    const counts: Record<string, number> = {};
    const until = Date.now() + seconds * 1000;
    const blows: [string, () => Promise<void>][] = [
      ["a server", () => killAndBegin([random() < 0.5 ? 0 : 1])],
      ["both servers", () => killAndBegin([0, 1])],
      ["Postgres", killPostgres],
      ["ClickHouse", () => killClickHouse(0)],
      ["ClickHouse for a while", () => killClickHouse(1_000 + 4_000 * random())],
      [
        "everything",
        async () => {
          await killPostgres();
          await Promise.all([killAndBegin([0, 1]), killClickHouse(500)]);
        },
      ],
    ];
    async function killPostgres(): Promise<void> {
      try {
        process.kill(postgres.pid, "SIGKILL");
      } catch (error) {
        // Still dead of the blow before.
        if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
      }
    }
    async function killAndBegin(which: readonly number[]): Promise<void> {
      await Promise.all(which.map(killServer));
      await sleep(300 * random());
      await Promise.all(which.map(beginAgain));
    }
    async function killClickHouse(awayMs: number): Promise<void> {
      await clickhouse.kill();
      await sleep(awayMs);
      await clickhouse.start();
    }
    while (Date.now() < until) {
      await sleep(500 + 2_000 * random());
      const [name, strike] = blows[Math.floor(random() * blows.length)]!;
      counts[name] = (counts[name] ?? 0) + 1;
      await strike();
    }
    over = true;
    await Promise.all([load, speaking]);
    await client.closeAndFlush({ timeout: 60_000 });
    const [first] = servers;
    await traffic.finish(first!.url);
    // What the other still has in its hands is there before anything is counted.
    for (const server of servers) await server!.ask("/drained");
    const found = await first!.ask<Agreement>("/agree");
    console.info(counts, line.counts, traffic.counts, {
      clientMade: told.made,
      clientAcknowledged: told.acknowledged.size,
    });

    expect(traffic.counts.acknowledged).toBeGreaterThan(500);
    expect(told.acknowledged.size).toBeGreaterThan(told.made / 2);
    expectAgreement(found);
    const ofClient = found.events.filter((row) => row.n >= clientNumbers);
    const stored = new Set(ofClient.map((row) => row.n));
    expect([...told.acknowledged].filter((n) => !stored.has(n))).toEqual([]);
    expect(ofClient.filter((row) => row.times !== 1)).toEqual([]);
    const clientsKnown = found.byCustomer.filter((row) => row.user.startsWith("client-")).length;
    expectTraffic(
      {
        ...found,
        events: found.events.filter((row) => row.n < clientNumbers),
        byCustomer: found.byCustomer.filter((row) => row.user.startsWith("u-")),
        identifiers: found.identifiers - clientsKnown,
      },
      traffic.expected,
    );
    await line.close();
    for (const at of servers.keys()) {
      await servers[at]!.stop();
      servers[at] = undefined;
    }
  });
});
