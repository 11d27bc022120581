import { truncate } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Pool, PoolClient } from "pg";
import { z } from "zod";
import { query, queryOne, sql } from "./sql.ts";

/** One step of taking deleted bytes off the disk, and whether it can be vouched for. */
export interface DiskStep {
  step: string;
  count: number;
  guaranteed: boolean;
}

const Name = z.object({ name: z.string() });
/** Each switch goes on by one file: more than there can be, so that a fault ends in an error and not in a loop. */
const switchesMax = 400;
const waitMsMax = 60_000;

/**
 * Takes what was deleted from these tables off the disk: tables are written anew, with what the planner had noted of
 * their values; then the log of changes is moved on until no file of it is older than that. The log needs a superuser,
 * and nobody who holds it back: where either is missing, the step says that it is not vouched for.
 */
export async function takeOffTheDisk(
  pool: Pool,
  tables: readonly { schema: string; table: string }[],
  options: { ownServer: boolean },
): Promise<DiskStep[]> {
  const client = await pool.connect();
  try {
    await client.query("set statement_timeout = 0; set lock_timeout = 0");
    const everySnapshotIsNew = await untilSnapshotsAreNew(client);
    const role = await queryOne(
      client,
      sql`select rolsuper as super from pg_roles where rolname = current_user`,
      z.object({ super: z.boolean() }),
    );
    let rewritten = 0;
    for (const { schema, table } of tables) {
      const found = await query(
        client,
        sql`select tablename as name from pg_tables where schemaname = ${schema} and tablename = ${table}`,
        Name,
      );
      if (!found.length) continue;
      if (role?.super) await forgetStatistics(client, schema, table);
      await query(client, sql`vacuum (full, analyze) ${sql.ident(schema)}.${sql.ident(table)}`);
      rewritten++;
    }
    const steps: DiskStep[] = [
      { step: "postgres.tables_rewritten", count: rewritten, guaranteed: everySnapshotIsNew },
    ];
    if (!role?.super) {
      return [
        ...steps,
        { step: "postgres.statistics_rewritten", count: 0, guaranteed: false },
        { step: "postgres.log_moved_on", count: 0, guaranteed: false },
      ];
    }
    await query(client, sql`vacuum (full) pg_catalog.pg_statistic`);
    steps.push({ step: "postgres.statistics_rewritten", count: 1, guaranteed: true });
    steps.push(await moveLogOn(client));
    if (options.ownServer) steps.push(await emptyServerLog(client));
    return steps;
  } finally {
    client.release(true);
  }
}

/** What the planner noted of a table and its indexes: an analysis of a table that is empty by now would leave it. */
async function forgetStatistics(client: PoolClient, schema: string, table: string): Promise<void> {
  await query(
    client,
    sql`delete from pg_catalog.pg_statistic where starelid in (
        select c.oid from pg_class c join pg_namespace n on n.oid = c.relnamespace where n.nspname = ${schema} and c.relname = ${table}
        union all select i.indexrelid from pg_index i join pg_class c on c.oid = i.indrelid join pg_namespace n on n.oid = c.relnamespace
          where n.nspname = ${schema} and c.relname = ${table})`,
  );
}

/** Rows that a transaction may still see are kept by a rewrite: those that began before must have ended. */
async function untilSnapshotsAreNew(client: PoolClient): Promise<boolean> {
  const Old = z.object({ n: z.number() });
  const [now] = await query(client, sql`select pg_current_xact_id()::text::bigint as n`, Old);
  const until = Date.now() + waitMsMax;
  for (;;) {
    const [row] = await query(
      client,
      sql`select count(*) as n from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()
        and backend_xmin is not null and backend_xmin::text::bigint < ${now!.n} % 4294967296`,
      Old,
    );
    if (!row!.n) return true;
    if (Date.now() > until) return false;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/**
 * Moves the log of changes on until every file of before is removed. A file is else renamed for later use, with its old
 * content: that is switched off meanwhile, and those that wait already are gone through, because a switch fills the rest
 * of a file with zeros.
 */
async function moveLogOn(client: PoolClient): Promise<DiskStep> {
  const files = async () =>
    (
      await query(
        client,
        sql`select name from pg_ls_waldir() where name ~ '^[0-9A-F]{24}$' order by name`,
        Name,
      )
    ).map((row) => row.name);
  const current = async () =>
    (await queryOne(client, sql`select pg_walfile_name(pg_current_wal_insert_lsn()) as name`, Name))!.name;
  await client.query("alter system set wal_recycle = off");
  await client.query("select pg_reload_conf()");
  try {
    let before = new Set(await files());
    const count = before.size;
    for (let turn = 0; before.size && turn < switchesMax; turn++) {
      // A switch does nothing where nothing was written since the last one.
      await client.query("select pg_logical_emit_message(false, 'rondell', 'erased')");
      await client.query("select pg_switch_wal()");
      const reached = await current();
      const isPast = [...before].every((name) => name < reached);
      if (isPast || turn % 8 === 7) await client.query("checkpoint");
      const there = new Set(await files());
      before = new Set([...before].filter((name) => there.has(name)));
      if (isPast && before.size && turn > 2) {
        // A checkpoint keeps what the one before it began with: the next one lets go of that.
        await client.query("checkpoint");
        const left = new Set(await files());
        before = new Set([...before].filter((name) => left.has(name)));
      }
    }
    return { step: "postgres.log_moved_on", count: count - before.size, guaranteed: before.size === 0 };
  } finally {
    await client.query("alter system reset wal_recycle");
    await client.query("select pg_reload_conf()");
  }
}

/** The server's own log holds messages that may repeat a value. */
async function emptyServerLog(client: PoolClient): Promise<DiskStep> {
  const row = await queryOne(
    client,
    sql`select current_setting('data_directory') as dir`,
    z.object({ dir: z.string() }),
  );
  let count = 0;
  let guaranteed = true;
  for (const name of ["server.log", "server.log.1"]) {
    await truncate(join(dirname(row!.dir), name)).then(
      () => count++,
      (error: NodeJS.ErrnoException) => {
        if (error.code !== "ENOENT") guaranteed = false;
      },
    );
  }
  return { step: "postgres.server_log_emptied", count, guaranteed };
}
