import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { enqueue } from "../../platform/outbox/index.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { contest, LiveRecord } from "./live-records.ts";

/**
 * What an operator's merge hides, it hides as an import does, under a number beyond those of imports: one row shows it
 * again. What events hide is hidden for good.
 */
const firstMergeNumber = 2 ** 31;

/**
 * Two customers became one by an operator: of an order that was told for both one event stands, until the merge is taken
 * back.
 */
export async function mergeRecords(
  tx: Tx,
  merge: { id: number; survivorId: number; joinedId: number },
): Promise<void> {
  const moved = await query(
    tx,
    sql`delete from live_records where customer_id = ${merge.joinedId}
      returning customer_id, part_id, record_key, event_id, trusted, received_at`,
    LiveRecord,
  );
  const hidden = await contest(
    tx,
    moved.map((record) => ({ ...record, customerId: merge.survivorId })),
  );
  if (!hidden.length) return;
  await query(
    tx,
    sql`insert into merged_records (merge_id, part_id, record_key, event_id, trusted, received_at)
      select ${merge.id}::bigint, * from unnest(${hidden.map((one) => one.partId)}::bigint[], ${hidden.map((one) => one.recordKey)}::text[],
        ${hidden.map((one) => one.eventId)}::uuid[], ${hidden.map((one) => one.trusted)}::boolean[], ${hidden.map((one) => one.receivedAt)}::timestamptz[])`,
  );
  const number = firstMergeNumber + merge.id;
  await enqueue(
    tx,
    "superseded",
    hidden.map((record) => ({ event_id: record.eventId, import_id: number })),
  );
  await show(tx, number, true);
}

/** A merge is taken back: each record is again that of the part for which it was told. `partIds` leave for `joinedId`. */
export async function unmergeRecords(
  tx: Tx,
  merge: { id: number; survivorId: number; joinedId: number; partIds: readonly number[] },
): Promise<void> {
  await query(
    tx,
    sql`update live_records set customer_id = ${merge.joinedId}
      where customer_id = ${merge.survivorId} and part_id = any(${[...merge.partIds]}::bigint[])`,
  );
  const shown = await query(
    tx,
    sql`delete from merged_records where merge_id = ${merge.id} returning part_id, record_key, event_id, trusted, received_at`,
    LiveRecord.omit({ customerId: true }),
  );
  if (!shown.length) return;
  const leaving = new Set(merge.partIds);
  const beaten = await contest(
    tx,
    shown.map((record) => ({
      ...record,
      customerId: leaving.has(record.partId) ? merge.joinedId : merge.survivorId,
    })),
  );
  // Told again meanwhile for the same part, and by the brand itself: that one goes on standing.
  await enqueue(
    tx,
    "superseded",
    beaten.map((record) => ({ event_id: record.eventId, import_id: 0 })),
  );
  await show(tx, firstMergeNumber + merge.id, false);
}

async function show(tx: Tx, number: number, shown: boolean): Promise<void> {
  const row = await queryOne(
    tx,
    sql`select nextval('row_versions') as version`,
    z.object({ version: z.number() }),
  );
  await enqueue(tx, "imports_shown", [{ import_id: number, shown: shown ? 1 : 0, version: row!.version }]);
}
