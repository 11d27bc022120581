import { join } from "node:path";
import { pino } from "pino";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type FreshDatabase, freshDatabase } from "../../../test/database.ts";
import { migrate, openPool } from "../postgres/index.ts";
import { openJobs } from "./jobs.ts";

let database: FreshDatabase;
beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());

const silent = pino({ level: "silent" });

/** The jobs of a process that shares its database with others. */
async function openProcess(log = silent, clock?: { now(): Date; lookMs: number }) {
  const platformPool = openPool(database.connection, { max: 3, schema: "rondell" });
  await migrate(platformPool, {
    schema: "rondell",
    dir: join(import.meta.dirname, "../../../migrations/postgres/platform"),
  });
  const jobs = await openJobs({
    connection: database.connection,
    ...{ platformPool, log, gardens: () => [], alone: false, ...(clock ? { clock } : {}) },
  });
  return {
    jobs,
    async end() {
      await jobs.stop();
      await platformPool.end();
    },
  };
}

test("a run that a process leaves behind when it stops is finished by another", async () => {
  const first = await openProcess();
  let begun = () => {};
  const hasBegun = new Promise<void>((resolve) => {
    begun = resolve;
  });
  await first.jobs.define(
    "test.count",
    ({ signal }) =>
      new Promise((_, reject) => {
        signal.addEventListener("abort", () => reject(signal.reason));
        begun();
      }),
  );
  const run = await first.jobs.start("test.count", { by: "test" });
  await hasBegun;
  await first.end();

  const second = await openProcess();
  expect((await second.jobs.get(run.id)).state).toBe("queued");
  await second.jobs.define("test.count", async () => ({ counted: 3 }));
  const ended = await second.jobs.ended(run.id);
  expect([ended.state, ended.result]).toEqual(["done", { counted: 3 }]);
  await second.end();
});

test("a run that fails by itself stays failed", async () => {
  const { jobs, end } = await openProcess();
  let tries = 0;
  await jobs.define("test.fail", async () => {
    tries++;
    throw new Error("It cannot be done.");
  });
  const run = await jobs.start("test.fail", { by: "test" });
  expect((await jobs.ended(run.id)).state).toBe("failed");
  await end();
  expect(tries).toBe(1);
});

test("connections that Postgres ends while the jobs stop are no error to tell of", async () => {
  const told: string[] = [];
  const { jobs, end } = await openProcess(
    pino({ level: "warn" }, { write: (line: string) => told.push(line) }),
  );
  await jobs.define("test.idle", async () => undefined);
  await jobs.ended((await jobs.start("test.idle", { by: "test" })).id);
  const other = openPool(database.connection, { max: 1, schema: "rondell" });
  await other.query("select 1");
  const terminated = other.query(
    "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and application_name = 'rondell jobs'",
  );
  await Promise.allSettled([terminated, end()]);
  // What a connection hears at its end arrives after its pool has ended.
  await new Promise((resolve) => setTimeout(resolve, 300));
  await other.end();
  expect(told).toEqual([]);
});

test("of two processes that see a job become due one queues it, and again the next day", async () => {
  let time = Date.UTC(2026, 2, 1, 3, 40, 50);
  const clock = { now: () => new Date(time), lookMs: 20 };
  const processes = [await openProcess(silent, clock), await openProcess(silent, clock)];
  const pool = openPool(database.connection, { max: 1 });
  for (const { jobs } of processes) await jobs.define("test.tidy", async () => ({}), { cron: "41 3 * * *" });
  const queued = async () =>
    (await pool.query("select count(*)::int as n from jobs.job where name = 'test.tidy'")).rows[0].n;
  // Both look many times meanwhile.
  const settle = () => new Promise((resolve) => setTimeout(resolve, 500));
  await settle();
  expect(await queued()).toBe(0);
  time += 30_000;
  await expect.poll(queued).toBe(1);
  await settle();
  expect(await queued()).toBe(1);
  time += 86_400_000;
  await expect.poll(queued).toBe(2);
  await settle();
  expect(await queued()).toBe(2);
  await pool.end();
  for (const { end } of processes) await end();
});
