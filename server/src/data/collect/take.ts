import type { Pool } from "pg";
import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import type { Drops } from "./drops.ts";
import type { Incoming, Trust } from "./model.ts";
import { eventsOf } from "./normalise.ts";
import { unpacked } from "./packing.ts";

/** How much one transaction takes. More gains nothing, and a crash repeats more. */
export const requestsMax = 200;
const bytesMax = 4 * 1024 * 1024;

const InboxRow = z.object({
  id: z.number(),
  sourceId: z.number(),
  receivedAt: z.date(),
  trust: z.unknown(),
  body: z.instanceof(Buffer),
  unpacked: z.number().nullable(),
});
export type TakenRequest = z.infer<typeof InboxRow>;

/** Whether any request waits, for whoever works through the inbox now or for the next. */
export async function somethingWaits(db: Pool): Promise<boolean> {
  const rows = await query(db, sql`select id from inbox where lane = 0 order by id limit 1`);
  return rows.length > 0;
}

/** The requests that wait longest: they leave the inbox with the transaction. */
export async function takeRequests(tx: Tx, max: number): Promise<TakenRequest[]> {
  const rows = await query(
    tx,
    sql`with waiting as (
        select id, sum(coalesce(unpacked, length(body))) over (order by id) as bytes from (
          select id, body, unpacked from inbox where lane = 0 order by id limit ${max}::int for update skip locked
        ) as first
      )
      delete from inbox using waiting where inbox.id = waiting.id
        and (waiting.bytes <= ${bytesMax}::bigint or waiting.id = (select min(id) from waiting))
      returning inbox.id, inbox.source_id, inbox.received_at, inbox.trust, inbox.body, inbox.unpacked`,
    InboxRow,
  );
  return rows.sort((a, b) => a.id - b.id);
}

/** The cleaned events of requests, in their order. */
export const eventsIn = (requests: readonly TakenRequest[]): Incoming[] =>
  requests.flatMap((request) =>
    eventsOf({ ...request, body: unpacked(request), trust: request.trust as Trust }),
  );

/** Events whose message id was never seen from that source; the others are dropped. */
export async function dropSeen(tx: Tx, events: readonly Incoming[], drops: Drops): Promise<Incoming[]> {
  const first = new Map<string, Incoming>();
  for (const event of events) {
    const key = `${event.sourceId} ${event.messageId}`;
    if (first.has(key)) drops.add(event, "duplicate");
    else first.set(key, event);
  }
  const candidates = [...first.values()];
  const rows = await query(
    tx,
    sql`insert into message_ids (source_id, message_id, seen_at)
      select source_id, message_id, ${candidates.at(-1)?.receivedAt ?? null}::timestamptz
      from unnest(${candidates.map((event) => event.sourceId)}::bigint[], ${candidates.map((event) => event.messageId)}::text[]) as m (source_id, message_id)
      on conflict do nothing returning source_id, message_id`,
    z.object({ sourceId: z.number(), messageId: z.string() }),
  );
  if (rows.length === candidates.length) return candidates;
  const fresh = new Set(rows.map((row) => `${row.sourceId} ${row.messageId}`));
  return candidates.filter((event) => {
    const isFresh = fresh.has(`${event.sourceId} ${event.messageId}`);
    if (!isFresh) drops.add(event, "duplicate");
    return isFresh;
  });
}
