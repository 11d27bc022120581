import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import type { Days } from "./model.ts";
import { inPeriod, isTouchpoint } from "./touchpoints.ts";

interface Period {
  from: Date;
  to: Date;
}

/**
 * Columns that tell a median with its interval by ranks, which holds for any distribution: the 95 %
 * interval lies between the ranks n/2 ± 0.98 √n. `days` is a column of the statement, never a value.
 * Source: Conover (1999), "Practical Nonparametric Statistics", section 3.2.
 */
const medianColumns = (days: string) => `
  arraySort(groupArray(${days})) as sorted, toFloat64(length(sorted)) as n,
  if(n = 0, null, sorted[toUInt32(ceil(n / 2))]) as value,
  if(n = 0, null, sorted[toUInt32(greatest(1., floor(n / 2 - 0.98 * sqrt(n))))]) as low,
  if(n = 0, null, sorted[toUInt32(least(n, ceil(n / 2 + 0.98 * sqrt(n)) + 1))]) as high`;
const Median = z.object({
  value: z.number().nullable(),
  low: z.number().nullable(),
  high: z.number().nullable(),
});

async function medianOf(
  ctx: Context,
  params: Record<string, Date | number | number[]>,
  rows: string,
  days: string,
): Promise<Days | null> {
  const [row] = await ctx.events.query(
    Median,
    params,
    `select value, low, high from (select ${medianColumns(days)} from (${rows}))`,
  );
  if (!row || row.value === null || row.low === null || row.high === null) return null;
  return { value: row.value, low: row.low, high: row.high };
}

/** From experience to data: how long a live touchpoint takes to arrive. Imported ones say nothing about that. */
export function daysToArrive(ctx: Context, period: Period): Promise<Days | null> {
  return medianOf(
    ctx,
    { from: period.from, to: period.to },
    `select greatest(0, dateDiff('millisecond', happened_at, received_at)) / 86400000 as days
    from events where ${isTouchpoint} and ${inPeriod} and import_id = 0`,
    "days",
  );
}

/**
 * When runs of insight made known what they found, oldest first, in ms. In a synthetic garden that is
 * the end of the last day observed, since its days go by in seconds.
 */
export async function insightInstants(ctx: Context): Promise<number[]> {
  const rows = await query(
    ctx.pool,
    sql`select case when ${ctx.garden.synthetic} then (data_until + 1)::timestamp at time zone ${ctx.garden.timezone} else finished_at end as at
      from insight_runs where state = 'done' and data_until is not null order by 1`,
    z.object({ at: z.date() }),
  );
  return rows.map((row) => row.at.getTime());
}

const Reached = z.object({ seen: z.number(), scored: z.number(), decided: z.number() });

/** Of the customers seen in the period: how many have a stage, and for how many of those an offer was decided? */
export async function reached(
  ctx: Context,
  period: Period,
  stagesRun: number,
): Promise<z.infer<typeof Reached>> {
  const [row] = await ctx.events.query(
    Reached,
    { from: period.from, to: period.to, run: stagesRun },
    `select count() as seen, countIf(is_scored) as scored, countIf(is_scored and is_decided) as decided
    from (
      select customer_id, countIf(name = 'Offer Decided') > 0 as is_decided,
        customer_id in (select customer_id from lifecycle_stages where run_id = {run:UInt32} and ended is null)
          and customer_id in (select customer_id from customers where profile = 1) as is_scored
      from events where customer_id <> 0 and ${inPeriod}
      group by customer_id having countIf(${isTouchpoint}) > 0
    )`,
  );
  return row!;
}

/** From data to insight: from a customer's first live touchpoint in the period to the next run that took it in. */
export function daysToInsight(
  ctx: Context,
  period: Period,
  stagesRun: number,
  known: number[],
): Promise<Days | null> {
  return medianOf(
    ctx,
    { from: period.from, to: period.to, run: stagesRun, known },
    `select (next - first_at) / 86400000 as days from (
      select min(toUnixTimestamp64Milli(happened_at)) as first_at, arrayFirst(k -> k >= first_at, {known:Array(Int64)}) as next
      from events where ${isTouchpoint} and ${inPeriod} and import_id = 0
        and customer_id in (select customer_id from lifecycle_stages where run_id = {run:UInt32} and ended is null)
      group by customer_id
    ) where next > 0`,
    "days",
  );
}

/** From insight to offer: how old the newest insight was when a customer's first decision of the period used it. */
export function daysToDecision(ctx: Context, period: Period, known: number[]): Promise<Days | null> {
  return medianOf(
    ctx,
    { from: period.from, to: period.to, known },
    `select (decided_at - last) / 86400000 as days from (
      select min(toUnixTimestamp64Milli(happened_at)) as decided_at, arrayMax(arrayFilter(k -> k <= decided_at, arrayConcat([toInt64(0)], {known:Array(Int64)}))) as last
      from events where customer_id <> 0 and name = 'Offer Decided' and ${inPeriod}
      group by customer_id
    ) where last > 0`,
    "days",
  );
}

/** From offer to experience: from the decision to the display. */
export function daysToDisplay(ctx: Context, period: Period): Promise<Days | null> {
  return medianOf(
    ctx,
    { from: period.from, to: period.to },
    `select greatest(0, dateDiff('millisecond', d.at, s.at)) / 86400000 as days
    from (
      select decision_id as decision, min(happened_at) as at from events
      where name = 'Offer Decided' and arm = 'treated' and ${inPeriod} group by decision
    ) d
    inner join (
      select decision_id as decision, min(happened_at) as at from events
      where name = 'Offer Shown' and happened_at >= {from:DateTime64(3, 'UTC')} group by decision
    ) s on s.decision = d.decision`,
    "days",
  );
}
