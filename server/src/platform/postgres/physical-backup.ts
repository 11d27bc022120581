import { randomBytes } from "node:crypto";
import { existsSync } from "node:fs";
import { copyFile, mkdir, open, readdir, readFile, rename, rm, writeFile } from "node:fs/promises";
import { basename, join } from "node:path";
import pg from "pg";
import { z } from "zod";
import { choosePlacement, ensureOwner, makePrivateFolder } from "./account.ts";
import type { EmbeddedPostgres } from "./embedded.ts";
import { EmbeddedPostgresFailed } from "./errors.ts";
import { ensureDataDir } from "./lock.ts";
import type { PostgresLog } from "./log.ts";

const Manifest = z.object({
  serverVersion: z.string(),
  /** Name of the folder with the files, which holds the major version: data-18. */
  data: z.string(),
  startedAt: z.iso.datetime(),
  finishedAt: z.iso.datetime(),
  bytes: z.number(),
});
export type PhysicalBackup = z.infer<typeof Manifest>;

const manifestName = "backup.json";

/** What a starting server makes anew, or must not find. */
const leftOut = new Set(["postmaster.pid", "postmaster.opts", "pg_internal.init"]);
const emptied = new Set([
  ...[
    "pg_wal",
    "pg_replslot",
    "pg_stat_tmp",
    "pg_subtrans",
    "pg_dynshmem",
    "pg_notify",
    "pg_serial",
    "pg_snapshots",
  ],
  "pgsql_tmp",
]);

/**
 * Copies the files of a running embedded Postgres into an empty folder. Writers are not held up;
 * everything that was committed when this is called is in the backup, and what is committed meanwhile
 * as far as the copying of the files had come.
 *
 * The files change while they are copied, so they are of no use alone: the log of changes from the
 * start to the end of the copy lies beside them, and the first start after a restore replays it. A
 * replication slot that lives as long as this connection keeps the server from recycling that log.
 */
export async function backupPostgres(options: {
  connection: EmbeddedPostgres["connection"];
  dataDirectory: string;
  /** Folder for the backup; made, or empty. */
  target: string;
}): Promise<PhysicalBackup> {
  const { connection, dataDirectory, target } = options;
  await mkdir(target, { recursive: true, mode: 0o700 });
  if ((await readdir(target)).length > 0)
    throw new EmbeddedPostgresFailed(`${target} is not empty. Choose a new folder for the backup.`);
  const startedAt = new Date().toISOString();
  const copied = join(target, basename(dataDirectory));
  const client = new pg.Client({ ...connection, application_name: "rondell backup" });
  client.on("error", () => {});
  await client.connect();
  try {
    await client.query("set statement_timeout = 0");
    await client.query("select pg_create_physical_replication_slot($1, true, true)", [
      `rondell_backup_${randomBytes(6).toString("hex")}`,
    ]);
    const { rows: begin } = await client.query<{ wal: string; server_version: string }>(
      "select pg_walfile_name(pg_backup_start('rondell', fast => true)) as wal, current_setting('server_version') as server_version",
    );
    let bytes = await copyFolder(dataDirectory, copied);
    const { rows: end } = await client.query<{ wal: string; label: string }>(
      "select pg_walfile_name(lsn) as wal, labelfile as label from pg_backup_stop(wait_for_archive => false)",
    );
    bytes += await copyLog(dataDirectory, copied, begin[0]!.wal, end[0]!.wal);
    await writeDurably(join(copied, "backup_label"), end[0]!.label);
    await writeDurably(join(target, "pg.pass"), `${connection.password}\n`);
    const manifest: PhysicalBackup = {
      serverVersion: begin[0]!.server_version,
      data: basename(dataDirectory),
      startedAt,
      finishedAt: new Date().toISOString(),
      bytes,
    };
    // Written last: without it the backup is not finished.
    await writeDurably(join(target, manifestName), `${JSON.stringify(manifest, null, 2)}\n`);
    return manifest;
  } finally {
    await client.end();
  }
}

/**
 * Puts a backup of `backupPostgres` into a data folder that has no Postgres yet. The next start of the
 * embedded Postgres there replays the log and is at the end of the backup.
 */
export async function restorePostgres(options: {
  backup: string;
  dataDir: string;
  log: PostgresLog;
}): Promise<PhysicalBackup> {
  const { backup, dataDir, log } = options;
  const text = await readFile(join(backup, manifestName), "utf8").catch((cause) => {
    throw new EmbeddedPostgresFailed(
      `${backup} holds no finished backup of Postgres: ${manifestName} is missing.`,
      { cause },
    );
  });
  const manifest = Manifest.parse(JSON.parse(text));
  await ensureDataDir(dataDir);
  const { home, runAs } = await choosePlacement(dataDir, log);
  const postgresDir = join(home, "postgres");
  const pgdata = join(postgresDir, manifest.data);
  if (existsSync(pgdata)) {
    throw new EmbeddedPostgresFailed(
      `${dataDir} has a Postgres already. Restore into a new data folder, and keep this one until all is well.`,
    );
  }
  await makePrivateFolder(postgresDir, runAs);
  const unfinished = `${pgdata}.restored`;
  await rm(unfinished, { recursive: true, force: true });
  await copyFolder(join(backup, manifest.data), unfinished, { everything: true });
  await ensureOwner(unfinished, runAs);
  await mkdir(join(dataDir, "secrets"), { recursive: true, mode: 0o700 });
  await writeDurably(join(dataDir, "secrets", "pg.pass"), await readFile(join(backup, "pg.pass"), "utf8"));
  await rename(unfinished, pgdata);
  return manifest;
}

/** Copies a folder whose files come and go. Returns the bytes. */
async function copyFolder(from: string, to: string, options: { everything?: boolean } = {}): Promise<number> {
  await mkdir(to, { mode: 0o700 });
  let bytes = 0;
  for (const entry of await readdir(from, { withFileTypes: true })) {
    const [source, target] = [join(from, entry.name), join(to, entry.name)];
    if (!options.everything && leftOut.has(entry.name)) continue;
    if (entry.isDirectory() && !options.everything && emptied.has(entry.name))
      await mkdir(target, { mode: 0o700 });
    else if (entry.isDirectory()) bytes += await copyFolder(source, target, options);
    else if (entry.isFile()) bytes += await copyDurably(source, target);
  }
  return bytes;
}

/** The segments from the first to the last, and the histories of time lines. */
async function copyLog(dataDirectory: string, copied: string, first: string, last: string): Promise<number> {
  let bytes = 0;
  for (const name of await readdir(join(dataDirectory, "pg_wal"))) {
    const isNeeded = /^[0-9A-F]{24}$/.test(name) ? name >= first && name <= last : name.endsWith(".history");
    if (isNeeded)
      bytes += await copyDurably(join(dataDirectory, "pg_wal", name), join(copied, "pg_wal", name));
  }
  for (const name of [first, last]) {
    if (!existsSync(join(copied, "pg_wal", name))) {
      throw new EmbeddedPostgresFailed(
        `The log segment ${name} was gone before it could be copied. Make the backup again.`,
      );
    }
  }
  return bytes;
}

async function copyDurably(source: string, target: string): Promise<number> {
  try {
    await copyFile(source, target);
  } catch (error) {
    // Dropped by the server in the meantime; the log knows of that.
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return 0;
    throw error;
  }
  const file = await open(target, "r+");
  await file.sync();
  const { size } = await file.stat();
  await file.close();
  return size;
}

async function writeDurably(path: string, text: string): Promise<void> {
  await writeFile(path, text, { mode: 0o600, flush: true });
}
