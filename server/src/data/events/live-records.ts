import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { enqueue } from "../../platform/outbox/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { contest, LiveRecord } from "./contest.ts";

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

/** The events of a batch that tell again of a record that is known. */
export interface Repeated {
  /** Told before for the same part: they are not stored. */
  dropped: ReadonlySet<string>;
  /** Told before for another part of the same customer: they are stored, and hidden while the two are one. */
  hidden: ReadonlySet<string>;
}

/**
 * Leaves one event for each record of a customer. `told` are the records of a batch under the customers as they stand after
 * it; `joined` says who became whose. Stored events that stand no more, because the brand's own came later or because two
 * ids became one customer, are hidden for good; those of another part of a merged customer only as long as it is one.
 */
export async function settleRecords(
  tx: Tx,
  told: readonly LiveRecord[],
  joined: ReadonlyMap<number, Owner>,
): Promise<Repeated> {
  const moved = await takeRecords(tx, joined);
  const { beaten, behind } = await contest(tx, [...moved, ...told]);
  const fresh = new Set(told.map((record) => record.eventId));
  const ofBatch = (ids: readonly string[]) => new Set(ids.filter((id) => fresh.has(id)));
  await enqueue(
    tx,
    "superseded",
    beaten.flatMap((id) => (fresh.has(id) ? [] : [{ event_id: id, import_id: 0 }])),
  );
  return { dropped: ofBatch(beaten), hidden: ofBatch(behind) };
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
