import pg from "pg";
import type { PostgresLog } from "./log.ts";
import { quoteIdent } from "./sql.ts";

/** Where a Postgres is. `pg`, pg-boss and the like take it as it is; `host` may be a socket folder. */
export type PostgresConnection =
  | { host: string; port?: number; user: string; password: string; database: string }
  | { connectionString: string };

export interface PoolOptions {
  /** Connections at most. */
  max: number;
  statementTimeoutMs?: number;
  applicationName?: string;
  /** The schema that unqualified names mean, before `public`: a garden's. */
  schema?: string;
  /** Hears of connections that break while nobody uses them. */
  log?: PostgresLog;
}

const { builtins } = pg.types;

/** Numbers from `bigint`: ids and counts stay below 2^53, so anything beyond is refused, not rounded. */
function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) {
    throw new RangeError(`The bigint ${text} does not fit a JavaScript number; select it as text`);
  }
  return value;
}

/** Postgres array types, which `pg` does not name. */
const arrayOf = { int8: 1016, date: 1182, numeric: 1231 } as const;
const parseTextArray = pg.types.getTypeParser(1009 as typeof builtins.TEXT) as unknown as (
  text: string,
) => (string | null)[];

const textParsers = new Map<number, (text: string) => unknown>([
  [builtins.INT8, safeInteger],
  [arrayOf.int8, (text) => parseTextArray(text).map((part) => (part === null ? null : safeInteger(part)))],
  // A date has no zone: as a Date it would become the day before in half of the world.
  [builtins.DATE, (text) => text],
  [arrayOf.date, parseTextArray],
  [builtins.NUMERIC, (text) => text],
  [arrayOf.numeric, parseTextArray],
]);

const types = {
  getTypeParser: (oid: number, format?: "text" | "binary") =>
    (format !== "binary" && textParsers.get(oid)) || pg.types.getTypeParser(oid, format as "text"),
};

/**
 * Opens a pool. `bigint` comes back as a number, `timestamptz` as a Date, `numeric` and `date` as text.
 *
 * A connection that the server ends while it lies idle, or while it is borrowed between two
 * statements, emits an error that would end the process if nobody listened; here it is logged, and
 * the pool opens another when it is next asked.
 */
export function openPool(connection: PostgresConnection, options: PoolOptions): pg.Pool {
  const { max, statementTimeoutMs, applicationName = "rondell", schema, log } = options;
  const pool = new pg.Pool({
    ...connection,
    max,
    types,
    application_name: applicationName,
    connectionTimeoutMillis: 30_000,
    idleTimeoutMillis: 60_000,
    // Sent as statements, because poolers such as pgbouncer refuse them as connection parameters.
    onConnect: async (client) => {
      const settings = ["set timezone = 'UTC'"];
      if (statementTimeoutMs !== undefined)
        settings.push(`set statement_timeout = ${Math.trunc(statementTimeoutMs)}`);
      if (schema !== undefined) settings.push(`set search_path = ${quoteIdent(schema)}, public`);
      await client.query(settings.join("; "));
    },
  });
  const note = (error: Error) => log?.warn({ error: error.message }, "A Postgres connection was lost");
  pool.on("error", note);
  pool.on("connect", (client) => client.on("error", note));
  return pool;
}

export interface TransactionOptions {
  isolation?: "read committed" | "repeatable read" | "serializable";
  readOnly?: boolean;
  /** The schema that unqualified names mean within this transaction. */
  schema?: string;
}

/**
 * Runs `work` in one transaction: all of it is saved when it returns, nothing when it throws.
 *
 * If a statement failed and `work` swallowed the error, Postgres rolls back at the commit without an
 * error of its own; that throws here too, so that nobody takes lost work for saved.
 */
export async function withTransaction<T>(
  pool: pg.Pool,
  work: (tx: pg.PoolClient) => Promise<T>,
  options: TransactionOptions = {},
): Promise<T> {
  const client = await pool.connect();
  let broken: Error | undefined;
  try {
    const modes = [
      `isolation level ${options.isolation ?? "read committed"}`,
      options.readOnly ? "read only" : "read write",
    ];
    await client.query(`begin ${modes.join(", ")}`);
    if (options.schema !== undefined)
      await client.query(`set local search_path = ${quoteIdent(options.schema)}, public`);
    const result = await work(client);
    const { command } = await client.query("commit");
    if (command !== "COMMIT")
      throw new Error("The transaction was rolled back, because a statement in it failed");
    return result;
  } catch (error) {
    await client.query("rollback").catch((failure: Error) => {
      broken = failure;
    });
    throw error;
  } finally {
    // A connection that cannot even roll back is thrown away.
    client.release(broken);
  }
}
