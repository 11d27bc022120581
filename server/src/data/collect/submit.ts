import { type Context, internalSource, type Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";

/** An event that the product makes itself: a survey answer, a decision, a message sent. */
export interface InternalEvent {
  type: "track" | "identify";
  /** Name of a track event. */
  event?: string;
  /** Told twice with the same id, it counts once. */
  messageId: string;
  timestamp?: Date;
  customerId?: number;
  anonymousId?: string;
  userId?: string;
  properties?: object;
  traits?: object;
  context?: object;
}

/** Puts events into the inbox in the caller's transaction; the pipeline treats them like all others. */
export async function submit(tx: Tx, ctx: Context, events: readonly InternalEvent[]): Promise<void> {
  if (!events.length) return;
  const source = await internalSource(tx);
  for (let start = 0; start < events.length; start += 500) {
    const batch = events.slice(start, start + 500);
    await query(
      tx,
      sql`insert into inbox (source_id, received_at, trust, events, body)
        values (${source.id}, ${ctx.now()}, ${sql.json({ trusted: true, own: true })}, ${batch.length}, ${Buffer.from(JSON.stringify({ batch }))})`,
    );
  }
}

/** What waits in the inbox with this id, or comes again with it, is dropped as if it had been told before. */
export async function neverTake(tx: Tx, sourceId: number, messageId: string, at: Date): Promise<void> {
  await query(
    tx,
    sql`insert into message_ids (source_id, message_id, seen_at) values (${sourceId}, ${messageId}, ${at}) on conflict do nothing`,
  );
}
