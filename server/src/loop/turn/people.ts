import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { findCurrentRun } from "../../insight/runs/index.ts";
import type { LoopPeriod } from "./period.ts";
import { inPeriod } from "./touchpoints.ts";

const Count = z.object({ n: z.number() });

/** How many customers had a stage on the eve of a day, as the run sees it? Days are YYYY-MM-DD. */
export async function scoredAt(ctx: Context, run: number, day: string): Promise<number> {
  const [row] = await ctx.events.query(
    Count,
    { run, day },
    `select uniqExact(customer_id) as n from lifecycle_stages
    where run_id = {run:UInt32} and since < {day:Date} and (ended is null or ended >= {day:Date})
      and customer_id in (select customer_id from customers where profile = 1)`,
  );
  return row?.n ?? 0;
}

const Known = z.object({ customers: z.number(), boughtOnce: z.number() });

/** How many customers there are at all, and how many of those who may be profiled bought on one day only? */
export async function boughtOnce(ctx: Context): Promise<z.infer<typeof Known>> {
  const run = await findCurrentRun(ctx, "value");
  const [row] = await ctx.events.query(
    Known,
    { run: run?.id ?? 0 },
    `select (select count() from customers) as customers,
      (select count() from value_by_customer where run_id = {run:UInt32} and purchase_days = 1
        and customer_id in (select customer_id from customers where profile = 1)) as bought_once`,
  );
  return row!;
}

/** Accepted offers by day in the garden's zone, each decision once, on the day of its first acceptance. */
export async function acceptedByDay(ctx: Context, period: LoopPeriod): Promise<Map<string, number>> {
  const rows = await ctx.events.query(
    z.object({ day: z.string(), accepted: z.number() }),
    { from: period.from, to: period.to, zone: ctx.garden.timezone },
    `select toString(toDate(first_at, {zone:String})) as day, count() as accepted
    from (
      select decision_id as decision, min(happened_at) as first_at
      from events where name = 'Offer Accepted' and ${inPeriod} group by decision
    ) group by day`,
  );
  return new Map(rows.map((row) => [row.day, row.accepted]));
}
