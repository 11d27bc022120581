import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import pg from "pg";
import { from as copyFrom, to as copyTo } from "pg-copy-streams";
import { z } from "zod";
import { refuse } from "../refusal.ts";
import { withTransaction } from "./pool.ts";
import { quoteIdent } from "./sql.ts";

/** What lies in the folder of a copied schema, written last: without it the copy is not finished. */
const SchemaCopy = z.object({
  schema: z.string(),
  takenAt: z.iso.datetime(),
  serverVersion: z.string(),
  /** The migrations that the schema had. A copy fits only a schema that has the same. */
  migrations: z.array(z.object({ number: z.number(), name: z.string(), checksum: z.string() })),
  tables: z.array(
    z.object({ name: z.string(), columns: z.array(z.string()), rows: z.number(), file: z.string() }),
  ),
  sequences: z.array(z.object({ name: z.string(), lastValue: z.string(), isCalled: z.boolean() })),
});
export type SchemaCopy = z.infer<typeof SchemaCopy>;

const manifestName = "schema.json";

/**
 * Runs `work` on one unchanging view of the whole database, while others go on writing. Several
 * schemas that are copied within it belong to the same instant.
 */
export function withSnapshot<T>(pool: pg.Pool, work: (tx: pg.PoolClient) => Promise<T>): Promise<T> {
  return withTransaction(
    pool,
    async (tx) => {
      await tx.query("set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0");
      // The first query of a transaction takes its snapshot.
      await tx.query("select pg_current_snapshot()");
      return work(tx);
    },
    { isolation: "repeatable read", readOnly: true },
  );
}

/**
 * Copies the rows of all tables of a schema into files, as they were at one instant, and the state of
 * its sequences. Works on every Postgres from 15 on, without special rights, while others write. The
 * tables themselves come from the migrations. Pass the client of `withSnapshot` to copy several
 * schemas of one instant.
 */
export async function copySchemaOut(
  on: pg.Pool | pg.PoolClient,
  schema: string,
  dir: string,
): Promise<SchemaCopy> {
  if (on instanceof pg.Pool) return withSnapshot(on, (tx) => copySchemaOut(tx, schema, dir));
  await mkdir(dir, { recursive: true, mode: 0o700 });
  const tables = await listTables(on, schema);
  if (tables.length > 0) {
    // From here on nobody can drop, truncate or rewrite a table that has not been read yet.
    const names = tables.map((table) => quoteIdent(schema, table.name)).join(", ");
    await on.query(`lock table ${names} in access share mode`);
  }
  const copy: SchemaCopy = {
    schema,
    takenAt: new Date().toISOString(),
    serverVersion: (await on.query<{ server_version: string }>("show server_version")).rows[0]!
      .server_version,
    migrations: await listMigrations(on, schema),
    tables: [],
    sequences: [],
  };
  for (const { name, columns, isPartitioned } of tables) {
    const file = `${encodeURIComponent(name)}.copy.gz`;
    const [target, list] = [quoteIdent(schema, name), columns.map((column) => quoteIdent(column)).join(", ")];
    const source = isPartitioned ? `(select ${list} from ${target})` : `${target} (${list})`;
    const rows = on.query(copyTo(`copy ${source} to stdout`));
    await pipeline(
      rows,
      createGzip({ level: 1 }),
      createWriteStream(join(dir, file), { mode: 0o600, flush: true }),
    );
    copy.tables.push({ name, columns, rows: rows.rowCount, file });
  }
  // Sequences do not belong to the snapshot: read last, they stand behind every row that was copied.
  copy.sequences = await readSequences(on, schema);
  await writeFile(join(dir, manifestName), `${JSON.stringify(copy, null, 2)}\n`, {
    mode: 0o600,
    flush: true,
  });
  return copy;
}

/** Reads what a folder of `copySchemaOut` holds, so that the schema can be migrated to that state. */
export async function readSchemaCopy(dir: string): Promise<SchemaCopy> {
  const text = await readFile(join(dir, manifestName), "utf8").catch(() => {
    refuse(
      "conflict",
      "copy.refused",
      `${dir} holds no finished copy of a schema: ${manifestName} is missing.`,
    );
  });
  return SchemaCopy.parse(JSON.parse(text));
}

export interface CopyInOptions {
  /** Empties the tables before, also of rows that migrations put there. Otherwise they must be empty. */
  replace?: boolean;
}

/**
 * Takes in what `copySchemaOut` wrote, in one transaction: all of it, or nothing. The schema may have
 * another name than before; it must have the migrations of the copy, and may have further columns
 * with defaults.
 *
 * Foreign keys are dropped first and made again at the end, which checks them; so the order of the
 * tables does not matter, cycles neither, and no right beyond owning the tables is needed. Triggers
 * of ours rest meanwhile. Refuses copy.refused when the copy is damaged or does not fit.
 */
export async function copySchemaIn(
  on: pg.Pool | pg.PoolClient,
  schema: string,
  dir: string,
  options: CopyInOptions = {},
): Promise<SchemaCopy> {
  if (on instanceof pg.Pool) return withTransaction(on, (tx) => copySchemaIn(tx, schema, dir, options));
  const copy = await readSchemaCopy(dir);
  await on.query("set local statement_timeout = 0; set local idle_in_transaction_session_timeout = 0");
  // Functions in defaults, checks and indexes find the schema's own names, as they do otherwise.
  await on.query(`set local search_path to ${quoteIdent(schema)}, public`);
  refuseOtherMigrations(copy, await listMigrations(on, schema), schema);
  await refuseMissingTables(on, copy, schema);

  const keys = await listForeignKeys(on, schema);
  for (const key of keys) await on.query(`alter table ${key.table} drop constraint ${quoteIdent(key.name)}`);
  const triggers = await listTriggers(on, schema);
  for (const { table, name } of triggers) await on.query(`alter table only ${table} disable trigger ${name}`);

  await emptyTables(on, schema, options.replace ?? false);
  for (const { name, columns, rows, file } of copy.tables) {
    const list = columns.map((column) => quoteIdent(column)).join(", ");
    const into = on.query(copyFrom(`copy ${quoteIdent(schema, name)} (${list}) from stdin`));
    await pipeline(createReadStream(join(dir, file)), createGunzip(), into);
    if (into.rowCount !== rows) {
      refuse(
        "conflict",
        "copy.refused",
        `${file} holds ${into.rowCount} rows, but ${rows} were written. The copy is damaged: take another.`,
      );
    }
  }
  for (const { name, lastValue, isCalled } of copy.sequences) {
    await on.query("select setval($1::regclass, $2::bigint, $3)", [
      quoteIdent(schema, name),
      lastValue,
      isCalled,
    ]);
  }
  for (const { table, name, enable } of triggers)
    await on.query(`alter table only ${table} ${enable} trigger ${name}`);
  for (const key of keys)
    await on.query(`alter table ${key.table} add constraint ${quoteIdent(key.name)} ${key.definition}`);
  for (const view of await listMaterializedViews(on, schema))
    await on.query(`refresh materialized view ${view}`);
  return copy;
}

interface Table {
  name: string;
  columns: string[];
  isPartitioned: boolean;
}

/** Tables with the columns that hold rows of their own: no partitions, no generated columns, no list of migrations. */
async function listTables(tx: pg.PoolClient, schema: string): Promise<Table[]> {
  const { rows } = await tx.query<{ name: string; columns: string[]; partitioned: boolean }>(
    `select c.relname::text as name, c.relkind = 'p' as partitioned,
        array_agg(a.attname::text order by a.attnum) as columns
      from pg_class c
      join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
      where c.relnamespace = to_regnamespace($1) and c.relkind in ('r', 'p') and not c.relispartition
        and c.relname <> 'migrations'
      group by c.oid, c.relname, c.relkind order by c.relname`,
    [quoteIdent(schema)],
  );
  return rows.map(({ partitioned, ...table }) => ({ ...table, isPartitioned: partitioned }));
}

async function listMigrations(tx: pg.PoolClient, schema: string): Promise<SchemaCopy["migrations"]> {
  const table = quoteIdent(schema, "migrations");
  const { rows } = await tx.query<{ found: boolean }>("select to_regclass($1) is not null as found", [table]);
  if (!rows[0]!.found) return [];
  return (await tx.query(`select number, name, checksum from ${table} order by number`)).rows;
}

async function readSequences(tx: pg.PoolClient, schema: string): Promise<SchemaCopy["sequences"]> {
  const { rows } = await tx.query<{ name: string }>(
    "select relname::text as name from pg_class where relnamespace = to_regnamespace($1) and relkind = 'S' order by 1",
    [quoteIdent(schema)],
  );
  const sequences: SchemaCopy["sequences"] = [];
  for (const { name } of rows) {
    const state = await tx.query<{ last_value: string; is_called: boolean }>(
      `select last_value::text, is_called from ${quoteIdent(schema, name)}`,
    );
    sequences.push({ name, lastValue: state.rows[0]!.last_value, isCalled: state.rows[0]!.is_called });
  }
  return sequences;
}

function refuseOtherMigrations(copy: SchemaCopy, here: SchemaCopy["migrations"], schema: string): void {
  const state = (list: SchemaCopy["migrations"]) =>
    list.map(({ number, checksum }) => `${number} ${checksum}`).join();
  if (state(copy.migrations) === state(here)) return;
  const numbers = (list: SchemaCopy["migrations"]) => list.map(({ number }) => number).join(", ") || "none";
  refuse(
    "conflict",
    "copy.refused",
    `The copy was taken with the migrations ${numbers(copy.migrations)}; the schema ${schema} has ${numbers(here)}, or other texts of them. Bring it to the same ones first.`,
  );
}

async function refuseMissingTables(tx: pg.PoolClient, copy: SchemaCopy, schema: string): Promise<void> {
  const here = await listTables(tx, schema);
  for (const { name, columns } of copy.tables) {
    const table = here.find((one) => one.name === name);
    const missing = columns.filter((column) => !table?.columns.includes(column));
    if (!table)
      refuse(
        "conflict",
        "copy.refused",
        `The copy holds the table ${name}, which the schema ${schema} does not have.`,
      );
    if (missing.length > 0)
      refuse(
        "conflict",
        "copy.refused",
        `The table ${schema}.${name} lacks columns of the copy: ${missing.join(", ")}.`,
      );
  }
}

async function emptyTables(tx: pg.PoolClient, schema: string, replace: boolean): Promise<void> {
  const tables = (await listTables(tx, schema)).map(({ name }) => quoteIdent(schema, name));
  if (tables.length === 0) return;
  if (replace) {
    await tx.query(`truncate ${tables.join(", ")}`);
    return;
  }
  for (const table of tables) {
    const { rowCount } = await tx.query(`select from ${table} limit 1`);
    if (rowCount)
      refuse(
        "conflict",
        "copy.refused",
        `The table ${table} is not empty. Restore into an empty schema, or ask to replace what is there.`,
      );
  }
}

/** Foreign keys of the schema's tables, and those of other schemas' tables on them. Partitions follow their table. */
async function listForeignKeys(tx: pg.PoolClient, schema: string) {
  const { rows } = await tx.query<{ table: string; name: string; definition: string }>(
    `select k.conrelid::regclass::text as "table", k.conname::text as name, pg_get_constraintdef(k.oid) as definition
      from pg_constraint k join pg_class t on t.oid = k.conrelid join pg_class f on f.oid = k.confrelid
      where k.contype = 'f' and k.conparentid = 0
        and to_regnamespace($1) in (t.relnamespace, f.relnamespace)`,
    [quoteIdent(schema)],
  );
  return rows;
}

async function listTriggers(tx: pg.PoolClient, schema: string) {
  const { rows } = await tx.query<{ table: string; name: string; enable: string }>(
    `select g.tgrelid::regclass::text as "table", quote_ident(g.tgname) as name,
        case g.tgenabled when 'A' then 'enable always' when 'R' then 'enable replica' else 'enable' end as enable
      from pg_trigger g join pg_class t on t.oid = g.tgrelid
      where not g.tgisinternal and g.tgenabled <> 'D' and t.relnamespace = to_regnamespace($1)`,
    [quoteIdent(schema)],
  );
  return rows;
}

async function listMaterializedViews(tx: pg.PoolClient, schema: string): Promise<string[]> {
  const { rows } = await tx.query<{ name: string }>(
    "select oid::regclass::text as name from pg_class where relkind = 'm' and relnamespace = to_regnamespace($1) order by oid",
    [quoteIdent(schema)],
  );
  return rows.map(({ name }) => name);
}
