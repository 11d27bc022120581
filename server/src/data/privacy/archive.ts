import { randomUUID } from "node:crypto";
import { mkdir, open, rename } from "node:fs/promises";
import { z } from "zod";
import { type Context, Language, record, type Tx } from "../../garden/index.ts";
import { csvLines } from "../../platform/csv.ts";
import { publicId } from "../../platform/ids.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { type ArchivePart, archivePage } from "./archive-page.ts";
import type { Archives } from "./archives.ts";
import type { ErasureParts } from "./erase.ts";
import { findPerson } from "./person.ts";
import { closeRequest, lockOpenRequest } from "./requests.ts";

export const exportJob = "privacy.export";
/** Days after which a file is removed. */
const daysMax = 14;
/** Rows that are written at a time. */
const rowsAtOnce = 2_000;

export const Archive = z.object({
  id: z.string(),
  requestId: z.string().nullable(),
  customerId: z.number(),
  state: z.enum(["queued", "ready", "failed"]),
  bytes: z.number().nullable(),
  language: Language,
  createdAt: z.date(),
  expiresAt: z.date(),
});
export type Archive = z.infer<typeof Archive>;
const columns = sql.raw("id, request_id, customer_id, state, bytes, language, created_at, expires_at");

/** Starts to make the file for a request. */
export async function startArchive(
  ctx: Context,
  jobs: Jobs,
  ask: { requestId: string; customerId: number; language: Language },
): Promise<string> {
  const id = randomUUID();
  await ctx.inTransaction(async (tx) => {
    await query(
      tx,
      sql`insert into privacy_exports (id, request_id, customer_id, state, language, created_by, created_at, expires_at)
        values (${id}, ${ask.requestId}, ${ask.customerId}, 'queued', ${ask.language}, ${ctx.actor.name}, ${ctx.now()},
          ${new Date(ctx.now().getTime() + daysMax * 86_400_000)})`,
    );
    await query(
      tx,
      sql`update privacy_requests set state = 'working' where id = ${ask.requestId} and state = 'open'`,
    );
  });
  // The run names the file and nobody.
  await jobs.start(exportJob, { garden: ctx.garden.id, input: { export: id }, by: ctx.actor.name });
  return id;
}

/** Makes the file: everything that each store says of the person, as tables and as JSON lines, and a page to read. */
export async function makeArchive(
  ctx: Context,
  parts: ErasureParts & { archives: Archives },
  id: string,
): Promise<{ rows: number }> {
  const archive = await findArchive(ctx, id);
  if (!archive) return { rows: 0 };
  const person = await ctx.inTransaction((tx) => findPerson(tx, archive.customerId));
  if (!person) return { rows: 0 };
  const madeAt = ctx.now();
  const read: ArchivePart[] = [];
  for (const store of parts.stores)
    if (store.read) read.push({ name: store.name, rows: await store.read(ctx, person) });
  const order = [
    "customers",
    "identifiers",
    "consent_answers",
    "events_stored",
    "survey_answers",
    "review_texts",
  ];
  const place = ({ name }: ArchivePart) => (order.includes(name) ? order.indexOf(name) : order.length);
  read.sort((a, b) => place(a) - place(b));
  await mkdir(parts.archives.folder(ctx.garden.id), { recursive: true, mode: 0o700 });
  const path = parts.archives.path(ctx.garden.id, id);
  const bytes = await writeZip(
    `${path}.part`,
    filesOf(ctx, archive, publicId("customer", person.customerId), read, madeAt),
  );
  await rename(`${path}.part`, path);
  await ctx.inTransaction(async (tx) => {
    const { rowCount } = await tx.query(
      "update privacy_exports set state = 'ready', bytes = $2 where id = $1",
      [id, bytes],
    );
    // Erased meanwhile: the file goes with the person.
    if (!rowCount) return parts.archives.remove(ctx.garden.id, id);
    if (archive.requestId) await finish(tx, ctx, archive.requestId);
  });
  return { rows: read.reduce((sum, part) => sum + part.rows.length, 0) };
}

async function finish(tx: Tx, ctx: Context, requestId: string): Promise<void> {
  const request = await lockOpenRequest(tx, ctx, requestId).catch(() => undefined);
  if (request) await closeRequest(tx, ctx, request, "done");
}

/** The files of an archive, one after the other; docs/privacy.md describes them. */
async function* filesOf(
  ctx: Context,
  archive: Archive,
  customer: string,
  read: readonly ArchivePart[],
  madeAt: Date,
): AsyncIterable<{ name: string; parts: Iterable<string> }> {
  const { brand, timezone } = ctx.garden;
  yield {
    name: "index.html",
    parts: [archivePage({ brand, timezone, language: archive.language, madeAt, parts: read })],
  };
  const manifest = {
    format: "rondell-person/1",
    madeAt: madeAt.toISOString(),
    brand,
    customer,
    parts: read.map(({ name, rows }) => ({
      name,
      rows: rows.length,
      files: [`data/${name}.jsonl`, `data/${name}.csv`],
    })),
  };
  yield { name: "person.json", parts: [`${JSON.stringify(manifest, null, 2)}\n`] };
  for (const { name, rows } of read) {
    yield {
      name: `data/${name}.jsonl`,
      parts: inParts(rows, (some) => some.map((row) => `${JSON.stringify(row)}\n`).join("")),
    };
    const head = [...new Set(rows.flatMap((row) => Object.keys(row)))];
    const cells = (row: Record<string, unknown>) => head.map((key) => cellOf(row[key]));
    yield {
      name: `data/${name}.csv`,
      parts: [`\ufeff${csvLines([head])}`, ...inParts(rows, (some) => csvLines(some.map(cells)))],
    };
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function cellOf(value: unknown): string | number {
  if (value === null || value === undefined) return "";
  if (value instanceof Date) return value.toISOString();
  if (typeof value === "object") return JSON.stringify(value);
  return typeof value === "number" ? value : String(value);
}

function* inParts<T>(rows: readonly T[], text: (some: readonly T[]) => string): Iterable<string> {
  for (let start = 0; start < rows.length; start += rowsAtOnce)
    yield text(rows.slice(start, start + rowsAtOnce));
}

/** Writes a zip and gives its bytes. */
async function writeZip(
  path: string,
  files: AsyncIterable<{ name: string; parts: Iterable<string> }>,
): Promise<number> {
  const { Zip, ZipDeflate } = await import("fflate");
  const out = await open(path, "w", 0o600);
  let waiting: Uint8Array[] = [];
  let bytes = 0;
  const zip = new Zip((error, part) => {
    if (error) throw error;
    waiting.push(part);
  });
  const flush = async () => {
    const some = waiting;
    waiting = [];
    for (const part of some) {
      await out.write(part);
      bytes += part.length;
    }
  };
  try {
    for await (const { name, parts } of files) {
      const entry = new ZipDeflate(name, { level: 6 });
      zip.add(entry);
      for (const part of parts) {
        entry.push(Buffer.from(part));
        await flush();
      }
      entry.push(new Uint8Array(), true);
      await flush();
    }
    zip.end();
    await flush();
    await out.sync();
  } finally {
    await out.close();
  }
  return bytes;
}

export function findArchive(ctx: Context, id: string): Promise<Archive | undefined> {
  return queryOne(ctx.pool, sql`select ${columns} from privacy_exports where id = ${id}`, Archive);
}

export function archivesOf(ctx: Context, customerIds: readonly number[]): Promise<Archive[]> {
  return query(
    ctx.pool,
    sql`select ${columns} from privacy_exports where customer_id = any(${[...customerIds]}::bigint[]) and expires_at > ${ctx.now()}
      order by created_at desc limit 20`,
    Archive,
  );
}

/** A file that can be fetched; who fetched it stands in the trail. Refuses export.missing. */
export async function openArchive(ctx: Context, archives: Archives, id: string, only?: readonly number[]) {
  const archive = await findArchive(ctx, id);
  if (
    archive?.state !== "ready" ||
    archive.expiresAt <= ctx.now() ||
    (only && !only.includes(archive.customerId))
  )
    refuse("missing", "export.missing", "There is no such file, it is not ready yet, or its time is over.");
  const file = await open(archives.path(ctx.garden.id, id)).catch(() =>
    refuse("missing", "export.missing", "There is no such file, it is not ready yet, or its time is over."),
  );
  await ctx.inTransaction((tx) => record(tx, ctx, "privacy.exported", id, null, null));
  return file.createReadStream();
}

/** Removes files whose time is over. */
export async function tidyArchives(ctx: Context, archives: Archives): Promise<number> {
  const gone = await query(
    ctx.pool,
    sql`delete from privacy_exports where expires_at <= ${ctx.now()} returning id`,
    z.object({ id: z.string() }),
  );
  const known = await query(ctx.pool, sql`select id from privacy_exports`, z.object({ id: z.string() }));
  await archives.removeOthers(
    ctx.garden.id,
    new Set(known.flatMap(({ id }) => [`${id}.zip`, `${id}.zip.part`])),
  );
  return gone.length;
}
