import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import type { LoopPeriod } from "./period.ts";

/**
 * A touchpoint: an event at which a customer met the brand. Not one are rows without a customer, what
 * only says who somebody is, and what Rondell decided without anybody seeing it.
 */
export const isTouchpoint = `customer_id <> 0
  and name not in ('Customer Identified', 'Customer Aliased', 'Group Joined', 'Offer Decided')`;

export const inPeriod =
  "happened_at >= {from:DateTime64(3, 'UTC')} and happened_at < {to:DateTime64(3, 'UTC')}";

const Totals = z.object({ touchpoints: z.number(), customers: z.number() });

/** How many touchpoints, by how many customers? */
export async function touchpointsIn(
  ctx: Context,
  period: { from: Date; to: Date },
): Promise<z.infer<typeof Totals>> {
  const [row] = await ctx.events.query(
    Totals,
    { from: period.from, to: period.to },
    `select count() as touchpoints, uniqExact(customer_id) as customers from events where ${isTouchpoint} and ${inPeriod}`,
  );
  return row!;
}

const Day = z.object({ day: z.string(), touchpoints: z.number(), scored: z.number() });

/** For each day: touchpoints, and how many customers with a stage of their own were seen. */
export function touchpointsByDay(
  ctx: Context,
  period: LoopPeriod,
  stagesRun: number,
): Promise<z.infer<typeof Day>[]> {
  return ctx.events.query(
    Day,
    { from: period.from, to: period.to, zone: ctx.garden.timezone, run: stagesRun },
    `select toString(toDate(happened_at, {zone:String})) as day, count() as touchpoints,
      uniqExactIf(customer_id, customer_id in (select customer_id from lifecycle_stages where run_id = {run:UInt32} and ended is null)
        and customer_id in (select customer_id from customers where profile = 1)) as scored
    from events where ${isTouchpoint} and ${inPeriod} group by day`,
  );
}

const Channel = z.object({ channel: z.string(), now: z.number(), before: z.number() });

/** Touchpoints by channel, now and in the days before; those without a channel are left out. */
export function touchpointsByChannel(ctx: Context, period: LoopPeriod): Promise<z.infer<typeof Channel>[]> {
  return ctx.events.query(
    Channel,
    { from: period.from, to: period.to, previousFrom: period.previousFrom, previousTo: period.previousTo },
    `select channel, countIf(${inPeriod}) as now,
      countIf(happened_at >= {previousFrom:DateTime64(3, 'UTC')} and happened_at < {previousTo:DateTime64(3, 'UTC')}) as before
    from events
    where ${isTouchpoint} and channel <> '' and happened_at >= {previousFrom:DateTime64(3, 'UTC')} and happened_at < {to:DateTime64(3, 'UTC')}
    group by channel order by now desc, channel`,
  );
}

/**
 * The channel whose number of touchpoints grew most, and one that shrank most, among those that had at
 * least `changedMin` touchpoints before: a share of a handful says nothing.
 */
export function channelNote(
  channels: readonly z.infer<typeof Channel>[],
): { code: "channels"; grew: string; change: number; shrank: string | null } | null {
  const changes = channels
    .filter((one) => one.before >= changedMin)
    .map((one) => ({ channel: one.channel, change: one.now / one.before - 1 }))
    .sort((a, b) => b.change - a.change);
  const [best] = changes;
  if (!best || best.change <= 0) return null;
  const last = changes.at(-1)!;
  return {
    code: "channels",
    grew: best.channel,
    change: best.change,
    shrank: last.change < 0 ? last.channel : null,
  };
}
export const changedMin = 20;

const Stopped = z.object({ day: z.string(), events: z.number() });

/** Events that stopped at the pipeline for lack of consent, by day in the garden's zone. */
export function stoppedByDay(ctx: Context, first: string, last: string): Promise<z.infer<typeof Stopped>[]> {
  return query(
    ctx.pool,
    sql`select day::text as day, sum(events)::bigint as events from drop_counts
      where day between ${first}::date and ${last}::date and reason in ('no_consent', 'withdrawn') group by day order by day`,
    Stopped,
  );
}
