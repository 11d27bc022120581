import type { Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { contest, LiveRecord, WaitingRecord } from "./contest.ts";

/** Customers became one by an operator: of an order that was told for several one event stands, the others wait behind it. */
export async function mergeRecords(
  tx: Tx,
  merges: readonly { survivorId: number; joinedId: number }[],
): Promise<void> {
  const into = new Map(merges.map(({ joinedId, survivorId }) => [joinedId, survivorId]));
  const moved = await query(
    tx,
    sql`delete from live_records where customer_id = any(${[...into.keys()]}::bigint[])
      returning customer_id, part_id, record_key, event_id, trusted, received_at`,
    LiveRecord,
  );
  await contest(
    tx,
    moved.map((record) => ({ ...record, customerId: into.get(record.customerId)! })),
  );
}

/**
 * Merges are taken back: each record is again that of the part for which it was told, and what waited behind a record that
 * left stands. `leaving` are the parts that leave for `joinedId`; the others stay.
 */
export async function unmergeRecords(
  tx: Tx,
  splits: readonly {
    survivorId: number;
    joinedId: number;
    leaving: readonly number[];
    staying: readonly number[];
  }[],
): Promise<void> {
  const customers = new Map(
    splits.flatMap(({ survivorId, joinedId, leaving, staying }) => [
      ...leaving.map((part) => [part, joinedId] as const),
      ...staying.map((part) => [part, survivorId] as const),
    ]),
  );
  const moves = splits.flatMap(({ joinedId, leaving, survivorId }) =>
    leaving.map((partId) => ({ partId, joinedId, survivorId })),
  );
  const waited = await query(
    tx,
    sql`with moved as (
        update live_records l set customer_id = a.joined_id
        from unnest(${moves.map((one) => one.survivorId)}::bigint[], ${moves.map((one) => one.partId)}::bigint[], ${moves.map((one) => one.joinedId)}::bigint[])
          as a (survivor_id, part_id, joined_id)
        where l.customer_id = a.survivor_id and l.part_id = a.part_id
      )
      delete from merged_records where part_id = any(${[...customers.keys()]}::bigint[])
      returning part_id, record_key, event_id, trusted, received_at, number`,
    WaitingRecord.omit({ customerId: true }),
  );
  await contest(
    tx,
    waited
      .sort((a, b) => a.number - b.number)
      .map((record) => ({ ...record, customerId: customers.get(record.partId)! })),
  );
}
