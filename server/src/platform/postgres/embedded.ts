import { existsSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";
import pg from "pg";
import { choosePlacement, ensureOwner, makePrivateFolder } from "./account.ts";
import { installBinaries } from "./binaries.ts";
import { clusterUser, ensureCluster, ensurePassword, makeSocketFolder } from "./cluster.ts";
import { EmbeddedPostgresFailed } from "./errors.ts";
import { type FileLock, readLockHolder, tryLockFile } from "./lock.ts";
import { readPostmasterFile } from "./lockfiles.ts";
import type { PostgresLog } from "./log.ts";
import {
  type RunningServer,
  type ServerPlan,
  sleep,
  startServer,
  stopServer,
  untilAnswers,
} from "./postmaster.ts";
import { quoteIdent } from "./sql.ts";

export interface EmbeddedPostgresOptions {
  dataDir: string;
  log: PostgresLog;
  /** Connections at most, of all pools and processes. */
  maxConnections?: number;
  /** Further server settings, such as `{ fsync: "off" }` for tests. */
  settings?: Record<string, string | number>;
}

export interface EmbeddedPostgres {
  connection: { host: string; user: string; password: string; database: string };
  /** Of the server, such as 18.4. */
  version: string;
  /** Whether this process started the server, watches it and stops it. */
  owner: boolean;
  /** Process id of the server; another one after a restart. */
  readonly pid: number;
  dataDirectory: string;
  /** Stops the server, if it is ours. Pools are ended before. */
  stop(): Promise<void>;
}

const database = "rondell";

/**
 * Starts the Postgres that comes with Rondell, on the files in `<dataDir>`, reachable through a unix
 * socket only, and keeps it running: a server that dies is started again, and pools reconnect by
 * themselves. It stops with this process, also when this process is killed.
 *
 * Where another living process owns the server of this folder, the answer is a connection to that
 * one, with `owner: false`.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const { log } = options;
  const dataDir = resolve(options.dataDir);
  if (process.platform === "win32") {
    throw new EmbeddedPostgresFailed(
      "The embedded Postgres runs on Linux and macOS. On Windows set DATABASE_URL to a Postgres server (15 or newer), or run Rondell in WSL.",
    );
  }
  const { home, runAs } = await choosePlacement(dataDir, log);
  const lockPath = join(dataDir, "postgres.lock");
  const lock = await tryLockFile(lockPath);
  if (!lock) return attach(dataDir, home, lockPath, log);

  try {
    const binaries = await installBinaries(home);
    const password = await ensurePassword(dataDir);
    const postgresDir = join(home, "postgres");
    const isNew = !existsSync(postgresDir);
    if (!isNew) await ensureOwner(postgresDir, runAs);
    await makePrivateFolder(postgresDir, runAs);
    const pgdata = await ensureCluster(postgresDir, binaries, runAs, password);
    await ensureOwner(pgdata, runAs);
    const socket = await makeSocketFolder(postgresDir, runAs, () =>
      mkdtemp(join(shortTempDir(), "rondell-pg-")),
    );
    const plan: ServerPlan = {
      ...{ binaries, runAs, pgdata, password, log },
      socketDir: socket.dir,
      logFile: join(postgresDir, "server.log"),
      settings: {
        shared_buffers: "128MB",
        max_connections: options.maxConnections ?? 60,
        log_destination: "stderr",
        // Pieces of the log are used again: making a new one writes it twice, and a flood makes several each second.
        min_wal_size: "384MB",
        max_wal_size: "384MB",
        log_checkpoints: "off",
        // Values stand in the details of messages, and in statements: neither is written down.
        log_error_verbosity: "terse",
        log_min_error_statement: "panic",
        timezone: "UTC",
        log_timezone: "UTC",
        ...options.settings,
      },
    };
    const connection = { host: socket.dir, user: clusterUser, password, database };
    return await watch(plan, connection, lock, socket.temporary);
  } catch (error) {
    await lock.release();
    throw error;
  }
}

/** macOS gives each account a temp folder with a long name; a socket's path must be short. */
function shortTempDir(): string {
  return Buffer.byteLength(tmpdir()) <= 60 ? tmpdir() : "/tmp";
}

async function watch(
  plan: ServerPlan,
  connection: EmbeddedPostgres["connection"],
  lock: FileLock,
  socketDirIsTemporary: boolean,
): Promise<EmbeddedPostgres> {
  const { log } = plan;
  let server: RunningServer = await startServer(plan);
  let stopping = false;
  let wakeFromPause = () => {};

  /** Starts the server again whenever it ends unasked; the pause between tries grows up to 10 s. */
  async function guard(): Promise<void> {
    let pauseMs = 100;
    let startedAt = Date.now();
    for (;;) {
      await server.ended;
      if (stopping) return;
      if (Date.now() - startedAt > 60_000) pauseMs = 100;
      log.error({ pid: server.pid, pauseMs }, "Postgres ended unexpectedly and is started again");
      for (let started = false; !started; ) {
        await Promise.race([sleep(pauseMs), new Promise<void>((resolve) => (wakeFromPause = resolve))]);
        if (stopping) return;
        pauseMs = Math.min(pauseMs * 2, 10_000);
        try {
          server = await startServer(plan);
          started = true;
        } catch (error) {
          log.error(
            { error: (error as Error).message, pauseMs },
            "Postgres could not be started again; it is tried further",
          );
        }
      }
      startedAt = Date.now();
      log.info({ pid: server.pid }, "Postgres runs again");
    }
  }
  const guarded = guard();

  let stopped: Promise<void> | undefined;
  async function stop(): Promise<void> {
    stopping = true;
    wakeFromPause();
    // A restart that is under way is let finish; then the server it brought is stopped as well.
    let last: RunningServer | undefined;
    while (last !== server) {
      last = server;
      await stopServer(last, log);
      await Promise.race([guarded, last.ended.then(() => sleep(50))]);
    }
    await guarded;
    await stopServer(server, log);
    if (socketDirIsTemporary) await rm(plan.socketDir, { recursive: true, force: true });
    await lock.release();
  }

  try {
    const version = await ensureDatabase(connection);
    return {
      connection,
      version,
      owner: true,
      get pid() {
        return server.pid;
      },
      dataDirectory: plan.pgdata,
      stop: () => {
        stopped ??= stop();
        return stopped;
      },
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

/** Creates our database in a new cluster, and tells the server's version. */
async function ensureDatabase(connection: EmbeddedPostgres["connection"]): Promise<string> {
  const client = new pg.Client({ ...connection, database: "postgres" });
  client.on("error", () => {});
  await client.connect();
  try {
    const found = await client.query("select from pg_database where datname = $1", [connection.database]);
    if (found.rowCount === 0) await client.query(`create database ${quoteIdent(connection.database)}`);
    const { rows } = await client.query<{ server_version: string }>("show server_version");
    return rows[0]!.server_version;
  } finally {
    await client.end();
  }
}

/** Connects to the server that another process owns; waits while that one is still starting it. */
async function attach(
  dataDir: string,
  home: string,
  lockPath: string,
  log: PostgresLog,
): Promise<EmbeddedPostgres> {
  const giveUpAt = Date.now() + 60_000;
  const { major } = await installBinaries(home);
  const pgdata = join(home, "postgres", `data-${major}`);
  for (;;) {
    const file = readPostmasterFile(pgdata);
    if (file?.socketDir && existsSync(join(file.socketDir, ".s.PGSQL.5432"))) {
      const password = await ensurePassword(dataDir);
      await untilAnswers({ socketDir: file.socketDir, password, pgdata, log }, () => Date.now() > giveUpAt);
      const connection = { host: file.socketDir, user: clusterUser, password, database };
      const version = await ensureDatabase(connection);
      return {
        connection,
        version,
        owner: false,
        pid: file.pid,
        dataDirectory: pgdata,
        stop: async () => {},
      };
    }
    if (Date.now() > giveUpAt) {
      throw new EmbeddedPostgresFailed(
        `Process ${readLockHolder(lockPath) ?? "?"} holds the Postgres of ${dataDir}, but its server does not answer. Stop that process and start again.`,
      );
    }
    await sleep(100);
  }
}
