import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { enqueue } from "../../platform/outbox/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";

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

/** Longer ones are nobody's number. */
const numberLengthMax = 255;

/**
 * The record that a live event tells of, '' for none. An order is known by its `order_id`. A refund names its order, and
 * parts of one order are paid back one by one, so only its own `refund_id` tells it from the next.
 */
export function recordKeyOf(name: string, properties: Record<string, unknown>): string {
  const order = numberOf(properties.order_id);
  if (name === "Order Completed") return order && `order:${order}`;
  // What an operator wrote down by hand can be taken back.
  if (name === "Contact Recorded") {
    const contact = numberOf(properties.contact_id);
    return contact && `contact:${contact}`;
  }
  const refund = numberOf(properties.refund_id);
  return name === "Order Refunded" && refund ? `refund:${order}:${refund}` : "";
}

function numberOf(value: unknown): string {
  if (typeof value !== "string" && typeof value !== "number") return "";
  const text = String(value).trim();
  return text.length <= numberLengthMax ? text : "";
}

/** Whose a record is: the customer, and which part of it. */
export type Owner = Pick<LiveRecord, "customerId" | "partId">;

/** Of two events that tell of one record the brand's own stands; of two alike in that, the one that came first. */
function standsAbove(one: LiveRecord, other: LiveRecord): boolean {
  if (one.trusted !== other.trusted) return one.trusted;
  return one.receivedAt < other.receivedAt;
}

/**
 * Leaves one event for each record of a customer, and gives the ids of those of `told` that must not be stored. `told`
 * are the records of a batch under the customers as they stand after it; `joined` says who became whose. Stored events
 * that stand no more, because the brand's own came later or because two ids became one customer, are hidden for good.
 */
export async function settleRecords(
  tx: Tx,
  told: readonly LiveRecord[],
  joined: ReadonlyMap<number, Owner>,
): Promise<ReadonlySet<string>> {
  const moved = await takeRecords(tx, joined);
  const beaten = await contest(tx, [...moved, ...told]);
  const fresh = new Set(told.map((record) => record.eventId));
  const hidden = beaten.filter((record) => !fresh.has(record.eventId));
  await enqueue(
    tx,
    "superseded",
    hidden.map((record) => ({ event_id: record.eventId, import_id: 0 })),
  );
  return new Set(beaten.flatMap(({ eventId }) => (fresh.has(eventId) ? [eventId] : [])));
}

/** Lets these and what stands already contend for their records, and saves who stands. Gives those that do not. */
export async function contest(tx: Tx, candidates: readonly LiveRecord[]): Promise<LiveRecord[]> {
  if (!candidates.length) return [];
  const stored = await findRecords(tx, candidates);
  const standing = new Map(stored.map((record) => [nameOf(record), record]));
  const changed = new Map<string, LiveRecord>();
  const beaten: LiveRecord[] = [];
  for (const record of candidates) {
    const name = nameOf(record);
    const other = standing.get(name);
    if (other && !standsAbove(record, other)) {
      beaten.push(record);
      continue;
    }
    if (other) beaten.push(other);
    standing.set(name, record);
    changed.set(name, record);
  }
  await saveRecords(tx, [...changed.values()]);
  return beaten;
}

/** Hides for good the event that stands for a record of the brand's own, whoever its customer is now. */
export async function hideRecord(tx: Tx, recordKey: string): Promise<void> {
  const rows = await query(
    tx,
    sql`delete from live_records where record_key = ${recordKey} and trusted returning event_id`,
    z.object({ eventId: z.string() }),
  );
  await enqueue(
    tx,
    "superseded",
    rows.map(({ eventId }) => ({ event_id: eventId, import_id: 0 })),
  );
}

const nameOf = (record: LiveRecord) => `${record.customerId} ${record.recordKey}`;

/** Takes away the records of ids that were joined into others, and gives them as those of the others. */
async function takeRecords(tx: Tx, joined: ReadonlyMap<number, Owner>): Promise<LiveRecord[]> {
  if (!joined.size) return [];
  const rows = await query(
    tx,
    sql`delete from live_records where customer_id = any(${[...joined.keys()]}::bigint[])
      returning customer_id, part_id, record_key, event_id, trusted, received_at`,
    LiveRecord,
  );
  return rows.map((record) => ({ ...record, ...joined.get(record.customerId)! }));
}

function findRecords(tx: Tx, like: readonly LiveRecord[]): Promise<LiveRecord[]> {
  return query(
    tx,
    sql`select l.customer_id, l.part_id, l.record_key, l.event_id, l.trusted, l.received_at
      from (select distinct * from unnest(${like.map((one) => one.customerId)}::bigint[], ${like.map((one) => one.recordKey)}::text[]) as u (customer_id, record_key)) as a
      join live_records l on l.customer_id = a.customer_id and l.record_key = a.record_key`,
    LiveRecord,
  );
}

async function saveRecords(tx: Tx, records: readonly LiveRecord[]): Promise<void> {
  if (!records.length) return;
  await query(
    tx,
    sql`insert into live_records (customer_id, part_id, record_key, event_id, trusted, received_at)
      select * from unnest(${records.map((one) => one.customerId)}::bigint[], ${records.map((one) => one.partId)}::bigint[], ${records.map((one) => one.recordKey)}::text[],
        ${records.map((one) => one.eventId)}::uuid[], ${records.map((one) => one.trusted)}::boolean[], ${records.map((one) => one.receivedAt)}::timestamptz[])
      on conflict (customer_id, record_key) do update set part_id = excluded.part_id, event_id = excluded.event_id, trusted = excluded.trusted,
        received_at = excluded.received_at`,
  );
}
