import type { Pool } from "pg";
import { z } from "zod";
import { type Executor, query, queryOne, sql } from "../../platform/postgres/index.ts";
import type { Rejection } from "./model.ts";
import { forgetExamples } from "./webhooks/store.ts";

/** Kept at most, so that a broken sender cannot fill the disk: of a request, and of a source in an hour. */
const keptDays = 30;
const savedMax = 100;
const savedHourMax = 500;
/** Public keys are known to everybody: more than this is kept of nobody. */
const keptMax = 100_000;

/**
 * Writes down what was not accepted, without its body: what was sent, and what to do about it. Beyond so many an hour of a
 * source they are only counted.
 */
export async function saveRejections(
  pool: Executor,
  sourceId: number,
  rejected: readonly Rejection[],
  at: Date,
): Promise<void> {
  const some = rejected.slice(0, savedMax);
  if (!some.length) return;
  await query(
    pool,
    sql`with counted as (
        insert into rejection_counts as c (hour, source_id, events, offered)
        values (date_trunc('hour', ${at}::timestamptz), ${sourceId}::bigint, ${rejected.length}, ${some.length})
        on conflict (hour, source_id) do update set events = c.events + excluded.events, offered = c.offered + excluded.offered
        returning offered - ${some.length}::bigint as before
      )
      insert into rejected_events (at, source_id, message_id, code, message)
      select ${at}, ${sourceId}::bigint, a.message_id, a.code, a.message
      from unnest(${some.map((one) => one.messageId?.toWellFormed().replaceAll("\0", "") ?? null)}::text[], ${some.map((one) => one.code)}::text[], ${some.map((one) => one.message)}::text[])
        with ordinality as a (message_id, code, message, place), counted
      where counted.before + a.place <= ${savedHourMax}::bigint`,
  );
}

/** How many were not accepted in the days that are kept, and how many of them were only counted. */
export async function countRejections(
  pool: Pool,
  now: Date,
): Promise<{ events: number; onlyCounted: number }> {
  const since = new Date(now.getTime() - keptDays * 86_400_000);
  const row = await queryOne(
    pool,
    sql`select coalesce(sum(events), 0)::bigint as events, coalesce(sum(events - least(offered, ${savedHourMax}::bigint)), 0)::bigint as only_counted
      from rejection_counts where hour >= ${since}`,
    z.object({ events: z.number(), onlyCounted: z.number() }),
  );
  return row!;
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

/** Throws away what is too old to matter: details of drops after an hour, bodies of webhooks after a week, message ids after 90 days. */
export async function forgetOld(pool: Pool, now: Date): Promise<void> {
  const before = (days: number) => new Date(now.getTime() - days * 86_400_000);
  await query(pool, sql`delete from recent_drops where at < ${before(1 / 24)}`);
  await query(pool, sql`delete from recent_events where at < ${before(1 / 24)}`);
  await query(pool, sql`delete from rejected_events where at < ${before(keptDays)}`);
  await query(pool, sql`delete from rejection_counts where hour < ${before(keptDays)}`);
  await query(
    pool,
    sql`delete from rejected_events where id <= (select max(id) from rejected_events) - ${keptMax}::bigint`,
  );
  await forgetExamples(pool, now);
  await query(pool, sql`delete from message_ids where seen_at < ${before(90)}`);
}
