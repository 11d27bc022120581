import { randomUUID } from "node:crypto";
import { mkdir, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import { join, relative, sep } from "node:path";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { z } from "zod";
import { type ClickHouse, copyDatabaseIn, copyDatabaseOut } from "../platform/clickhouse/index.ts";
import {
  copySchemaIn,
  copySchemaOut,
  execute,
  migrate,
  openPool,
  type PostgresConnection,
  query,
  readSchemaCopy,
  sql,
  withSnapshot,
} from "../platform/postgres/index.ts";
import { refuse } from "../platform/refusal.ts";
import { sha256Of } from "../platform/sha256.ts";
import type { Gardens } from "./gardens.ts";
import { schemaOf } from "./model.ts";

/** What a backup is made of; it is written last, so a folder without it is no backup. */
export const BackupManifest = z.object({
  format: z.literal(1),
  takenAt: z.iso.datetime(),
  gardens: z.array(z.object({ id: z.string(), brand: z.string(), synthetic: z.boolean() })),
  files: z.array(z.object({ name: z.string(), bytes: z.number(), sha256: z.string() })),
});
export type BackupManifest = z.infer<typeof BackupManifest>;
const manifestName = "backup.json";

/** How long a staged backup waits for its caller to ask for the next file, in ms. */
const unfetchedMsMax = 60 * 60 * 1000;

export interface StagedBackup {
  id: string;
  dir: string;
  manifest: BackupManifest;
}

/** Backups on their way out: they wait in the data folder until the caller has fetched them. */
export interface Backups {
  /** Refuses garden.missing, job.running. */
  take(gardens?: readonly string[]): Promise<StagedBackup>;
  /** Refuses backup.missing. */
  get(id: string): StagedBackup;
  drop(id: string): Promise<void>;
}

/**
 * Copies whole gardens out of both engines while events are accepted. `hold` makes the stores stand still: from then on
 * nothing moves from Postgres to ClickHouse until its answer is called, so an event is in exactly one of the two copies.
 */
export async function openBackups(around: {
  dataDir: string;
  gardens: Gardens;
  clickhouse: ClickHouse;
  hold: (gardens: readonly string[]) => Promise<() => void>;
  now: () => Date;
}): Promise<Backups> {
  const staged = new Map<string, StagedBackup & { usedAt: Date }>();
  const base = join(around.dataDir, "staging", "backups");
  // What a process before this one has staged belongs to a caller that is gone.
  await rm(base, { recursive: true, force: true });

  async function drop(id: string): Promise<void> {
    const backup = staged.get(id);
    staged.delete(id);
    if (backup) await rm(backup.dir, { recursive: true, force: true });
  }

  async function take(wanted?: readonly string[]): Promise<StagedBackup> {
    // Each is a copy of everything: one whose caller went away without a word is not kept beside the next.
    for (const [id, { usedAt }] of staged)
      if (around.now().getTime() - usedAt.getTime() > unfetchedMsMax) await drop(id);
    await around.gardens.refresh();
    const chosen = around.gardens.list().filter((garden) => !wanted || wanted.includes(garden.id));
    const missing = wanted?.find((id) => !chosen.some((garden) => garden.id === id));
    if (missing || !chosen.length)
      refuse(
        "missing",
        "garden.missing",
        missing ? `There is no garden ${missing}.` : "There is no garden yet.",
      );
    const id = randomUUID();
    const dir = join(base, id);
    await mkdir(dir, { recursive: true, mode: 0o700 });
    try {
      const takenAt = around.now();
      const release = await around.hold(chosen.map((garden) => garden.id));
      try {
        await withSnapshot(around.gardens.platformPool, async (tx) => {
          for (const garden of chosen) {
            const name = schemaOf(garden.id);
            await copyDatabaseOut(
              around.clickhouse.database(name),
              join(dir, "gardens", garden.id, "clickhouse"),
            );
          }
          // The snapshot stays as it is: the stores may go on while Postgres is read.
          release();
          await copySchemaOut(tx, "rondell", join(dir, "rondell"));
          for (const garden of chosen) {
            await copySchemaOut(tx, schemaOf(garden.id), join(dir, "gardens", garden.id, "postgres"));
          }
        });
      } finally {
        release();
      }
      const manifest: BackupManifest = {
        format: 1,
        takenAt: takenAt.toISOString(),
        gardens: chosen.map(({ id: garden, brand, synthetic }) => ({ id: garden, brand, synthetic })),
        files: await describeFiles(dir),
      };
      await writeFile(join(dir, manifestName), JSON.stringify(manifest, null, 2), { mode: 0o600 });
      const backup = { id, dir, manifest };
      staged.set(id, { ...backup, usedAt: around.now() });
      return backup;
    } catch (error) {
      await rm(dir, { recursive: true, force: true });
      throw error;
    }
  }

  return {
    take,
    get(id) {
      const backup = staged.get(id);
      if (!backup) refuse("missing", "backup.missing", "There is no such backup, or it was fetched already.");
      backup.usedAt = around.now();
      return backup;
    },
    drop,
  };
}

/** Every file below a folder with its size and digest, by name. */
async function describeFiles(dir: string): Promise<BackupManifest["files"]> {
  const entries = await readdir(dir, { recursive: true, withFileTypes: true });
  const files: BackupManifest["files"] = [];
  for (const entry of entries) {
    if (!entry.isFile()) continue;
    const path = join(entry.parentPath, entry.name);
    const { size } = await stat(path);
    files.push({ name: relative(dir, path).split(sep).join("/"), bytes: size, sha256: await sha256Of(path) });
  }
  return files.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Reads a backup's manifest and checks each file against it. Refuses backup.unreadable, backup.damaged. */
export async function checkBackup(dir: string): Promise<BackupManifest> {
  const text = await readFile(join(dir, manifestName), "utf8").catch(() =>
    refuse("missing", "backup.unreadable", `${dir} holds no finished backup: ${manifestName} is missing.`),
  );
  let manifest: BackupManifest;
  try {
    manifest = BackupManifest.parse(JSON.parse(text));
  } catch {
    refuse(
      "invalid",
      "backup.unreadable",
      `${join(dir, manifestName)} cannot be read by this version of Rondell.`,
    );
  }
  for (const { name, bytes, sha256 } of manifest.files) {
    const path = join(dir, name);
    if (relative(dir, path).startsWith(".."))
      refuse("invalid", "backup.damaged", `${name} lies outside of the backup.`);
    const found = await stat(path).catch(() => undefined);
    if (found?.size !== bytes || (await sha256Of(path)) !== sha256) {
      refuse("conflict", "backup.damaged", `${name} is missing or was changed since the backup was written.`);
    }
  }
  return manifest;
}

/**
 * Brings a backup into an installation that has no garden yet. The platform's own tables come last, so a restore that broke
 * off is simply run again. Refuses restore.not_empty, and what `checkBackup` refuses.
 */
export async function restoreBackup(around: {
  dir: string;
  projectDir: string;
  connection: PostgresConnection;
  /** Stands in the schema `rondell`. */
  platformPool: Pool;
  clickhouse: ClickHouse;
  log: Logger;
  onStep?: (step: string) => void;
}): Promise<BackupManifest> {
  const { dir, platformPool, log, onStep = () => {} } = around;
  const migrations = (of: string) => join(around.projectDir, "server/migrations/postgres", of);
  onStep("check");
  const manifest = await checkBackup(dir);
  const platformCopy = join(dir, "rondell");
  const only = async (copy: string) =>
    (await readSchemaCopy(copy)).migrations.map((migration) => migration.number);
  await migrate(platformPool, {
    schema: "rondell",
    dir: migrations("platform"),
    only: await only(platformCopy),
    log,
  });
  const there = await query(platformPool, sql`select id from gardens limit 1`);
  if (there.length) {
    refuse(
      "conflict",
      "restore.not_empty",
      "There is a garden here already. Restore into an empty data folder: choose another RONDELL_DATA_DIR.",
    );
  }
  for (const garden of manifest.gardens) {
    const schema = schemaOf(garden.id);
    onStep(garden.id);
    await execute(platformPool, sql`drop schema if exists ${sql.ident(schema)} cascade`);
    const copy = join(dir, "gardens", garden.id, "postgres");
    const pool = openPool(around.connection, { max: 2, schema, applicationName: "rondell restore" });
    try {
      await migrate(pool, { schema, dir: migrations("garden"), only: await only(copy), log });
      await copySchemaIn(pool, schema, copy, { replace: true });
    } finally {
      await pool.end();
    }
    await copyDatabaseIn(around.clickhouse, schema, join(dir, "gardens", garden.id, "clickhouse"));
  }
  onStep("rondell");
  await copySchemaIn(platformPool, "rondell", platformCopy, { replace: true });
  // Gardens that were left out of the backup, and sessions of another installation, do not come along.
  await execute(
    platformPool,
    sql`delete from gardens where id <> all(${manifest.gardens.map((garden) => garden.id)})`,
  );
  await execute(platformPool, sql`delete from operator_sessions`);
  return manifest;
}
