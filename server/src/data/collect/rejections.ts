import type { Pool } from "pg";
import { z } from "zod";
import { query, sql } from "../../platform/postgres/index.ts";
import type { Rejection } from "./model.ts";

/** Kept at most, so that a broken sender cannot fill the disk. */
const keptDays = 30;
const savedMax = 100;
/** Public keys are known to everybody: more than this is kept of nobody. */
const keptMax = 100_000;

/** Writes down what was not accepted, without its body: what was sent, and what to do about it. */
export async function saveRejections(
  pool: Pool,
  sourceId: number,
  rejected: readonly Rejection[],
  at: Date,
): Promise<void> {
  const some = rejected.slice(0, savedMax);
  if (!some.length) return;
  await query(
    pool,
    sql`insert into rejected_events (at, source_id, message_id, code, message)
      select ${at}, ${sourceId}::bigint, * from unnest(${some.map((one) => one.messageId?.toWellFormed().replaceAll("\0", "") ?? null)}::text[], ${some.map((one) => one.code)}::text[], ${some.map((one) => one.message)}::text[])`,
  );
}

export const RejectedEvent = z.object({
  id: z.number(),
  at: z.date(),
  sourceId: z.number().nullable(),
  messageId: z.string().nullable(),
  code: z.string(),
  message: z.string(),
});

export function listRejections(
  pool: Pool,
  ask: { max: number; before?: number },
): Promise<z.infer<typeof RejectedEvent>[]> {
  return query(
    pool,
    sql`select id, at, source_id, message_id, code, message from rejected_events
      where (${ask.before ?? null}::bigint is null or id < ${ask.before ?? null}) order by id desc limit ${ask.max}`,
    RejectedEvent,
  );
}

/** Throws away what is too old to matter: details of drops after an hour, message ids after 90 days. */
export async function forgetOld(pool: Pool, now: Date): Promise<void> {
  const before = (days: number) => new Date(now.getTime() - days * 86_400_000);
  await query(pool, sql`delete from recent_drops where at < ${before(1 / 24)}`);
  await query(pool, sql`delete from rejected_events where at < ${before(keptDays)}`);
  await query(
    pool,
    sql`delete from rejected_events where id <= (select max(id) from rejected_events) - ${keptMax}::bigint`,
  );
  await query(pool, sql`delete from message_ids where seen_at < ${before(90)}`);
}
