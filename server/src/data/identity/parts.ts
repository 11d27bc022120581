import type { Pool } from "pg";
import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { enqueue } from "../../platform/outbox/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";

type Db = Pool | Tx;

/**
 * One of those who make up a customer whom an operator merged. Merges form a tree: each part but the survivor was merged
 * into one other, so that each merge can be taken back by itself, whatever came before and after it.
 */
export const Part = z.object({
  customerId: z.number(),
  survivorId: z.number(),
  intoId: z.number().nullable(),
  mergeId: z.number().nullable(),
  mergedAt: z.date().nullable(),
});
export type Part = z.infer<typeof Part>;

/** Everyone who makes up the merged customers that these ids belong to: the survivor first, then in the order of the merges. */
export function partsOf(db: Db, ids: readonly number[]): Promise<Part[]> {
  return query(
    db,
    sql`select customer_id, survivor_id, into_id, merge_id, merged_at from customer_parts
      where survivor_id in (select survivor_id from customer_parts where customer_id = any(${[...ids]}::bigint[]))
      order by survivor_id, merge_id nulls first`,
    Part,
  );
}

/** The parts among these ids, with the customer that each belongs to now. */
export async function mergedAmong(db: Db, ids: readonly number[]): Promise<Map<number, number>> {
  const rows = await query(
    db,
    sql`select customer_id, survivor_id from customer_parts where customer_id = any(${[...ids]}::bigint[])`,
    Part.pick({ customerId: true, survivorId: true }),
  );
  return new Map(rows.map((row) => [row.customerId, row.survivorId]));
}

/** To whom an id leads. */
const Led = z.object({
  id: z.number(),
  known: z.boolean(),
  /** Whether it is merged from several already. */
  merged: z.boolean(),
});
export type Led = z.infer<typeof Led>;

/** The customers that these ids lead to; ids of nobody are left out. */
export async function ledTo(db: Db, ids: readonly number[]): Promise<Map<number, Led>> {
  const rows = await query(
    db,
    sql`select a.id as asked, c.id, c.known, p.customer_id is not null as merged
      from unnest(${[...new Set(ids)]}::bigint[]) as a (id) left join customer_links l on l.subject_id = a.id
      join customers c on c.id = coalesce(l.customer_id, a.id) left join customer_parts p on p.customer_id = c.id`,
    Led.extend({ asked: z.number() }),
  );
  return new Map(rows.map(({ asked, ...led }) => [asked, led]));
}

/** The parts that leave with one when its merge is taken back: itself, and all that were merged into it before or since. */
export function branchOf(parts: readonly Part[], customerId: number): number[] {
  const branch = [customerId];
  for (let at = 0; at < branch.length; at++)
    for (const part of parts) if (part.intoId === branch[at]) branch.push(part.customerId);
  return branch;
}

const Moved = z.object({ subjectId: z.number(), customerId: z.number(), version: z.number() });

/** One customer, with all that it is made up of, becomes part of another. */
export interface Join {
  mergeId: number;
  survivorId: number;
  joinedId: number;
  at: Date;
}

/**
 * Merges customers, each of them into one other: nobody who is merged here has others merged into it here. Gives the ids that
 * lead elsewhere now.
 */
export async function joinParts(tx: Tx, joins: readonly Join[]): Promise<number[]> {
  const moved = await query(
    tx,
    sql`with j as (
        select * from unnest(${joins.map((one) => one.mergeId)}::bigint[], ${joins.map((one) => one.survivorId)}::bigint[],
          ${joins.map((one) => one.joinedId)}::bigint[], ${joins.map((one) => one.at)}::timestamptz[]) as j (merge_id, survivor_id, joined_id, at)
      ), v as (select nextval('row_versions') as version),
      below as (
        update customer_parts p set survivor_id = j.survivor_id from j where p.survivor_id = j.joined_id and p.customer_id <> j.joined_id
      ), parts as (
        insert into customer_parts (customer_id, survivor_id, into_id, merge_id, merged_at)
        select joined_id, survivor_id, survivor_id, merge_id, at from j
        union all select distinct survivor_id, survivor_id, null::bigint, null::bigint, null::timestamptz from j
        on conflict (customer_id) do update set survivor_id = excluded.survivor_id, into_id = excluded.into_id, merge_id = excluded.merge_id,
          merged_at = excluded.merged_at where excluded.into_id is not null
      ), led as (
        update customer_links l set customer_id = j.survivor_id, version = v.version from j, v where l.customer_id = j.joined_id
        returning l.subject_id, l.customer_id, l.version
      ), own as (
        insert into customer_links (subject_id, customer_id, part_id, reason, version, linked_at)
        select joined_id, survivor_id, joined_id, 'merged', version, at from j, v returning subject_id, customer_id, version
      )
      select * from led union all select * from own`,
    Moved,
  );
  return sendLinks(tx, moved);
}

/** A part becomes a customer of its own again, with all that was merged into it: `leaving`, itself among them. */
export interface Split {
  joinedId: number;
  leaving: readonly number[];
}

/** Takes parts out again. Gives the ids that lead elsewhere now. */
export async function splitParts(tx: Tx, splits: readonly Split[]): Promise<number[]> {
  const leaving = splits.flatMap(({ joinedId, leaving }) => leaving.map((partId) => ({ partId, joinedId })));
  // Who leads to itself is a link no more.
  const moved = await query(
    tx,
    sql`with s as (
        select * from unnest(${leaving.map((one) => one.partId)}::bigint[], ${leaving.map((one) => one.joinedId)}::bigint[]) as s (part_id, joined_id)
      ), v as (select nextval('row_versions') as version),
      parts as (
        update customer_parts p set survivor_id = s.joined_id,
          into_id = case when p.customer_id = s.joined_id then null else into_id end,
          merge_id = case when p.customer_id = s.joined_id then null else merge_id end,
          merged_at = case when p.customer_id = s.joined_id then null else merged_at end
        from s where p.customer_id = s.part_id
      ), gone as (
        delete from customer_links l using s where l.subject_id = s.joined_id and s.part_id = s.joined_id returning l.subject_id
      ), led as (
        update customer_links l set customer_id = s.joined_id, version = v.version from s, v
        where l.part_id = s.part_id and l.subject_id <> s.joined_id returning l.subject_id, l.customer_id, l.version
      )
      select * from led union all select subject_id, subject_id, version from gone, v`,
    Moved,
  );
  return sendLinks(tx, moved);
}

/** Forgets those who are a customer by themselves again. */
export async function forgetSingles(tx: Tx, customerIds: readonly number[]): Promise<void> {
  await query(tx, sql`delete from customer_parts where customer_id = any(${[...customerIds]}::bigint[])`);
}

/** Puts links on their way to the event store; there one that leads to itself is none. */
async function sendLinks(tx: Tx, links: readonly z.infer<typeof Moved>[]): Promise<number[]> {
  await enqueue(
    tx,
    "customer_links",
    links.map((link) => ({
      subject_id: link.subjectId,
      customer_id: link.customerId,
      version: link.version,
    })),
  );
  return links.map((link) => link.subjectId);
}
