import { randomUUID } from "node:crypto";
import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, open, readdir, rename, rm, stat } from "node:fs/promises";
import { join } from "node:path";
import { type Readable, Transform } from "node:stream";
import { pipeline } from "node:stream/promises";
import { createGunzip } from "node:zlib";
import type { Pool } from "pg";
import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { isNoSpace, noSpace } from "./space.ts";
import { unpackedWithin } from "./unpack.ts";

export const StagedFile = z.object({
  id: z.string(),
  name: z.string(),
  bytes: z.number(),
  gzip: z.boolean(),
  createdAt: z.date(),
});
export type StagedFile = z.infer<typeof StagedFile>;

/** Days that a staged file stays when nobody imports it, and the lines that were rejected can be fetched. */
export const stagedDaysMax = 30;

/** The folder of one garden's files. Every name in it is of our own making. */
export class Staging {
  readonly #dataDir: string;

  constructor(dataDir: string) {
    this.#dataDir = dataDir;
  }

  folder(garden: string): string {
    return join(this.#dataDir, "staging", garden);
  }
  /** Where a garden's watched folders are. */
  dropFolder(garden: string): string {
    return join(this.#dataDir, "drop", garden);
  }
  path(garden: string, fileId: string): string {
    if (!/^[0-9a-f-]{36}$/.test(fileId)) throw new Error(`Bad file id ${fileId}`);
    return join(this.folder(garden), `${fileId}.csv`);
  }
  rejectedPath(garden: string, importId: number): string {
    return join(this.folder(garden), `rejected-${importId}.csv`);
  }
}

/**
 * Takes a file as a stream, whatever its size, and keeps it until it is imported. Only its name comes
 * from the caller, and only to be shown. What is packed with zstd is unpacked here, and the engine unpacks gzip itself.
 * Refuses file.empty, file.no_space, file.bomb, file.zstd_broken.
 */
export async function stageFile(
  ctx: Context,
  staging: Staging,
  name: string,
  body: Readable,
): Promise<StagedFile> {
  ctx.require("data:write");
  const id = randomUUID();
  await mkdir(staging.folder(ctx.garden.id), { recursive: true, mode: 0o700 });
  const path = staging.path(ctx.garden.id, id);
  const partial = `${path}.part`;
  let bytes = 0;
  const head: number[] = [];
  const counted = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      for (let at = 0; head.length < 2 && at < chunk.length; at++) head.push(chunk[at]!);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  try {
    await pipeline(body, unpackedWithin(shown(name)), counted, createWriteStream(partial, { mode: 0o600 }));
    if (bytes === 0)
      refuse("invalid", "file.empty", `The file ${shown(name)} is empty. Export it again.`, {
        name: shown(name),
      });
    await rename(partial, path);
  } catch (error) {
    await rm(partial, { force: true });
    if (isNoSpace(error)) noSpace("send the file again");
    throw error;
  }
  const gzip = head[0] === 0x1f && head[1] === 0x8b;
  const file = { id, name: shown(name), bytes, gzip, createdAt: ctx.now() };
  await query(
    ctx.pool,
    sql`insert into import_files (id, name, bytes, gzip, created_by, created_at)
      values (${id}, ${file.name}, ${bytes}, ${gzip}, ${ctx.actor.name}, ${file.createdAt})`,
  );
  return file;
}

const shown = (name: string) =>
  (name.split(/[\\/]/).pop() ?? "").replace(/[\p{Cc}]/gu, "").slice(0, 200) || "file.csv";

/** Removes staged files of which no import came. */
export async function unstageFiles(
  pool: Pool,
  staging: Staging,
  garden: string,
  ids: readonly string[],
): Promise<void> {
  await query(pool, sql`delete from import_files where id = any(${[...ids]}::text[])`);
  for (const id of ids) await rm(staging.path(garden, id), { force: true });
}

/** Staged files by id, in the order asked. Refuses file.missing. */
export async function getFiles(
  ctx: Context,
  staging: Staging,
  ids: readonly string[],
): Promise<StagedFile[]> {
  const rows = await query(
    ctx.pool,
    sql`select id, name, bytes, gzip, created_at from import_files where id = any(${[...ids]})`,
    StagedFile,
  );
  const byId = new Map(rows.map((row) => [row.id, row]));
  return Promise.all(
    ids.map(async (id) => {
      const file = byId.get(id);
      const there = file && (await stat(staging.path(ctx.garden.id, id)).catch(() => undefined));
      if (!there)
        refuse("missing", "file.missing", `There is no staged file ${id.slice(0, 60)}. Send it again.`);
      return file!;
    }),
  );
}

/**
 * The first bytes of a file's text, unpacked. Refuses file.gzip_broken.
 */
export async function headOf(
  staging: Staging,
  garden: string,
  file: StagedFile,
  bytesMax: number,
): Promise<Buffer> {
  const path = staging.path(garden, file.id);
  if (!file.gzip) {
    const handle = await open(path);
    try {
      const buffer = Buffer.alloc(Math.min(bytesMax, file.bytes));
      const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
      return buffer.subarray(0, bytesRead);
    } finally {
      await handle.close();
    }
  }
  const source = createReadStream(path);
  const unpacked = source.pipe(createGunzip());
  source.on("error", (error) => unpacked.destroy(error));
  const parts: Buffer[] = [];
  let size = 0;
  try {
    for await (const part of unpacked) {
      parts.push(part as Buffer);
      size += (part as Buffer).length;
      if (size >= bytesMax) break;
    }
  } catch (error) {
    if (/^Z_|ERR_/.test((error as NodeJS.ErrnoException).code ?? "")) gzipBroken(file.name);
    throw error;
  } finally {
    source.destroy();
  }
  return Buffer.concat(parts).subarray(0, bytesMax);
}

export function gzipBroken(name: string): never {
  refuse(
    "invalid",
    "file.gzip_broken",
    `The file ${name} is a damaged gzip file. Pack or download it again.`,
    { name },
  );
}

export function lineTooLong(name: string): never {
  refuse(
    "invalid",
    "file.line_too_long",
    `A line of the file ${name} is longer than 16 million characters. Check its line ends, and export it again.`,
    { name },
  );
}

/** The first bytes of a file as it lies there: they tell its format. */
export async function firstBytes(path: string): Promise<Buffer> {
  const file = await open(path).catch(() => undefined);
  if (!file) return Buffer.alloc(0);
  try {
    const { buffer, bytesRead } = await file.read(Buffer.alloc(8192), 0, 8192, 0);
    return buffer.subarray(0, bytesRead);
  } finally {
    await file.close();
  }
}

/** Removes files that nobody has imported for long, and lists of rejected lines past their time. */
export async function tidyFiles(pool: Pool, staging: Staging, garden: string, now: Date): Promise<number> {
  const before = new Date(now.getTime() - stagedDaysMax * 86_400_000);
  const old = await query(
    pool,
    sql`delete from import_files where created_at < ${before} returning id`,
    z.object({ id: z.string() }),
  );
  for (const { id } of old) await rm(staging.path(garden, id), { force: true });
  const folder = staging.folder(garden);
  let removed = old.length;
  for (const name of await readdir(folder).catch(() => [] as string[])) {
    if (!/\.part$|^rejected-\d+\.csv$|\.sound\.csv$/.test(name)) continue;
    const info = await stat(join(folder, name)).catch(() => undefined);
    if (!info || info.mtime >= before) continue;
    await rm(join(folder, name), { force: true });
    removed++;
  }
  return removed;
}
