import { z } from "zod";
import { execute, query, Sql, sql } from "../platform/postgres/index.ts";
import type { Context, Tx } from "./context.ts";

/** A person as far as the garden knows: all ids that were joined into one, and what names them. */
export interface Person {
  customerId: number;
  ids: number[];
  identifiers: { kind: string; value: string }[];
  /** Texts by which the person is looked for where no column names them; no short one, which would be anybody's. */
  texts: string[];
}

/**
 * One place that keeps something about a person. Each domain declares its own; `person-stores.ts` gathers them, and a
 * test holds that no table with a customer in it is missing.
 */
export interface PersonStore {
  /** The table or folder, as receipts and archives name it. */
  name: string;
  engine: "postgres" | "clickhouse" | "files";
  /** What an archive for the person says of it; left out where it only repeats another place. */
  read?(ctx: Context, person: Person): Promise<Record<string, unknown>[]>;
  /** Removes what is kept, so that no query finds it, and gives how many rows or files that were. */
  erase(tx: Tx, ctx: Context, person: Person): Promise<number>;
  /** Keeps what counts for statistics under an id that leads to nobody; erases where nothing is said. */
  anonymise?(tx: Tx, ctx: Context, person: Person, as: number): Promise<number>;
}

const Row = z.record(z.string(), z.unknown());
const name = (text: string) => {
  if (!/^[a-z_0-9]+$/.test(text)) throw new Error(`Bad name ${text}`);
  return text;
};

/** Condition over the columns of a Postgres table that hold a customer's id. */
const ofPerson = (columns: readonly string[], ids: readonly number[]) => {
  const parts = columns.map((column, at) => `${at ? "::bigint[]) or " : ""}"${name(column)}" = any(`);
  return new Sql(
    [...parts, "::bigint[])"],
    columns.map(() => [...ids]),
  );
};

/** Rows of a Postgres table that belong to a customer by id. */
export function rowsInPostgres(of: {
  table: string;
  columns?: readonly string[];
  /** Columns for the archive, as SQL of ours; sealed ones are opened under the place `table.column`. */
  read?: string;
  sealed?: readonly string[];
  /** What a row loses when it moves to nobody's id, as assignments of ours. */
  move?: string;
}): PersonStore {
  const columns = of.columns ?? ["customer_id"];
  const table = sql.raw(`"${name(of.table)}"`);
  return {
    name: of.table,
    engine: "postgres",
    ...(of.read
      ? {
          read: async (ctx: Context, { ids }: Person) => {
            const rows = await query(
              ctx.pool,
              sql`select ${sql.raw(of.read!)} from ${table} where ${ofPerson(columns, ids)} order by 1`,
              Row,
            );
            const ring = ctx.keys.ring();
            return rows.map((row) =>
              Object.fromEntries(
                Object.entries(row).map(([key, value]) => [
                  key,
                  of.sealed?.includes(key) && typeof value === "string"
                    ? ring.open(value, `${of.table}.${key}`)
                    : value,
                ]),
              ),
            );
          },
        }
      : {}),
    erase: (tx, _ctx, { ids }) => execute(tx, sql`delete from ${table} where ${ofPerson(columns, ids)}`),
    ...(of.move
      ? {
          anonymise: (tx: Tx, _ctx: Context, { ids }: Person, as: number) =>
            execute(
              tx,
              sql`update ${table} set customer_id = ${as}, ${sql.raw(of.move!)} where ${ofPerson(columns, ids)}`,
            ),
        }
      : {}),
  };
}

/** Rows of a table in the event store that belong to a customer by id. */
export function rowsInClickHouse(of: {
  table: string;
  columns?: readonly string[];
  /** Columns for the archive, as SQL of ours. */
  read?: string;
}): PersonStore {
  const columns = (of.columns ?? ["customer_id"]).map(name);
  const condition = columns.map((column) => `${column} in {ids:Array(UInt64)}`).join(" or ");
  return {
    name: of.table,
    engine: "clickhouse",
    ...(of.read
      ? {
          read: (ctx: Context, { ids }: Person) =>
            ctx.events.query(Row, { ids }, `select ${of.read} from ${name(of.table)} where ${condition}`),
        }
      : {}),
    erase: (_tx, ctx, { ids }) => eraseInClickHouse(ctx, of.table, condition, { ids }),
  };
}

/**
 * Takes rows out of a table so that no query sees them when this returns; their bytes go when the parts are rewritten.
 * Gives how many there were.
 */
export async function eraseInClickHouse(
  ctx: Context,
  table: string,
  condition: string,
  params: Record<string, number[]>,
): Promise<number> {
  const [row] = await ctx.events.query(
    z.object({ n: z.number() }),
    params,
    `select count() as n from ${name(table)} where ${condition}`,
  );
  if (!row!.n) return 0;
  await ctx.events.command(
    `delete from ${name(table)} where ${condition} settings lightweight_deletes_sync = 2`,
    params,
  );
  return row!.n;
}
