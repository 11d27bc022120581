import type { Pool } from "pg";
import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { enqueue } from "../../platform/outbox/index.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";

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

/** The parts that leave with one when its merge is taken back: itself, and all that were merged into it before or since. */
export function branchOf(parts: readonly Part[], customerId: number): number[] {
  const branch = [customerId];
  for (let at = 0; at < branch.length; at++)
    for (const part of parts) if (part.intoId === branch[at]) branch.push(part.customerId);
  return branch;
}

const Moved = z.object({ subjectId: z.number(), customerId: z.number() });

/** Merges one customer, with all that it is made up of, into another. Gives the ids that lead elsewhere now. */
export async function joinParts(
  tx: Tx,
  merge: { id: number; survivorId: number; joinedId: number; at: Date },
): Promise<number[]> {
  const { id, survivorId, joinedId, at } = merge;
  await query(
    tx,
    sql`insert into customer_parts (customer_id, survivor_id) values (${survivorId}, ${survivorId}), (${joinedId}, ${joinedId}) on conflict do nothing`,
  );
  await query(
    tx,
    sql`update customer_parts set survivor_id = ${survivorId},
        into_id = case when customer_id = ${joinedId} then ${survivorId} else into_id end,
        merge_id = case when customer_id = ${joinedId} then ${id} else merge_id end,
        merged_at = case when customer_id = ${joinedId} then ${at} else merged_at end
      where survivor_id = ${joinedId}`,
  );
  const version = await nextVersion(tx);
  const moved = await query(
    tx,
    sql`update customer_links set customer_id = ${survivorId}, version = ${version} where customer_id = ${joinedId}
      returning subject_id, customer_id`,
    Moved,
  );
  await query(
    tx,
    sql`insert into customer_links (subject_id, customer_id, part_id, reason, version, linked_at)
      values (${joinedId}, ${survivorId}, ${joinedId}, 'merged', ${version}, ${at})`,
  );
  return sendLinks(tx, version, [...moved, { subjectId: joinedId, customerId: survivorId }]);
}

/** Takes a part out again, with all that was merged into it. Gives the ids that lead elsewhere now. */
export async function splitParts(tx: Tx, parts: readonly Part[], joinedId: number): Promise<number[]> {
  const branch = branchOf(parts, joinedId);
  await query(
    tx,
    sql`update customer_parts set survivor_id = ${joinedId},
        into_id = case when customer_id = ${joinedId} then null else into_id end,
        merge_id = case when customer_id = ${joinedId} then null else merge_id end,
        merged_at = case when customer_id = ${joinedId} then null else merged_at end
      where customer_id = any(${branch}::bigint[])`,
  );
  const version = await nextVersion(tx);
  await query(tx, sql`delete from customer_links where subject_id = ${joinedId}`);
  const moved = await query(
    tx,
    sql`update customer_links set customer_id = ${joinedId}, version = ${version} where part_id = any(${branch}::bigint[])
      returning subject_id, customer_id`,
    Moved,
  );
  return sendLinks(tx, version, [...moved, { subjectId: joinedId, customerId: joinedId }]);
}

/** Forgets those who are a customer by themselves again. */
export async function forgetSingles(tx: Tx, customerIds: readonly number[]): Promise<void> {
  await query(tx, sql`delete from customer_parts where customer_id = any(${[...customerIds]}::bigint[])`);
}

async function nextVersion(tx: Tx): Promise<number> {
  const row = await queryOne(
    tx,
    sql`select nextval('row_versions') as version`,
    z.object({ version: z.number() }),
  );
  return row!.version;
}

/** Puts links on their way to the event store; one that leads to itself is a link no more. */
async function sendLinks(
  tx: Tx,
  version: number,
  links: readonly z.infer<typeof Moved>[],
): Promise<number[]> {
  await enqueue(
    tx,
    "customer_links",
    links.map((link) => ({ subject_id: link.subjectId, customer_id: link.customerId, version })),
  );
  return links.map((link) => link.subjectId);
}
