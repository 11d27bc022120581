import { mkdtemp, readdir, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type pg from "pg";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type FreshDatabase, freshDatabase } from "../../../test/database.ts";
import {
  copySchemaIn,
  copySchemaOut,
  migrate,
  openPool,
  query,
  queryOne,
  readSchemaCopy,
  sql,
  withSnapshot,
  withTransaction,
} from "./index.ts";

/** Tables with all that makes copying hard: cycles, generated columns, partitions, triggers, odd names and values. */
const tables = `
  create table accounts (id bigint generated always as identity primary key, owner bigint, balance bigint not null);
  create table owners (id bigint generated always as identity primary key, name text not null,
    first_account bigint references accounts deferrable initially deferred);
  alter table accounts add foreign key (owner) references owners;
  create table moves (id bigint generated always as identity primary key,
    from_account bigint not null references accounts, to_account bigint not null references accounts,
    amount bigint not null check (amount > 0), doubled bigint generated always as (amount * 2) stored);
  create table "odd Name/ü" (id int primary key, parent int references "odd Name/ü", body jsonb, raw bytea, tags text[], "order" text);
  create table parts (id int, day date, primary key (id, day)) partition by range (day);
  create table parts_2026 partition of parts for values from ('2026-01-01') to ('2027-01-01');
  create table counted (n bigint not null);
  insert into counted values (0);
  create function count_moves() returns trigger language plpgsql as
    'begin update counted set n = n + 1; return null; end';
  create trigger counts after insert on moves for each row execute function count_moves();
  create materialized view richest as select max(balance) as balance from accounts;
  create sequence tickets;
`;

let database: FreshDatabase;
let migrations: string;
let dir: string;
let count = 0;

beforeAll(async () => {
  database = await freshDatabase();
  migrations = await mkdtemp(join(tmpdir(), "rondell-copy-migrations-"));
  await writeFile(join(migrations, "0001_all.sql"), tables);
});
afterAll(async () => {
  await database.drop();
  await rm(migrations, { recursive: true });
});
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "rondell-copy-"));
  return () => rm(dir, { recursive: true });
});

async function newSchema(): Promise<{ schema: string; pool: pg.Pool }> {
  const schema = `garden_${++count}`;
  await migrate(database.pool, { schema, dir: migrations });
  return { schema, pool: openPool(database.connection, { max: 6, schema }) };
}

const oddText = 'a\ttab, a \\ backslash, \\N, a\nnew line, "quotes", \\. and 🌼';

async function fill(pool: pg.Pool, accounts: number) {
  await pool.query("insert into owners (name) values ($1)", [oddText]);
  await pool.query("insert into accounts (owner, balance) select 1, 1000 from generate_series(1, $1::int)", [
    accounts,
  ]);
  await pool.query("update owners set first_account = 1");
  await pool.query(
    `insert into "odd Name/ü" values (2, null, '{"a": [null, "\\u20ac"]}', '\\x00ff0a', $1, $2), (1, 2, null, null, null, null)`,
    [["", "x,y", null, oddText], oddText],
  );
  await pool.query("insert into parts values (1, '2026-05-01'), (2, '2026-06-01')");
  await pool.query("insert into moves (from_account, to_account, amount) values (1, 2, 5)");
  await pool.query("select nextval('tickets'), nextval('tickets')");
  await pool.query("refresh materialized view richest");
}

test("a schema comes back whole under another name, and goes on counting where it was", async () => {
  const [from, to] = [await newSchema(), await newSchema()];
  await fill(from.pool, 3);
  const written = await copySchemaOut(from.pool, from.schema, dir);
  expect(written.tables.map(({ name, rows }) => [name, rows])).toEqual([
    ["accounts", 3],
    ["counted", 1],
    ["moves", 1],
    ["odd Name/ü", 2],
    ["owners", 1],
    ["parts", 2],
  ]);
  expect(await readSchemaCopy(dir)).toEqual(written);

  // The migration put a row into `counted`, so only replacing fits.
  await expect(copySchemaIn(to.pool, to.schema, dir)).rejects.toThrow(/"counted" is not empty/);
  await copySchemaIn(to.pool, to.schema, dir, { replace: true });
  for (const table of [
    "accounts",
    "counted",
    "moves",
    '"odd Name/ü"',
    "owners",
    "parts",
    "parts_2026",
    "richest",
  ]) {
    const all = sql`select * from ${sql.raw(table)} order by 1`;
    expect(await query(to.pool, all), table).toEqual(await query(from.pool, all));
  }
  expect(await queryOne(to.pool, sql`select nextval('tickets')::int as next`)).toEqual({ next: 3 });
  const move = await queryOne(
    to.pool,
    sql`insert into moves (from_account, to_account, amount) values (1, 2, 1) returning id, doubled`,
  );
  expect(move).toEqual({ id: 2, doubled: 2 });
  // The trigger slept while the rows came in, and is awake again.
  expect(await queryOne(to.pool, sql`select n from counted`)).toEqual({ n: 2 });
  await expect(
    to.pool.query("insert into moves (from_account, to_account, amount) values (1, 99, 1)"),
  ).rejects.toThrow(/foreign key/);
  await expect(to.pool.query("insert into owners (name, first_account) values ('x', 99)")).rejects.toThrow(
    /foreign key/,
  );
  await Promise.all([from.pool.end(), to.pool.end()]);
});

test("while others write, the copy is of one instant and holds all that was saved before it", async () => {
  const [from, to] = [await newSchema(), await newSchema()];
  await fill(from.pool, 20_000);
  let moves = 1;
  let writing = true;
  // Money goes from account to account, in one transaction each: the sum never changes.
  const writer = async () => {
    while (writing) {
      const [a, b] = [1 + Math.floor(Math.random() * 20_000), 1 + Math.floor(Math.random() * 20_000)].sort(
        (x, y) => x - y,
      );
      await withTransaction(from.pool, async (tx) => {
        await tx.query("update accounts set balance = balance - 1 where id = $1", [a]);
        await tx.query("update accounts set balance = balance + 1 where id = $1", [b]);
        await tx.query("insert into moves (from_account, to_account, amount) values ($1, $2, 1)", [a, b]);
      });
      moves++;
    }
  };
  const writers = [writer(), writer(), writer()];
  await new Promise((resolve) => setTimeout(resolve, 200));
  const before = moves;
  const written = await copySchemaOut(from.pool, from.schema, dir);
  const whileCopying = moves - before;
  writing = false;
  await Promise.all(writers);

  expect(whileCopying).toBeGreaterThan(0);
  await copySchemaIn(to.pool, to.schema, dir, { replace: true });
  const state = await queryOne<{ sum: string; moves: number; counted: number; nextAbove: boolean }>(
    to.pool,
    sql`select (select sum(balance) from accounts) as sum, (select count(*) from moves) as moves,
      (select n from counted) as counted,
      nextval(pg_get_serial_sequence('moves', 'id')) > (select max(id) from moves) as next_above`,
  );
  expect(state).toMatchObject({ sum: "20000000", nextAbove: true });
  expect(state!.moves).toBeGreaterThanOrEqual(before);
  expect(state!.moves).toBeLessThanOrEqual(moves);
  // The counter is raised by a trigger in the same transaction as the row it counts.
  expect(state!.counted).toBe(state!.moves);
  expect(written.tables.find(({ name }) => name === "moves")!.rows).toBe(state!.moves);
  await Promise.all([from.pool.end(), to.pool.end()]);
});

test("several schemas copied within one snapshot belong to the same instant", async () => {
  const [left, right] = [await newSchema(), await newSchema()];
  await withSnapshot(database.pool, async (tx) => {
    await copySchemaOut(tx, left.schema, join(dir, "left"));
    await left.pool.query("insert into counted values (1)");
    await right.pool.query("insert into counted values (1)");
    const copy = await copySchemaOut(tx, right.schema, join(dir, "right"));
    expect(copy.tables.find(({ name }) => name === "counted")!.rows).toBe(1);
  });
  await Promise.all([left.pool.end(), right.pool.end()]);
});

test("a copy that does not fit or is damaged is refused, and changes nothing", async () => {
  const [from, to] = [await newSchema(), await newSchema()];
  await fill(from.pool, 3);
  await expect(copySchemaIn(to.pool, to.schema, dir)).rejects.toThrow(/no finished copy/);
  await copySchemaOut(from.pool, from.schema, dir);

  await migrate(database.pool, { schema: "empty_one", dir, only: [] });
  await expect(copySchemaIn(database.pool, "empty_one", dir)).rejects.toThrow(
    /taken with the migrations 1; .* has none/,
  );

  await writeFile(join(dir, "owners.copy.gz"), "not gzip");
  await expect(copySchemaIn(to.pool, to.schema, dir, { replace: true })).rejects.toThrow();
  expect(await query(to.pool, sql`select n from counted`)).toEqual([{ n: 0 }]);
  expect(await query(to.pool, sql`select id from accounts`)).toEqual([]);
  // The foreign keys are as they were.
  await expect(to.pool.query("insert into accounts (owner, balance) values (99, 1)")).rejects.toThrow(
    /foreign key/,
  );
  await Promise.all([from.pool.end(), to.pool.end()]);
});

test("an account that merely owns the tables can copy out and in", async () => {
  const role = `rondell_plain_${Date.now()}`;
  await database.pool.query(`create role ${role} login password 'plain'`);
  await database.pool.query(
    `create schema plain_1 authorization ${role}; create schema plain_2 authorization ${role}`,
  );
  await database.pool.query(`grant create on database "${databaseName()}" to ${role}`);
  const connection =
    "connectionString" in database.connection
      ? { connectionString: withAccount(database.connection.connectionString, role) }
      : { ...database.connection, user: role, password: "plain" };
  const pool = openPool(connection, { max: 2 });
  for (const schema of ["plain_1", "plain_2"]) await migrate(pool, { schema, dir: migrations });
  await pool.query("set search_path to plain_1; insert into accounts (balance) values (7)");
  await copySchemaOut(pool, "plain_1", dir);
  await copySchemaIn(pool, "plain_2", dir, { replace: true });
  expect(await query(pool, sql`select balance from plain_2.accounts`)).toEqual([{ balance: 7 }]);
  await pool.end();
  await database.pool.query(`drop owned by ${role} cascade; drop role ${role}`);
});

test("the files are for the owner's eyes only", async () => {
  const from = await newSchema();
  await copySchemaOut(from.pool, from.schema, join(dir, "copy"));
  expect((await stat(join(dir, "copy"))).mode & 0o077).toBe(0);
  for (const file of await readdir(join(dir, "copy"))) {
    expect((await stat(join(dir, "copy", file))).mode & 0o077, file).toBe(0);
  }
  await from.pool.end();
});

function databaseName(): string {
  const { connection } = database;
  return "connectionString" in connection
    ? new URL(connection.connectionString).pathname.slice(1)
    : connection.database;
}

function withAccount(address: string, user: string): string {
  const url = new URL(address);
  url.username = user;
  url.password = "plain";
  return url.href;
}
