import { randomBytes } from "node:crypto";
import type pg from "pg";
import { inject } from "vitest";
import { openPool, type PostgresConnection } from "../src/platform/postgres/index.ts";

export interface FreshDatabase {
  /** A pool of 10 on the new database. */
  pool: pg.Pool;
  connection: PostgresConnection;
  /** The same place as an address, as in DATABASE_URL. */
  url: string;
  /** Ends the pool and drops the database. Not needed at the end of the tests. */
  drop(): Promise<void>;
}

/** A new, empty database on the test server, for one test file. */
export async function freshDatabase(): Promise<FreshDatabase> {
  const server = inject("postgres");
  const name = `test_${randomBytes(8).toString("hex")}`;
  await onServer(server, `create database ${name}`);
  const connection = withDatabase(server, name);
  const pool = openPool(connection, { max: 10, applicationName: "rondell test" });
  return {
    pool,
    connection,
    url: urlOf(connection),
    drop: async () => {
      await pool.end();
      await onServer(server, `drop database if exists ${name} with (force)`);
    },
  };
}

async function onServer(server: PostgresConnection, statement: string): Promise<void> {
  const pool = openPool(server, { max: 1 });
  try {
    await pool.query(statement);
  } finally {
    await pool.end();
  }
}

function withDatabase(server: PostgresConnection, database: string): PostgresConnection {
  if (!("connectionString" in server)) return { ...server, database };
  const url = new URL(server.connectionString);
  url.pathname = `/${database}`;
  return { connectionString: url.href };
}

function urlOf(connection: PostgresConnection): string {
  if ("connectionString" in connection) return connection.connectionString;
  const { host, user, password, database } = connection;
  return `postgres://${user}:${password}@/${database}?host=${encodeURIComponent(host)}`;
}
