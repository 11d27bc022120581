import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { type FreshDatabase, freshDatabase } from "../../../test/database.ts";
import { migrate, query, sql } from "./index.ts";

let database: FreshDatabase;
let dir: string;
let schema: string;
let count = 0;

beforeAll(async () => {
  database = await freshDatabase();
});
afterAll(() => database.drop());
beforeEach(async () => {
  dir = await mkdtemp(join(tmpdir(), "rondell-migrate-"));
  schema = `garden_${++count}`;
  await file(
    "0001_create_things.sql",
    "create table things (id bigint generated always as identity, name text);",
  );
  await file("0002_fill_things.sql", "insert into things (name) values ('one'), ('two');");
  return () => rm(dir, { recursive: true });
});

const file = (name: string, text: string) => writeFile(join(dir, name), text);
const names = () => query(database.pool, sql`select name from ${sql.ident(schema, "things")} order by id`);

test("files are applied in order, once, in their schema", async () => {
  expect(await migrate(database.pool, { schema, dir })).toEqual([1, 2]);
  expect(await migrate(database.pool, { schema, dir })).toEqual([]);
  expect(await names()).toEqual([{ name: "one" }, { name: "two" }]);
  await file("0010_more.sql", "insert into things (name) values ('three');\r\n");
  expect(await migrate(database.pool, { schema, dir })).toEqual([10]);
  await file("0010_more.sql", "insert into things (name) values ('three');\n");
  expect(await migrate(database.pool, { schema, dir })).toEqual([]);
});

test("several processes at once apply each file once", async () => {
  const results = await Promise.all([1, 2, 3, 4].map(() => migrate(database.pool, { schema, dir })));
  expect(results.flat().sort()).toEqual([1, 2]);
  expect(await names()).toHaveLength(2);
});

test("a file that fails leaves nothing of itself, and says which it is", async () => {
  await file("0003_breaks.sql", "insert into things (name) values ('half'); select 1 / 0;");
  await expect(migrate(database.pool, { schema, dir })).rejects.toThrow(
    /Migration 3 \(breaks\) of garden_\d+ failed: division by zero/,
  );
  expect(await names()).toHaveLength(2);
  await file("0003_breaks.sql", "insert into things (name) values ('whole');");
  expect(await migrate(database.pool, { schema, dir })).toEqual([3]);
});

test("an applied file that was changed is refused", async () => {
  await migrate(database.pool, { schema, dir });
  await file("0002_fill_things.sql", "insert into things (name) values ('other');");
  await expect(migrate(database.pool, { schema, dir })).rejects.toThrow(
    /Migration 2 \(fill_things\) was changed after it was applied/,
  );
});

test("a schema of a newer version and a double number are refused", async () => {
  await file("0005_later.sql", "select 1;");
  await migrate(database.pool, { schema, dir });
  await rm(join(dir, "0005_later.sql"));
  await expect(migrate(database.pool, { schema, dir })).rejects.toThrow(/newer version of Rondell/);
  await file("2_again.sql", "select 1;");
  await expect(migrate(database.pool, { schema, dir })).rejects.toThrow(/have the number 2/);
});

test("a file that comes later with a lower number is applied when it comes", async () => {
  await file("0200_range_of_another.sql", "alter table things add column note text;");
  await migrate(database.pool, { schema, dir });
  await file("0003_late.sql", "insert into things (name) values ('late');");
  expect(await migrate(database.pool, { schema, dir })).toEqual([3]);
});

test("it applies only the numbers it is told to", async () => {
  expect(await migrate(database.pool, { schema, dir, only: [1] })).toEqual([1]);
  expect(await names()).toEqual([]);
  expect(await migrate(database.pool, { schema, dir })).toEqual([2]);
});
