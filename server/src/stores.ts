import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { z } from "zod";
import type { Config } from "./config.ts";
import { type ClickHouse, openClickHouse } from "./platform/clickhouse/index.ts";
import { type Keys, openKeys } from "./platform/keys/index.ts";
import {
  lockDataDir,
  openPool,
  type PostgresConnection,
  queryOne,
  sql,
  startEmbeddedPostgres,
} from "./platform/postgres/index.ts";
import { refuse } from "./platform/refusal.ts";

/** Both engines of a data folder, which nobody else holds meanwhile. */
export interface Stores {
  connection: PostgresConnection;
  /** Stands in the schema `rondell`. */
  platformPool: Pool;
  clickhouse: ClickHouse;
  /** Outside of both engines. */
  keys: Keys;
  close(): Promise<void>;
}

/**
 * Opens the data folder: takes its lock, starts or reaches Postgres, opens ClickHouse.
 * Refuses data_dir.unusable, data_dir.in_use, postgres.unreachable, postgres.too_old, clickhouse.unreachable.
 */
export async function openStores(
  config: Config,
  options: { log: Logger; connection?: PostgresConnection },
): Promise<Stores> {
  const { log } = options;
  const closers: (() => Promise<unknown>)[] = [];
  const close = async () => {
    for (const closer of closers.splice(0).reverse()) await closer();
  };
  try {
    await makeDataDir(config.dataDir);
    const lock = await lockDataDir(config.dataDir);
    closers.push(() => lock.release());
    const keys = await openKeys({ dataDir: config.dataDir, given: config.encryptionKey });
    const connection = await connect();
    const platformPool = openPool(connection, { max: 5, schema: "rondell", applicationName: "rondell", log });
    closers.push(() => platformPool.end());
    if (config.databaseUrl && !options.connection) await reachPostgres(platformPool);
    const clickhouse = await openClickHouse(
      config.clickhouseUrl ? { url: config.clickhouseUrl } : { path: join(config.dataDir, "clickhouse") },
    );
    closers.push(() => clickhouse.close());
    if (config.clickhouseUrl) await reachClickHouse(clickhouse);
    return { connection, platformPool, clickhouse, keys, close };
  } catch (error) {
    await close().catch((failure) => log.error({ err: failure }, "closing the stores after a failed start"));
    throw error;
  }

  async function connect(): Promise<PostgresConnection> {
    if (options.connection) return options.connection;
    if (config.databaseUrl) return { connectionString: config.databaseUrl };
    const postgres = await startEmbeddedPostgres({ dataDir: config.dataDir, log, maxConnections: 60 });
    closers.push(() => postgres.stop());
    return postgres.connection;
  }
}

/** Makes the data folder where it is missing. Refuses data_dir.unusable. */
async function makeDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true });
  } catch (error) {
    const { code = "" } = error as NodeJS.ErrnoException;
    const why = {
      EEXIST: "it is a file",
      ENOTDIR: "a part of its path is a file",
      EACCES: "you may not write there",
    };
    refuse(
      "invalid",
      "data_dir.unusable",
      `The data folder ${dataDir} cannot be made: ${why[code as keyof typeof why] ?? code}. Choose another RONDELL_DATA_DIR.`,
    );
  }
}

/** The oldest Postgres whose SQL we speak. */
const postgresMin = 15;

/** Refuses postgres.unreachable and postgres.too_old, in words that say which setting is meant; never with its password. */
async function reachPostgres(pool: Pool): Promise<void> {
  const row = await queryOne(
    pool,
    sql`select current_setting('server_version_num')::int / 10000 as major`,
    z.object({ major: z.number() }),
  ).catch((error: unknown) =>
    refuse(
      "busy",
      "postgres.unreachable",
      `The Postgres server of DATABASE_URL cannot be used (${reasonOf(error)}). Start it or correct the address; without DATABASE_URL Rondell starts its own.`,
    ),
  );
  if (row!.major < postgresMin) {
    refuse(
      "conflict",
      "postgres.too_old",
      `The server of DATABASE_URL is Postgres ${row!.major}; Rondell needs ${postgresMin} or newer.`,
    );
  }
}

/** Refuses clickhouse.unreachable. */
async function reachClickHouse(clickhouse: ClickHouse): Promise<void> {
  await clickhouse
    .ping()
    .catch((error: unknown) =>
      refuse(
        "busy",
        "clickhouse.unreachable",
        `The ClickHouse server of RONDELL_CLICKHOUSE_URL cannot be used (${reasonOf(error)}). Start it or correct the address; without RONDELL_CLICKHOUSE_URL Rondell uses its own.`,
      ),
    );
}

/** What a driver says; several addresses tried in vain say it only in their code. */
function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: string; code?: string };
  return message || code || "it gives no reason";
}
