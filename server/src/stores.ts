import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Config } from "./config.ts";
import { type ClickHouse, openClickHouse } from "./platform/clickhouse/index.ts";
import {
  lockDataDir,
  openPool,
  type PostgresConnection,
  startEmbeddedPostgres,
} from "./platform/postgres/index.ts";

/** Both engines of a data folder, which nobody else holds meanwhile. */
export interface Stores {
  connection: PostgresConnection;
  /** Stands in the schema `rondell`. */
  platformPool: Pool;
  clickhouse: ClickHouse;
  close(): Promise<void>;
}

/** Opens the data folder: takes its lock, starts or reaches Postgres, opens ClickHouse. */
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
    await mkdir(config.dataDir, { recursive: true });
    const lock = await lockDataDir(config.dataDir);
    closers.push(() => lock.release());
    const connection = await connect();
    const platformPool = openPool(connection, { max: 5, schema: "rondell", applicationName: "rondell", log });
    closers.push(() => platformPool.end());
    const clickhouse = await openClickHouse(
      config.clickhouseUrl ? { url: config.clickhouseUrl } : { path: join(config.dataDir, "clickhouse") },
    );
    closers.push(() => clickhouse.close());
    return { connection, platformPool, clickhouse, close };
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
