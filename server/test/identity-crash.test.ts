import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { openPool } from "../src/platform/postgres/index.ts";
import { post, randomOf } from "./crash/load.ts";
import { bundleCrashServer, type CrashServer, startCrashServer } from "./crash/process.ts";
import { type FreshDatabase, freshDatabase } from "./database.ts";
import { batchOf, type Call, contested, openTelling, plain, whoIsWho } from "./telling.ts";

/*
 * The rule of `identity-log.test.ts` for conflicting calls, with a server that is killed in the middle instead of a
 * transaction that is taken back: one accepted order, the same customers and proposals.
 */

const seed = Number(process.env.RONDELL_TEST_SEED ?? Date.now() % 1_000_000);
const kills = 3;

let world: Awaited<ReturnType<typeof openTelling>>;
let bundle: Awaited<ReturnType<typeof bundleCrashServer>>;
let database: FreshDatabase;
let dataDir: string;
let server: CrashServer | undefined;
beforeAll(async () => {
  [world, bundle, database, dataDir] = await Promise.all([
    openTelling(),
    bundleCrashServer(),
    freshDatabase(),
    mkdtemp(join(tmpdir(), "rondell-identity-crash-")),
  ]);
});
afterAll(async () => {
  await server?.kill();
  await database?.drop();
  await bundle?.remove();
  if (dataDir) await rm(dataDir, { recursive: true, force: true });
});

/** The conflicts of many small groups of people, who never meet, one call after the other of each. */
function quarrels(): Call[] {
  const groups = fc.sample(contested, { seed, numRuns: 40 }).map((calls, group) =>
    calls.map((call) => {
      const entries = Object.entries(call).map(([key, value]) => [
        key,
        key === "type" ? value : `g${group}${value}`,
      ]);
      return Object.fromEntries(entries) as Call;
    }),
  );
  const longest = Math.max(...groups.map((calls) => calls.length));
  return Array.from({ length: longest }, (_, at) =>
    groups.flatMap((calls) => calls.slice(at, at + 1)),
  ).flat();
}

test(`conflicting calls end in the same customers and proposals when the server is killed in the middle (seed ${seed})`, async () => {
  const calls = quarrels();
  await world.begin();
  await world.tell(calls, plain);
  const expected = await world.seen();

  const random = randomOf(seed);
  const run = world.run();
  const start = () => startCrashServer(bundle.file, dataDir, { DATABASE_URL: database.url }).ready;
  server = await start();
  const killAfter = new Set(
    Array.from({ length: kills }, (_, n) => Math.floor(((n + random()) * calls.length) / kills)),
  );
  const authorization = `Basic ${Buffer.from("wk_crash_server:").toString("base64")}`;
  let killed = 0;
  for (let at = 0; at < calls.length; ) {
    const size = 1 + Math.floor(3 * random());
    const batch = batchOf(calls.slice(at, at + size), at, run);
    const tell = () =>
      post(`${server!.url}/v1/batch`, { batch }, { authorization }).then(
        (answer) => answer.status === 200,
        () => false,
      );
    if (batch.some((_, index) => killAfter.has(at + index))) {
      const telling = tell();
      await new Promise((resolve) => setTimeout(resolve, 30 * random()));
      await server.kill();
      const wasHeard = await telling;
      server = await start();
      killed++;
      // What was taken without an answer is told again, as clients do, under the same message ids.
      if (!wasHeard) expect(await tell()).toBe(true);
    } else expect(await tell()).toBe(true);
    at += size;
  }
  expect(killed).toBeGreaterThan(1);
  await server.ask("/drained");
  const pool = openPool(database.connection, { max: 2, schema: "garden_crash" });
  try {
    const found = await whoIsWho(pool, run);
    expect(found.proposals.length).toBeGreaterThan(0);
    expect(found).toEqual(expected);
  } finally {
    await pool.end();
  }
}, 60_000);
