import type { Pool } from "pg";
import { z } from "zod";
import type { Tx } from "../../../garden/index.ts";
import { query, queryOne, sql } from "../../../platform/postgres/index.ts";
import { StatedBasis } from "../model.ts";
import { Look } from "./outcome.ts";
import type { StoredTimes } from "./timetable.ts";

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
  timeOfDay: z.string().nullable(),
  weekday: z.number().nullable(),
  currency: z.string().nullable(),
  timezone: z.string().nullable(),
  basis: StatedBasis,
  /** Days that files stay in `done` and `failed`. */
  keepDays: z.number(),
  ranAt: z.date(),
  /** Who asked for a look that has not been yet. */
  askedBy: z.string().nullable(),
  askedAt: z.date().nullable(),
  last: LastTaken.nullable(),
  look: Look.nullable(),
  /** When the timetable is due next; null where each file is taken as it comes. */
  nextAt: z.date().nullable(),
  /** Whether it is time to take files. */
  due: z.boolean(),
});
export type Folder = z.infer<typeof Folder>;

/**
 * Folders with their times. A time of day is one of the garden's zone, also when clocks are changed; one that passed while
 * nothing ran stays due.
 */
export function listFolders(db: Db, now: Date, timezone: string): Promise<Folder[]> {
  return query(
    db,
    sql`select f.*, t.next_at, f.asked_at is not null or f.time_of_day is null or f.ran_at < t.last_at as due
      from import_folders f
      cross join lateral (
        select min(a.at) filter (where a.at > ${now}::timestamptz) as next_at,
          max(a.at) filter (where a.at <= ${now}::timestamptz) as last_at
        from (
          select (d.day + f.time_of_day::time) at time zone ${timezone}::text as at
          from (select (${now}::timestamptz at time zone ${timezone}::text)::date + n as day from generate_series(-7, 7) as n) as d
          where f.weekday is null or extract(isodow from d.day) = f.weekday
        ) as a
      ) as t
      order by f.mapping_name`,
    Folder,
  );
}

/** A folder whose timetable is changed has its next turn by the new one: what passed before counts for nothing. */
export async function putFolder(
  tx: Tx,
  folder: Pick<Folder, "mappingName" | "currency" | "timezone" | "basis" | "keepDays"> & StoredTimes,
  by: string,
  at: Date,
): Promise<void> {
  await query(
    tx,
    sql`insert into import_folders as f (mapping_name, time_of_day, weekday, currency, timezone, basis, keep_days, ran_at, changed_by, changed_at)
      values (${folder.mappingName}, ${folder.timeOfDay}, ${folder.weekday}, ${folder.currency}, ${folder.timezone}, ${sql.json(folder.basis)}, ${folder.keepDays}, ${at}, ${by}, ${at})
      on conflict (mapping_name) do update set time_of_day = excluded.time_of_day, weekday = excluded.weekday,
        ran_at = case when (f.time_of_day, f.weekday) is distinct from (excluded.time_of_day, excluded.weekday) then excluded.ran_at else f.ran_at end,
        currency = excluded.currency, timezone = excluded.timezone, basis = excluded.basis, keep_days = excluded.keep_days,
        changed_by = excluded.changed_by, changed_at = excluded.changed_at`,
  );
}

/** Asks for a look before its time; gives whether the folder is watched. */
export async function askLook(tx: Tx, mappingName: string, by: string, at: Date): Promise<boolean> {
  const row = await queryOne(
    tx,
    sql`update import_folders set asked_by = ${by}, asked_at = ${at} where mapping_name = ${mappingName} returning mapping_name`,
    z.object({ mappingName: z.string() }),
  );
  return row !== undefined;
}

export async function removeFolder(tx: Tx, mappingName: string): Promise<boolean> {
  const row = await queryOne(
    tx,
    sql`delete from import_folders where mapping_name = ${mappingName} returning mapping_name`,
    z.object({ mappingName: z.string() }),
  );
  return row !== undefined;
}

/**
 * Notes a look. One that brought nothing counts only where nobody else has looked meanwhile: of two processes the one that
 * took the files tells of them. A look that was asked for while this one was going on is still to come.
 */
export async function saveLook(db: Db, folder: Folder, look: Look, at: Date): Promise<void> {
  await query(
    db,
    sql`update import_folders set ran_at = ${at}, look = ${sql.json(look)},
        asked_by = case when asked_at is distinct from ${folder.askedAt}::timestamptz then asked_by end,
        asked_at = case when asked_at is distinct from ${folder.askedAt}::timestamptz then asked_at end
      where mapping_name = ${folder.mappingName}
        and (${look.files > 0} or (ran_at = ${folder.ranAt}::timestamptz and asked_at is not distinct from ${folder.askedAt}::timestamptz))`,
  );
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
