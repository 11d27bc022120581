import { existsSync } from "node:fs";
import { mkdtemp, rm, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { spawnHolder } from "./fixtures/spawn-holder.ts";
import { backupPostgres, openPool, queryOne, restorePostgres, sql, startEmbeddedPostgres } from "./index.ts";

let dir: string;
const quiet = { info: () => {}, warn: () => {}, error: () => {} };

beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "rondell-backup-"));
});
afterEach(() => rm(dir, { recursive: true, force: true }));

const until = async (holds: () => boolean) => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 10));
};

test("a backup taken while another process writes has every row acknowledged before it, and opens elsewhere", async () => {
  const [live, backup, restored] = [join(dir, "live"), join(dir, "backup"), join(dir, "restored")];
  const holder = await spawnHolder(live, "write");
  const { connection, dataDirectory } = holder.postgres;
  const pool = openPool(connection, { max: 1 });
  // Enough to copy that many rows are written meanwhile.
  await pool.query(
    "create table bulk as select n, repeat(md5(n::text), 8) as filler from generate_series(1, 100000) n",
  );
  await pool.end();
  await until(() => holder.lastAcknowledged() > 100);

  const atBegin = holder.lastAcknowledged();
  const taken = await backupPostgres({ connection, dataDirectory, target: backup });
  const atEnd = holder.lastAcknowledged();
  await until(() => holder.lastAcknowledged() > atEnd + 20);
  await holder.end("SIGTERM");

  expect(atEnd).toBeGreaterThan(atBegin);
  expect(taken.bytes).toBeGreaterThan(30_000_000);
  expect(existsSync(join(backup, "data-18", "postmaster.pid"))).toBe(false);
  expect((await stat(join(backup, "pg.pass"))).mode & 0o077).toBe(0);

  await restorePostgres({ backup, dataDir: restored, log: quiet });
  const postgres = await startEmbeddedPostgres({ dataDir: restored, log: quiet });
  const there = openPool(postgres.connection, { max: 1 });
  const state = await queryOne<{ last: number; rows: number; bulk: number; viaIndex: number }>(
    there,
    sql`select max(n) as last, count(*) as rows, (select count(*) from bulk) as bulk,
      (select n from written where n = ${atBegin}) as via_index from written`,
  );
  expect(state!.last).toBeGreaterThanOrEqual(atBegin);
  expect(state!.rows).toBe(state!.last);
  expect(state!.bulk).toBe(100_000);
  expect(state!.viaIndex).toBe(atBegin);
  await there.query("insert into written values (-1)");
  await there.end();

  await expect(restorePostgres({ backup, dataDir: restored, log: quiet })).rejects.toThrow(
    /has a Postgres already/,
  );
  await expect(backupPostgres({ ...postgres, target: backup })).rejects.toThrow(/is not empty/);
  await postgres.stop();
});

test("a folder without a finished backup is refused", async () => {
  await expect(restorePostgres({ backup: dir, dataDir: join(dir, "x"), log: quiet })).rejects.toThrow(
    /no finished backup/,
  );
  expect(existsSync(join(dir, "x", "postgres"))).toBe(false);
});
