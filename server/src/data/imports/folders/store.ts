import type { Pool } from "pg";
import { z } from "zod";
import type { Tx } from "../../../garden/index.ts";
import { query, queryOne, sql } from "../../../platform/postgres/index.ts";
import { StatedBasis } from "../model.ts";

type Db = Pool | Tx;

/** What came of the files that were taken last. */
export const LastTaken = z.object({
  at: z.string(),
  files: z.array(z.string()),
  import: z.string().nullable(),
  state: z.enum(["done", "failed"]),
  code: z.string().nullable(),
  message: z.string().nullable(),
  /** The values of the sentence. */
  details: z.record(z.string(), z.unknown()).default({}),
  accepted: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  rejected: z.number(),
});
export type LastTaken = z.infer<typeof LastTaken>;

/** Days that files stay where they were put away, where nobody says otherwise. */
export const keepDaysDefault = 30;

export const Folder = z.object({
  mappingName: z.string(),
  dailyAt: z.string().nullable(),
  currency: z.string().nullable(),
  timezone: z.string().nullable(),
  basis: StatedBasis,
  /** Days that files stay in `done` and `failed`. */
  keepDays: z.number(),
  ranAt: z.date(),
  last: LastTaken.nullable(),
  /** When files are taken next; null where each is taken as it comes. */
  nextAt: z.date().nullable(),
  /** Whether it is time to take files. */
  due: z.boolean(),
});
export type Folder = z.infer<typeof Folder>;

/** Folders with their times: the day's time is one of the garden's zone, also when clocks are changed. */
export function listFolders(db: Db, now: Date, timezone: string): Promise<Folder[]> {
  return query(
    db,
    sql`select f.mapping_name, f.daily_at, f.currency, f.timezone, f.basis, f.keep_days, f.ran_at, f.last,
        case when f.daily_at is null then null when t.today > ${now}::timestamptz then t.today else t.tomorrow end as next_at,
        f.daily_at is null or f.ran_at < (case when t.today <= ${now}::timestamptz then t.today else t.yesterday end) as due
      from import_folders f
      cross join lateral (
        select (d.day + f.daily_at::time) at time zone ${timezone}::text as today,
          (d.day + 1 + f.daily_at::time) at time zone ${timezone}::text as tomorrow,
          (d.day - 1 + f.daily_at::time) at time zone ${timezone}::text as yesterday
        from (select (${now}::timestamptz at time zone ${timezone}::text)::date as day) as d
      ) as t
      order by f.mapping_name`,
    Folder,
  );
}

export async function putFolder(
  tx: Tx,
  folder: Pick<Folder, "mappingName" | "dailyAt" | "currency" | "timezone" | "basis" | "keepDays">,
  by: string,
  at: Date,
): Promise<void> {
  await query(
    tx,
    sql`insert into import_folders (mapping_name, daily_at, currency, timezone, basis, keep_days, ran_at, changed_by, changed_at)
      values (${folder.mappingName}, ${folder.dailyAt}, ${folder.currency}, ${folder.timezone}, ${sql.json(folder.basis)}, ${folder.keepDays}, ${at}, ${by}, ${at})
      on conflict (mapping_name) do update set daily_at = excluded.daily_at, currency = excluded.currency, timezone = excluded.timezone,
        basis = excluded.basis, keep_days = excluded.keep_days, changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
  );
}

export async function removeFolder(tx: Tx, mappingName: string): Promise<boolean> {
  const row = await queryOne(
    tx,
    sql`delete from import_folders where mapping_name = ${mappingName} returning mapping_name`,
    z.object({ mappingName: z.string() }),
  );
  return row !== undefined;
}

export async function saveRan(db: Db, mappingName: string, at: Date): Promise<void> {
  await query(db, sql`update import_folders set ran_at = ${at} where mapping_name = ${mappingName}`);
}

export async function saveLast(db: Db, mappingName: string, last: LastTaken): Promise<void> {
  await query(
    db,
    sql`update import_folders set last = ${sql.json(last)} where mapping_name = ${mappingName}`,
  );
}

/** A file as it lies in a folder. */
export interface Lying {
  name: string;
  bytes: number;
  writtenAt: Date;
}

/** Takes files for whoever asks first; gives whether it was this one, for all of them. */
export async function reserve(
  tx: Tx,
  mappingName: string,
  files: readonly Lying[],
  at: Date,
): Promise<boolean> {
  const rows = await query(
    tx,
    sql`insert into import_taken (mapping_name, name, bytes, written_at, taken_at)
      select ${mappingName}, name, bytes, written_at, ${at}
      from unnest(${files.map((file) => file.name)}::text[], ${files.map((file) => file.bytes)}::bigint[], ${files.map((file) => file.writtenAt)}::timestamptz[]) as a (name, bytes, written_at)
      on conflict do nothing returning name`,
    z.object({ name: z.string() }),
  );
  return rows.length === files.length;
}

export async function noteImport(
  db: Db,
  mappingName: string,
  files: readonly Lying[],
  importId: number,
): Promise<void> {
  await query(
    db,
    sql`update import_taken set import_id = ${importId} where mapping_name = ${mappingName} and name = any(${files.map((file) => file.name)}::text[]) and import_id is null`,
  );
}

export async function release(db: Db, mappingName: string, names: readonly string[]): Promise<void> {
  await query(
    db,
    sql`delete from import_taken where mapping_name = ${mappingName} and name = any(${[...names]}::text[])`,
  );
}

/** Files that were taken by a process which ended before it began their import lie there for all again. */
export async function releaseOrphans(db: Db, before: Date): Promise<void> {
  await query(db, sql`delete from import_taken where import_id is null and taken_at < ${before}`);
}

const Taken = z.object({ name: z.string(), importId: z.number().nullable() });

export function listTaken(db: Db, mappingName: string): Promise<z.infer<typeof Taken>[]> {
  return query(
    db,
    sql`select name, import_id from import_taken where mapping_name = ${mappingName} order by name`,
    Taken,
  );
}
