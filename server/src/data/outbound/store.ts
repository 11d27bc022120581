import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { type Executor, execute, query, queryOne, sql } from "../../platform/postgres/index.ts";

export const TargetState = z.enum(["on", "off", "broken"]);
export type TargetState = z.infer<typeof TargetState>;

const Target = z.object({
  id: z.number(),
  name: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  /** Sealed. */
  secret: z.string(),
  state: TargetState,
  failures: z.number(),
  lastError: z.string().nullable(),
  brokenAt: z.date().nullable(),
  nextAt: z.date().nullable(),
  withheld: z.number(),
  missed: z.number(),
  createdAt: z.date(),
});
export type Target = z.infer<typeof Target>;
const targetColumns = sql.raw(
  "id, name, url, events, secret, state, failures, last_error, broken_at, next_at, withheld, missed, created_at",
);

export const listTargets = (db: Executor): Promise<Target[]> =>
  query(db, sql`select ${targetColumns} from webhook_targets order by id`, Target);

export const lockTarget = (tx: Tx, id: number): Promise<Target | undefined> =>
  queryOne(tx, sql`select ${targetColumns} from webhook_targets where id = ${id} for no key update`, Target);

export async function insertTarget(
  tx: Tx,
  target: Pick<Target, "name" | "url" | "events" | "secret" | "createdAt">,
): Promise<Target> {
  const row = await queryOne(
    tx,
    sql`insert into webhook_targets (name, url, events, secret, created_at)
      values (${target.name}, ${target.url}, ${target.events}, ${target.secret}, ${target.createdAt}) returning ${targetColumns}`,
    Target,
  );
  return row!;
}

/** What an operator says of a target; on again it begins anew. */
export async function saveTarget(tx: Tx, target: Target): Promise<void> {
  await query(
    tx,
    sql`update webhook_targets set name = ${target.name}, url = ${target.url}, events = ${target.events},
        secret = ${target.secret}, state = ${target.state}, failures = ${target.failures},
        last_error = ${target.lastError}, broken_at = ${target.brokenAt}, next_at = ${target.nextAt}
      where id = ${target.id}`,
  );
}

export const deleteTarget = (tx: Tx, id: number): Promise<number> =>
  execute(tx, sql`delete from webhook_targets where id = ${id}`);

const Wanting = z.object({
  id: z.number(),
  events: z.array(z.string()),
  state: TargetState,
  failures: z.number(),
});

/** The targets that hear of events now; none of them is removed before the transaction ends. */
export const wantingTargets = (db: Executor): Promise<z.infer<typeof Wanting>[]> =>
  query(
    db,
    sql`select id, events, state, failures from webhook_targets where state <> 'off' order by id for key share`,
    Wanting,
  );

/** How many deliveries wait for a target, counted up to `max`. */
export async function countWaiting(db: Executor, targetId: number, max: number): Promise<number> {
  const row = await queryOne(
    db,
    sql`select count(*)::int as waiting from (select 1 from webhook_deliveries where target_id = ${targetId} and state = 'waiting' limit ${max}) as w`,
    z.object({ waiting: z.number() }),
  );
  return row!.waiting;
}

export async function countUnsent(
  tx: Tx,
  targetId: number,
  what: { withheld?: number; missed?: number },
): Promise<void> {
  await query(
    tx,
    sql`update webhook_targets set withheld = withheld + ${what.withheld ?? 0}, missed = missed + ${what.missed ?? 0} where id = ${targetId}`,
  );
}

export interface NewDelivery {
  targetId: number;
  eventId: string;
  customerId: number;
  name: string;
  payload: string;
}

export async function insertDeliveries(tx: Tx, deliveries: readonly NewDelivery[], at: Date): Promise<void> {
  if (!deliveries.length) return;
  await query(
    tx,
    sql`insert into webhook_deliveries (target_id, event_id, customer_id, name, payload, queued_at)
      select target_id, event_id, customer_id, name, payload::json, ${at}
      from unnest(${deliveries.map((one) => one.targetId)}::bigint[], ${deliveries.map((one) => one.eventId)}::uuid[],
        ${deliveries.map((one) => one.customerId)}::bigint[], ${deliveries.map((one) => one.name)}::text[],
        ${deliveries.map((one) => one.payload)}::text[]) with ordinality as d (target_id, event_id, customer_id, name, payload, place)
      order by place`,
  );
}

/** Targets for which something waits that may be tried now, and for which nobody works. */
export async function dueTargets(db: Executor, now: Date): Promise<number[]> {
  const rows = await query(
    db,
    sql`select id from webhook_targets as t where state = 'on' and (next_at is null or next_at <= ${now})
        and (busy_until is null or busy_until < clock_timestamp())
        and exists (select 1 from webhook_deliveries d where d.target_id = t.id and d.state = 'waiting')`,
    z.object({ id: z.number() }),
  );
  return rows.map((row) => row.id);
}

/** Takes a target to work for it until `leaseMs` from now, by the clock of Postgres; undefined where another does, or nothing is due. */
export function leaseTarget(
  db: Executor,
  id: number,
  leaseMs: number,
  now: Date,
): Promise<Target | undefined> {
  return queryOne(
    db,
    sql`update webhook_targets set busy_until = clock_timestamp() + ${leaseMs}::int * interval '1 millisecond'
      where id = ${id} and state = 'on' and (busy_until is null or busy_until < clock_timestamp())
        and (next_at is null or next_at <= ${now})
      returning ${targetColumns}`,
    Target,
  );
}

export async function releaseTarget(db: Executor, id: number): Promise<void> {
  await query(db, sql`update webhook_targets set busy_until = null where id = ${id}`);
}

const Waiting = z.object({
  id: z.number(),
  eventId: z.string(),
  customerId: z.number(),
  userId: z.string().nullable(),
  payload: z.record(z.string(), z.unknown()),
  attempts: z.number(),
});
export type Waiting = z.infer<typeof Waiting>;

/** What waits longest for a target, with its customer as they are now. */
export function nextDelivery(db: Executor, targetId: number): Promise<Waiting | undefined> {
  return queryOne(
    db,
    sql`select d.id, d.event_id, coalesce(l.customer_id, d.customer_id) as customer_id, d.payload, d.attempts,
        (select value from identifiers i where i.kind = 'user_id' and i.customer_id = coalesce(l.customer_id, d.customer_id)
          order by first_seen_at, value limit 1) as user_id
      from webhook_deliveries d left join customer_links l on l.subject_id = d.customer_id
      where d.target_id = ${targetId} and d.state = 'waiting' order by d.id limit 1`,
    Waiting,
  );
}

export async function saveAttempt(
  tx: Tx,
  id: number,
  attempt: {
    state: "waiting" | "sent" | "failed" | "withheld";
    status: number | null;
    error: string | null;
    tookMs: number | null;
    at: Date;
  },
): Promise<void> {
  await query(
    tx,
    sql`update webhook_deliveries set state = ${attempt.state}, status = ${attempt.status}, error = ${attempt.error},
        took_ms = ${attempt.tookMs}, tried_at = ${attempt.at}, attempts = attempts + ${attempt.state === "withheld" ? 0 : 1}
      where id = ${id}`,
  );
}

/** What an attempt said of the target: how often in a row it failed, and when it may be tried again. */
export async function saveHealth(
  tx: Tx,
  id: number,
  health: { failures: number; lastError: string | null; nextAt: Date | null; brokenAt: Date | null },
): Promise<void> {
  await query(
    tx,
    sql`update webhook_targets set failures = ${health.failures}, last_error = coalesce(${health.lastError}, last_error),
        next_at = ${health.nextAt}, state = case when ${health.brokenAt}::timestamptz is null then state else 'broken' end,
        broken_at = coalesce(${health.brokenAt}, broken_at)
      where id = ${id}`,
  );
}

export const LoggedDelivery = z.object({
  id: z.number(),
  eventId: z.string(),
  name: z.string(),
  state: z.enum(["waiting", "sent", "failed", "withheld"]),
  queuedAt: z.date(),
  triedAt: z.date().nullable(),
  attempts: z.number(),
  status: z.number().nullable(),
  error: z.string().nullable(),
  tookMs: z.number().nullable(),
});

export function listDeliveries(
  db: Executor,
  ask: { targetId: number; state?: string | undefined; before?: number | undefined; max: number },
): Promise<z.infer<typeof LoggedDelivery>[]> {
  return query(
    db,
    sql`select id, event_id, name, state, queued_at, tried_at, attempts, status, error, took_ms from webhook_deliveries
      where target_id = ${ask.targetId} and (${ask.state ?? null}::text is null or state = ${ask.state ?? null})
        and (${ask.before ?? null}::bigint is null or id < ${ask.before ?? null}::bigint)
      order by id desc limit ${ask.max}`,
    LoggedDelivery,
  );
}

const Counts = z.object({
  targetId: z.number(),
  waiting: z.number(),
  failed: z.number(),
  sent: z.number(),
  lastSentAt: z.date().nullable(),
});

/** What stands in the log of each target. */
export const countDeliveries = (db: Executor): Promise<z.infer<typeof Counts>[]> =>
  query(
    db,
    sql`select target_id, count(*) filter (where state = 'waiting')::int as waiting, count(*) filter (where state = 'failed')::int as failed,
        count(*) filter (where state = 'sent')::int as sent, max(tried_at) filter (where state = 'sent') as last_sent_at
      from webhook_deliveries group by target_id`,
    Counts,
  );

/** Lets failed deliveries wait again: one, or all of a target. Gives how many. */
export const replayDeliveries = (tx: Tx, targetId: number, id: number | undefined): Promise<number> =>
  execute(
    tx,
    sql`update webhook_deliveries set state = 'waiting', attempts = 0
      where target_id = ${targetId} and ${id === undefined ? sql`state = 'failed'` : sql`id = ${id} and state in ('failed', 'sent')`}`,
  );

const logDays = 14;

/** The log tells of two weeks. What waits is kept. */
export async function forgetDeliveries(db: Executor, now: Date): Promise<void> {
  const before = new Date(now.getTime() - logDays * 86_400_000);
  await query(db, sql`delete from webhook_deliveries where queued_at < ${before} and state <> 'waiting'`);
}
