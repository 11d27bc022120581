import { createHash } from "node:crypto";
import { readdir, readFile } from "node:fs/promises";
import { join } from "node:path";
import type { Pool, PoolClient } from "pg";
import { refuse } from "../refusal.ts";
import type { PostgresLog } from "./log.ts";
import { withTransaction } from "./pool.ts";
import { quoteIdent } from "./sql.ts";

export interface MigrateOptions {
  /** Created when it is missing; the files see it first on their search path. */
  schema: string;
  /** Folder of `0001_name.sql` files. */
  dir: string;
  log?: PostgresLog;
  /** Applies these numbers and no others; a restore brings a schema to where the backup stood. */
  only?: readonly number[];
}

interface Migration {
  number: number;
  name: string;
  checksum: string;
  text: string;
}

/** The numbered files of a folder, in order. */
async function readMigrations(dir: string): Promise<Migration[]> {
  const files = (await readdir(dir)).filter((file) => file.endsWith(".sql")).sort();
  const migrations: Migration[] = [];
  for (const file of files) {
    const parts = /^(\d+)[-_](.+)\.sql$/.exec(file);
    if (!parts)
      refuse("conflict", "migrations.refused", `${join(dir, file)} is not named like 0001_what_it_does.sql.`);
    // Checkouts differ in their line ends; that is no change.
    const text = (await readFile(join(dir, file), "utf8")).replaceAll("\r\n", "\n");
    const checksum = createHash("sha256").update(text).digest("hex");
    migrations.push({ number: Number(parts[1]), name: parts[2]!, checksum, text });
  }
  migrations.sort((a, b) => a.number - b.number);
  migrations.forEach((migration, at) => {
    if (migration.number === migrations[at - 1]?.number) {
      refuse("conflict", "migrations.refused", `Two files in ${dir} have the number ${migration.number}.`);
    }
  });
  return migrations;
}

/**
 * Brings a schema forward to the newest file, and gives the numbers that were applied now.
 *
 * Each file runs in a transaction of its own, with the schema first on the search path. Several
 * processes may call this at once: they take turns by an advisory lock that lives within the
 * transaction, so it works through poolers too. Refuses migrations.refused when an applied file
 * was changed or has gone.
 *
 * Stations number their files in ranges of their own, so a new file may well have a lower number than
 * one that is applied; it is applied now. A file must therefore not rest on a higher range.
 */
export async function migrate(pool: Pool, options: MigrateOptions): Promise<number[]> {
  const { schema, dir, log, only } = options;
  const migrations = await readMigrations(dir);
  const appliedNow: number[] = [];
  for (;;) {
    const done = await withTransaction(pool, async (tx) => {
      const applied = await lockAndReadApplied(tx, schema);
      const open = openMigrations(migrations, applied, schema, dir);
      const next = open.find((migration) => !only || only.includes(migration.number));
      if (!next) return undefined;
      await tx.query(`set local search_path to ${quoteIdent(schema)}, public`);
      await tx.query(next.text).catch((error: Error) => {
        const cause = new Error(
          `Migration ${next.number} (${next.name}) of ${schema} failed: ${error.message}`,
          { cause: error },
        );
        throw cause;
      });
      await tx.query(
        `insert into ${quoteIdent(schema)}.migrations (number, name, checksum) values ($1, $2, $3)`,
        [next.number, next.name, next.checksum],
      );
      return next;
    });
    if (!done) return appliedNow;
    appliedNow.push(done.number);
    log?.info({ schema, number: done.number, name: done.name }, "A migration was applied");
  }
}

interface Applied {
  number: number;
  name: string;
  checksum: string;
}

async function lockAndReadApplied(tx: PoolClient, schema: string): Promise<Applied[]> {
  const table = `${quoteIdent(schema)}.migrations`;
  await tx.query("set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0");
  await tx.query("select pg_advisory_xact_lock(hashtextextended($1, 0))", [`rondell.migrate.${schema}`]);
  const { rows } = await tx.query<{ found: string | null }>("select to_regclass($1)::text as found", [table]);
  if (!rows[0]?.found) {
    await tx.query(`
      create schema if not exists ${quoteIdent(schema)};
      create table ${table} (
        number integer primary key,
        name text not null,
        checksum text not null,
        applied_at timestamptz not null default now()
      )`);
    return [];
  }
  return (await tx.query<Applied>(`select number, name, checksum from ${table} order by number`)).rows;
}

function openMigrations(
  migrations: Migration[],
  applied: Applied[],
  schema: string,
  dir: string,
): Migration[] {
  for (const before of applied) {
    const file = migrations.find((migration) => migration.number === before.number);
    if (!file) {
      refuse(
        "conflict",
        "migrations.refused",
        `The schema ${schema} has migration ${before.number} (${before.name}), which ${dir} does not know. A newer version of Rondell was here: start that one, or restore a backup made before it.`,
      );
    }
    if (file.checksum !== before.checksum) {
      refuse(
        "conflict",
        "migrations.refused",
        `Migration ${before.number} (${before.name}) was changed after it was applied to the schema ${schema}. Put the file back as it was, and write the change into a new file.`,
      );
    }
  }
  return migrations.filter((migration) => !applied.some((before) => before.number === migration.number));
}
