import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { enqueue } from "../../platform/outbox/index.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";

/** A live event that tells of something with a number of its own: an order, or a numbered refund. */
export const LiveRecord = z.object({
  customerId: z.number(),
  /** For which part of the customer it was told, where an operator has merged several. */
  partId: z.number(),
  /** What the record is known by among those of its customer, whatever source tells of it. */
  recordKey: z.string(),
  eventId: z.string(),
  /** The brand itself tells of it, and not only somebody who holds a public key. */
  trusted: z.boolean(),
  receivedAt: z.date(),
});
export type LiveRecord = z.infer<typeof LiveRecord>;

/**
 * One that waits behind another part's of the same customer. It is hidden as an import hides, under a number of its own
 * beyond those of imports: one row shows it again.
 */
export const WaitingRecord = LiveRecord.extend({ number: z.number() });
export type WaitingRecord = z.infer<typeof WaitingRecord>;

/** Of two events that tell of one record the brand's own stands; of two alike in that, the one that came first. */
function standsAbove(one: LiveRecord, other: LiveRecord): boolean {
  if (one.trusted !== other.trusted) return one.trusted;
  return one.receivedAt < other.receivedAt;
}

/**
 * Lets these and what is stored already contend for their records, and saves the outcome. Each part of a customer has one
 * event of its own for a record, the best that was told for it. The best of the parts' stands for the customer and the
 * others wait behind it, so that nothing told for one part is lost by what was told for another. Those who waited before
 * come with their number.
 *
 * Gives the events that lost to one of their own part, and those that wait behind another's from now on.
 */
export async function contest(
  tx: Tx,
  candidates: readonly (LiveRecord | WaitingRecord)[],
): Promise<{ beaten: string[]; behind: string[] }> {
  if (!candidates.length) return { beaten: [], behind: [] };
  const stored = await findRecords(tx, candidates);
  const standing = new Map(stored.flatMap((one) => (numberOf(one) ? [] : [[nameOf(one), one] as const])));
  const waiting = new Map(stored.flatMap((one) => (numberOf(one) ? [[ownNameOf(one), one] as const] : [])));
  const leftWaiting = new Set<string>();
  const changed = new Map<string, LiveRecord | WaitingRecord>();
  const beaten: string[] = [];
  for (const record of candidates) {
    const name = nameOf(record);
    const ownName = ownNameOf(record);
    const stands = standing.get(name);
    const isOwn = stands?.partId === record.partId;
    const own = isOwn ? stands : waiting.get(ownName);
    if (own && !standsAbove(record, own)) {
      beaten.push(record.eventId);
      continue;
    }
    if (own) beaten.push(own.eventId);
    if (waiting.delete(ownName)) leftWaiting.add(ownName);
    changed.set(ownName, record);
    if (stands && !isOwn && !standsAbove(record, stands)) {
      waiting.set(ownName, record);
      continue;
    }
    standing.set(name, record);
    if (!stands || isOwn) continue;
    waiting.set(ownNameOf(stands), stands);
    changed.set(ownNameOf(stands), stands);
  }
  const isStanding = (record: LiveRecord) => standing.get(nameOf(record)) === record;
  const stand = [...changed.values()].filter(isStanding);
  const wait = [...changed.values()].filter((record) => !isStanding(record));
  await forgetWaiting(
    tx,
    stand.filter((record) => leftWaiting.has(ownNameOf(record))),
  );
  await saveStanding(tx, stand);
  const behind = wait.filter((record) => !numberOf(record));
  await saveWaiting(tx, wait);
  return { beaten, behind: behind.map((record) => record.eventId) };
}

const numberOf = (record: LiveRecord | WaitingRecord) => ("number" in record ? record.number : 0);
const nameOf = (record: LiveRecord) => `${record.customerId} ${record.recordKey}`;
const ownNameOf = (record: LiveRecord) => `${record.partId} ${record.recordKey}`;

/** What is stored of these records: the standing ones of their customers, and the waiting ones of their parts. */
function findRecords(tx: Tx, like: readonly LiveRecord[]): Promise<(LiveRecord | WaitingRecord)[]> {
  return query(
    tx,
    sql`with asked as (
        select distinct * from unnest(${like.map((one) => one.customerId)}::bigint[], ${like.map((one) => one.partId)}::bigint[], ${like.map((one) => one.recordKey)}::text[])
          as u (customer_id, part_id, record_key)
      )
      select l.customer_id, l.part_id, l.record_key, l.event_id, l.trusted, l.received_at, 0 as number
      from (select distinct customer_id, record_key from asked) as a join live_records l using (customer_id, record_key)
      union all
      select a.customer_id, m.part_id, m.record_key, m.event_id, m.trusted, m.received_at, m.number
      from asked as a join merged_records m using (part_id, record_key)`,
    WaitingRecord,
  );
}

async function saveStanding(tx: Tx, records: readonly (LiveRecord | WaitingRecord)[]): Promise<void> {
  if (!records.length) return;
  await query(
    tx,
    sql`insert into live_records (customer_id, part_id, record_key, event_id, trusted, received_at)
      select * from unnest(${records.map((one) => one.customerId)}::bigint[], ${records.map((one) => one.partId)}::bigint[], ${records.map((one) => one.recordKey)}::text[],
        ${records.map((one) => one.eventId)}::uuid[], ${records.map((one) => one.trusted)}::boolean[], ${records.map((one) => one.receivedAt)}::timestamptz[])
      on conflict (customer_id, record_key) do update set part_id = excluded.part_id, event_id = excluded.event_id, trusted = excluded.trusted,
        received_at = excluded.received_at`,
  );
  await show(
    tx,
    records.map(numberOf).filter((number) => number > 0),
    false,
  );
}

async function forgetWaiting(tx: Tx, records: readonly LiveRecord[]): Promise<void> {
  if (!records.length) return;
  await query(
    tx,
    sql`delete from merged_records m using unnest(${records.map((one) => one.partId)}::bigint[], ${records.map((one) => one.recordKey)}::text[]) as a (part_id, record_key)
      where m.part_id = a.part_id and m.record_key = a.record_key`,
  );
}

/** Puts records behind others: those that wait already keep their number, the others are hidden under one of their own. */
async function saveWaiting(tx: Tx, records: readonly (LiveRecord | WaitingRecord)[]): Promise<void> {
  if (!records.length) return;
  const saved = await query(
    tx,
    sql`insert into merged_records (part_id, record_key, event_id, trusted, received_at, number)
      select part_id, record_key, event_id, trusted, received_at, coalesce(number, nextval('hiding_numbers'))
      from unnest(${records.map((one) => one.partId)}::bigint[], ${records.map((one) => one.recordKey)}::text[], ${records.map((one) => one.eventId)}::uuid[],
        ${records.map((one) => one.trusted)}::boolean[], ${records.map((one) => one.receivedAt)}::timestamptz[], ${records.map((one) => numberOf(one) || null)}::bigint[])
        as a (part_id, record_key, event_id, trusted, received_at, number)
      on conflict (part_id, record_key) do update set event_id = excluded.event_id, trusted = excluded.trusted,
        received_at = excluded.received_at, number = excluded.number
      returning event_id, number`,
    WaitingRecord.pick({ eventId: true, number: true }),
  );
  const known = new Set(records.map(numberOf));
  const fresh = saved.filter((one) => !known.has(one.number));
  await enqueue(
    tx,
    "superseded",
    fresh.map((one) => ({ event_id: one.eventId, import_id: one.number })),
  );
  await show(
    tx,
    fresh.map((one) => one.number),
    true,
  );
}

/** Lets what is hidden under these numbers be hidden, or seen again. */
async function show(tx: Tx, numbers: readonly number[], hides: boolean): Promise<void> {
  if (!numbers.length) return;
  const row = await queryOne(
    tx,
    sql`select nextval('row_versions') as version`,
    z.object({ version: z.number() }),
  );
  await enqueue(
    tx,
    "imports_shown",
    numbers.map((number) => ({ import_id: number, shown: hides ? 1 : 0, version: row!.version })),
  );
}
