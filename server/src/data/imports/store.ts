import type { Pool } from "pg";
import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { kindNames } from "./kinds/index.ts";
import { ImportResult, ImportState, Mapping, Role, StatedBasis } from "./model.ts";
import { FileFormat } from "./sniff.ts";

type Db = Pool | Tx;

/** A file of an import as it was chosen: what it is, and how it is written. */
export const ImportFile = z.object({
  fileId: z.string(),
  name: z.string(),
  bytes: z.number(),
  gzip: z.boolean(),
  format: FileFormat.default("csv"),
  role: Role,
  delimiter: z.string(),
  oldLineEnds: z.boolean(),
  header: z.array(z.string()),
});
export type ImportFile = z.infer<typeof ImportFile>;

/** Why an import could not be done; the details are the values of the sentence. */
export const ImportFault = z.object({
  code: z.string(),
  message: z.string(),
  details: z.record(z.string(), z.unknown()),
});
export type ImportFault = z.infer<typeof ImportFault>;

export const StoredImport = z.object({
  id: z.number(),
  kind: z.enum(kindNames),
  state: ImportState,
  mappingName: z.string().nullable(),
  mapping: Mapping,
  files: z.array(ImportFile),
  currency: z.string(),
  timezone: z.string(),
  basis: StatedBasis,
  dryRun: z.boolean(),
  version: z.number().nullable(),
  jobId: z.string().nullable(),
  result: ImportResult.nullable(),
  error: ImportFault.nullable(),
  createdBy: z.string(),
  createdAt: z.date(),
  startedAt: z.date().nullable(),
  finishedAt: z.date().nullable(),
});
export type StoredImport = z.infer<typeof StoredImport>;

export type NewImport = Pick<
  StoredImport,
  | "kind"
  | "mappingName"
  | "mapping"
  | "files"
  | "currency"
  | "timezone"
  | "basis"
  | "dryRun"
  | "createdBy"
  | "createdAt"
>;

export async function insertImport(tx: Tx, one: NewImport): Promise<StoredImport> {
  const row = await queryOne(
    tx,
    sql`insert into imports (kind, state, mapping_name, mapping, files, currency, timezone, basis, dry_run, created_by, created_at)
      values (${one.kind}, 'queued', ${one.mappingName}, ${sql.json(one.mapping)}, ${sql.json(one.files)}, ${one.currency},
        ${one.timezone}, ${sql.json(one.basis)}, ${one.dryRun}, ${one.createdBy}, ${one.createdAt}) returning *`,
    StoredImport,
  );
  return row!;
}

export function findImport(db: Db, id: number): Promise<StoredImport | undefined> {
  return queryOne(db, sql`select * from imports where id = ${id}`, StoredImport);
}

export function listImports(db: Db, max: number): Promise<StoredImport[]> {
  return query(db, sql`select * from imports order by created_at desc, id desc limit ${max}`, StoredImport);
}

/** Sources of which imports that stand took the customer numbers for the brand's own. */
export async function sourcesWithOwnNumbers(db: Db): Promise<string[]> {
  const rows = await query(
    db,
    sql`select distinct mapping ->> 'source' as source from imports
      where state in ('queued', 'running', 'done') and coalesce(mapping #>> '{rules,customerIds,kind}', 'user_id') = 'user_id'
      order by 1`,
    z.object({ source: z.string() }),
  );
  return rows.map((row) => row.source);
}

export async function isAnyRunning(db: Db): Promise<boolean> {
  return (await query(db, sql`select 1 from imports where state = 'running' limit 1`)).length > 0;
}

export async function saveJob(db: Db, id: number, jobId: string): Promise<void> {
  await query(db, sql`update imports set job_id = ${jobId} where id = ${id}`);
}

/** The work begins, or begins again: its place among the imports is fixed the first time. */
export async function beginImport(db: Db, id: number, at: Date): Promise<StoredImport | undefined> {
  return queryOne(
    db,
    sql`update imports set state = 'running', started_at = coalesce(started_at, ${at}), error = null,
        version = coalesce(version, nextval('row_versions'))
      where id = ${id} and state in ('queued', 'running') returning *`,
    StoredImport,
  );
}

/** A number that is greater than those of all imports before. */
export async function nextVersion(db: Db): Promise<number> {
  const row = await queryOne(
    db,
    sql`select nextval('row_versions') as version`,
    z.object({ version: z.number() }),
  );
  return row!.version;
}

/** An import that ended without being done, or was only tried, waits to be begun anew, as if it had never been begun. */
export async function requeueImport(tx: Tx, id: number): Promise<StoredImport | undefined> {
  return queryOne(
    tx,
    sql`update imports set state = 'queued', version = null, result = null, error = null, saved_through = '',
        started_at = null, finished_at = null, dry_run = dry_run and state <> 'checked'
      where id = ${id} and state in ('queued', 'failed', 'cancelled', 'checked') returning *`,
    StoredImport,
  );
}

export async function endImport(
  db: Db,
  id: number,
  end: { state: ImportState; result?: ImportResult; error?: ImportFault; at: Date },
): Promise<void> {
  await query(
    db,
    sql`update imports set state = ${end.state}, result = coalesce(${end.result ? sql.json(end.result) : null}, result),
        error = ${end.error ? sql.json(end.error) : null}, finished_at = ${end.at}
      where id = ${id}`,
  );
}

export const SavedMapping = z.object({
  name: z.string(),
  mapping: Mapping,
  changedBy: z.string(),
  changedAt: z.date(),
});
export type SavedMapping = z.infer<typeof SavedMapping>;

export function listSavedMappings(db: Db): Promise<SavedMapping[]> {
  return query(
    db,
    sql`select name, mapping, changed_by, changed_at from import_mappings order by name`,
    SavedMapping,
  );
}

export function findSavedMapping(db: Db, name: string): Promise<SavedMapping | undefined> {
  return queryOne(
    db,
    sql`select name, mapping, changed_by, changed_at from import_mappings where name = ${name}`,
    SavedMapping,
  );
}

export async function putMapping(tx: Tx, saved: SavedMapping): Promise<void> {
  await query(
    tx,
    sql`insert into import_mappings (name, mapping, changed_by, changed_at)
      values (${saved.name}, ${sql.json(saved.mapping)}, ${saved.changedBy}, ${saved.changedAt})
      on conflict (name) do update set mapping = excluded.mapping, changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
  );
}

export async function removeMapping(tx: Tx, name: string): Promise<void> {
  await query(tx, sql`delete from import_mappings where name = ${name}`);
}

export interface ReviewText {
  recordKey: string;
  customerId: number;
  title: string;
  body: string;
  at: string;
}

/** Keeps an import's own words of reviews; which import's words count is told by the event that is seen. */
export async function saveReviewTexts(tx: Tx, importId: number, texts: readonly ReviewText[]): Promise<void> {
  await query(
    tx,
    sql`insert into review_texts (record_key, customer_id, import_id, title, body, written_at)
      select record_key, customer_id, ${importId}, title, body, at
      from unnest(${texts.map((t) => t.recordKey)}::text[], ${texts.map((t) => t.customerId)}::bigint[], ${texts.map((t) => t.title)}::text[],
        ${texts.map((t) => t.body)}::text[], ${texts.map((t) => t.at)}::timestamptz[]) as a (record_key, customer_id, title, body, at)
      on conflict (record_key, import_id) do update set customer_id = excluded.customer_id,
        title = excluded.title, body = excluded.body, written_at = excluded.written_at`,
  );
}
