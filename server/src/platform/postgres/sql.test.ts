import { describe, expect, test } from "vitest";
import { z } from "zod";
import { freshDatabase } from "../../../test/database.ts";
import { execute, openPool, query, queryOne, sql, withTransaction } from "./index.ts";

describe("the sql tag", () => {
  test("binds values and numbers them", () => {
    const statement = sql`select * from t where a = ${1} and b = ${"x"}`;
    expect(statement.text).toBe("select * from t where a = $1 and b = $2");
    expect(statement.values).toEqual([1, "x"]);
  });

  test("unfolds fragments in place, however deep", () => {
    const inner = sql`b = ${2} and ${sql`c = ${3}`}`;
    const statement = sql`select ${sql.raw("now()")} from ${sql.ident("s", 'we"ird')} where a = ${1} and ${inner} or d = ${4}${sql.empty}`;
    expect(statement.text).toBe(
      'select now() from "s"."we""ird" where a = $1 and b = $2 and c = $3 or d = $4',
    );
    expect(statement.values).toEqual([1, 2, 3, 4]);
  });

  test("joins lists of values and of fragments", () => {
    const rows = [
      [1, "a"],
      [2, "b"],
    ].map((row) => sql`(${sql.join(row)})`);
    const statement = sql`insert into t values ${sql.join(rows)} returning ${sql.join([])}1`;
    expect(statement.text).toBe("insert into t values ($1, $2), ($3, $4) returning 1");
    expect(statement.values).toEqual([1, "a", 2, "b"]);
  });
});

describe("queries", () => {
  test("rows come back in camelCase, with the types that this project uses", async () => {
    const { pool, drop } = await freshDatabase();
    const row = await queryOne(
      pool,
      sql`select 9007199254740991::bigint as largest_id, array[1, null, 3]::bigint[] as id_list,
        12.50::numeric as some_amount, date '2026-03-29' as due_on, timestamptz '2026-03-29 03:30+02' as happened_at,
        ${sql.json(["a", 1])} as json_list, ${"; drop table x"} as odd_text, ${undefined}::int as nothing`,
    );
    expect(row).toEqual({
      largestId: 9007199254740991,
      idList: [1, null, 3],
      someAmount: "12.50",
      dueOn: "2026-03-29",
      happenedAt: new Date("2026-03-29T01:30:00Z"),
      jsonList: ["a", 1],
      oddText: "; drop table x",
      nothing: null,
    });
    await expect(query(pool, sql`select 9007199254740993::bigint as id`)).rejects.toThrow(/does not fit/);
    expect(await queryOne(pool, sql`select 1 as still_there`)).toEqual({ stillThere: 1 });
    await drop();
  });

  test("a schema parses each row, and a wrong row is refused", async () => {
    const { pool, drop } = await freshDatabase();
    const Shape = z.object({ customerId: z.number(), name: z.string() });
    expect(await query(pool, sql`select 7 as customer_id, 'Ada' as name`, Shape)).toEqual([
      { customerId: 7, name: "Ada" },
    ]);
    await expect(query(pool, sql`select 7 as customer_id, null as name`, Shape)).rejects.toThrow();
    await expect(queryOne(pool, sql`select generate_series(1, 2)`)).rejects.toThrow(
      /One row was expected, 2 came/,
    );
    expect(await queryOne(pool, sql`select 1 where false`)).toBeUndefined();
    await drop();
  });

  test("a pool stands in its schema and in UTC, and keeps to its time limit", async () => {
    const { connection, pool, drop } = await freshDatabase();
    await pool.query("create schema garden_1; create table garden_1.t (n int)");
    const ours = openPool(connection, { max: 2, schema: "garden_1", statementTimeoutMs: 100 });
    expect(await execute(ours, sql`insert into t select generate_series(1, 3)`)).toBe(3);
    expect(await queryOne(ours, sql`show timezone`)).toEqual({ TimeZone: "UTC" });
    await expect(query(ours, sql`select pg_sleep(5)`)).rejects.toThrow(/statement timeout/);
    await ours.end();
    await drop();
  });
});

describe("transactions", () => {
  test("all is saved, or nothing", async () => {
    const { pool, drop } = await freshDatabase();
    await pool.query("create table t (n int)");
    await withTransaction(pool, (tx) => execute(tx, sql`insert into t values (1)`));
    const failing = withTransaction(pool, async (tx) => {
      await execute(tx, sql`insert into t values (2)`);
      throw new Error("no");
    });
    await expect(failing).rejects.toThrow("no");
    expect(await query(pool, sql`select n from t`)).toEqual([{ n: 1 }]);
    await drop();
  });

  test("a swallowed error does not pass for saved work", async () => {
    const { pool, drop } = await freshDatabase();
    await pool.query("create table t (n int primary key)");
    const swallowing = withTransaction(pool, async (tx) => {
      await execute(tx, sql`insert into t values (1)`);
      await execute(tx, sql`insert into t values (1)`).catch(() => {});
    });
    await expect(swallowing).rejects.toThrow(/rolled back/);
    expect(await query(pool, sql`select n from t`)).toEqual([]);
    await drop();
  });

  test("a connection that the server ends is replaced, also within a transaction", async () => {
    const { pool, drop } = await freshDatabase();
    const lost = withTransaction(pool, async (tx) => {
      const { rows } = await tx.query("select pg_backend_pid() as pid");
      await pool.query("select pg_terminate_backend($1)", [rows[0].pid]);
      await new Promise((resolve) => setTimeout(resolve, 50));
      await tx.query("select 1");
    });
    await expect(lost).rejects.toThrow();
    await pool.query(
      "select pg_terminate_backend(pid) from pg_stat_activity where datname = current_database() and pid <> pg_backend_pid()",
    );
    expect(await queryOne(pool, sql`select 1 as fine`)).toEqual({ fine: 1 });
    await drop();
  });
});
