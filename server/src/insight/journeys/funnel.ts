import { z } from "zod";
import { eventsWith } from "../../data/events/index.ts";
import type { CustomerFilter, CustomerSet } from "../../data/profiles/index.ts";
import type { Context } from "../../garden/index.ts";
import { Bound, stepSql, valueSql } from "./conditions.ts";
import { amongSql } from "./customers.ts";
import { barsOf, type FunnelAsk, type FunnelBar } from "./model.ts";
import { observedSql, requirePeriod, startSql } from "./period.ts";

const Level = z.object({
  level: z.number(),
  segment: z.string(),
  pending: z.number(),
  customers: z.number(),
});

/** Segments shown by themselves; the rest is one. */
const segmentsMax = 8;

export interface FunnelAnswer {
  bars: FunnelBar[];
  /** The same for each value of the breakdown, largest first; `value` null is all the rest. */
  segments: { value: string | null; bars: FunnelBar[] }[];
}

/** Times of one step that are looked at for one customer. */
const timesMax = 1000;

/**
 * How far each customer came: the highest step reached, in order, within the window of a first step.
 *
 * Time is in milliseconds as a number, since windowFunnel takes no DateTime64. It would take one event
 * for two steps, so where steps share an event, or times are asked for (`chained`), the steps are followed
 * through arrays instead, which takes about twice as long; `gaps` then holds the ms between steps.
 */
async function levelsSql(
  ctx: Context,
  filters: readonly CustomerFilter[],
  ask: FunnelAsk,
  bound: Bound,
  chained = false,
): Promise<string> {
  requirePeriod(ask);
  const zone = bound.add(ctx.garden.timezone, "String");
  const from = startSql(bound.add(ask.from, "String"), zone);
  const to = startSql(bound.add(ask.to, "String"), zone);
  const windowMs = bound.add(Math.round(ask.windowDays * 86_400_000), "UInt64");
  const names = bound.add([...new Set(ask.steps.map((step) => step.event))], "Array(String)");
  const [firstStep, ...later] = ask.steps.map((step) => stepSql(step, bound));
  const isFirst = `(${firstStep} and happened_at < ${to})`;
  const observed = await observedSql(ctx, ask, zone, bound);
  const among = await amongSql(ctx, filters, ask.customers, bound);
  // The breakdown of a customer is what the first of the first steps carried.
  const segment = ask.breakdown
    ? `toString(argMinIf(${valueSql(ask.breakdown, bound)}, happened_at, ${isFirst})) as segment`
    : "'' as segment";
  const pending = observed
    ? `toUnixTimestamp64Milli(maxIf(happened_at, ${isFirst})) + ${windowMs} > toUnixTimestamp64Milli(${observed}) as pending`
    : "0 as pending";
  const head = `${segment}, ${pending}`;
  const tail = `
    from ${await eventsWith(ctx.events, bound.properties)}
    where name in ${names}
      and customer_id > 0
      and happened_at >= ${from}
      and happened_at < addMilliseconds(${to}, ${windowMs})
      ${among}
    group by customer_id`;
  const repeated = new Set(ask.steps.map((step) => step.event)).size < ask.steps.length;
  if (!chained && !repeated) {
    return `
    select customer_id, ${head},
      windowFunnel(${windowMs})(toUInt64(toUnixTimestamp64Milli(happened_at)), ${isFirst}, ${later.join(", ")}) as level
    ${tail}`;
  }
  // Times of each step; from every start the earliest next step, and from there on. 0 is "never".
  const times = [isFirst, ...later].map(
    (condition, i) =>
      `arraySort(groupArrayIf(${timesMax})(toUInt64(toUnixTimestamp64Milli(happened_at)), ${condition})) as times${i}`,
  );
  const chain = ask.steps.slice(1).map((step, k) => {
    const i = k + 1;
    // One event is one step: the same event must come later, another may come with it.
    const after = ask.steps[k]!.event === step.event ? ">" : ">=";
    return `arrayMap((start, before) -> if(before = 0, 0, arrayFirst(time -> time ${after} before and time <= start + ${windowMs}, times${i})), times0, chain${k}) as chain${i}`;
  });
  return `
    select customer_id, segment, pending,
      times0 as chain0, ${chain.join(", ")},
      arrayMap((${ask.steps.map((_, i) => `c${i}`).join(", ")}) -> ${ask.steps.map((_, i) => `(c${i} > 0)`).join(" + ")}, ${ask.steps.map((_, i) => `chain${i}`).join(", ")}) as reached,
      arrayMax(reached) as level,
      indexOf(reached, level) as best,
      [${ask.steps
        .slice(1)
        .map((_, k) => `if(level > ${k + 1}, toInt64(chain${k + 1}[best]) - toInt64(chain${k}[best]), -1)`)
        .join(", ")}] as gaps
    from (select customer_id, ${head}, ${times.join(", ")} ${tail} having notEmpty(times0))`;
}

/** How many customers take the steps, one after the other? One statement. */
export async function funnel(
  ctx: Context,
  filters: readonly CustomerFilter[],
  ask: FunnelAsk,
): Promise<FunnelAnswer> {
  const bound = new Bound("funnel");
  const levels = await levelsSql(ctx, filters, ask, bound);
  const rows = await ctx.events.query(
    Level,
    bound.params,
    `select toUInt8(level) as level, segment, pending, count() as customers from (${levels})
    where level > 0 group by level, segment, pending
    settings max_execution_time = 60`,
  );
  const counts = rows.map((row) => ({ ...row, pending: row.pending === 1 }));
  const bars = barsOf(counts, ask.steps.length);
  if (!ask.breakdown) return { bars, segments: [] };
  const sizes = new Map<string, number>();
  for (const row of counts) sizes.set(row.segment, (sizes.get(row.segment) ?? 0) + row.customers);
  const largest = [...sizes].sort(([, a], [, b]) => b - a).map(([value]) => value);
  const shown = largest.slice(0, segmentsMax);
  const segments: FunnelAnswer["segments"] = shown.map((value) => ({
    value,
    bars: barsOf(
      counts.filter((row) => row.segment === value),
      ask.steps.length,
    ),
  }));
  if (largest.length > shown.length) {
    const rest = new Set(largest.slice(segmentsMax));
    segments.push({
      value: null,
      bars: barsOf(
        counts.filter((row) => rest.has(row.segment)),
        ask.steps.length,
      ),
    });
  }
  return { bars, segments };
}

/** A place in a funnel's answer. */
export interface FunnelPoint {
  step: number;
  /** `reached` it, or went no further: `lost` (the window is over) or `pending`. */
  which: "reached" | "lost" | "pending";
  /** One value of the breakdown, or whatever is none of these. */
  segment?: { is: string } | { not: string[] } | undefined;
}

/** Who stands at a place of a funnel's answer. */
export async function funnelCustomers(
  ctx: Context,
  filters: readonly CustomerFilter[],
  ask: FunnelAsk,
  { step, which, segment }: FunnelPoint,
): Promise<CustomerSet> {
  const bound = new Bound("funnel");
  const levels = await levelsSql(ctx, filters, ask, bound);
  const at = bound.add(step + 1, "UInt8");
  const condition =
    which === "reached"
      ? `level >= ${at}`
      : `level = ${at} and ${which === "pending" ? "pending" : "not pending"}`;
  const among = !segment
    ? ""
    : "is" in segment
      ? `and segment = ${bound.add(segment.is, "String")}`
      : `and segment not in ${bound.add(segment.not, "Array(String)")}`;
  return { sql: `select customer_id from (${levels}) where ${condition} ${among}`, params: bound.params };
}

const Gaps = z.object({ step: z.number(), medianMs: z.number() });

/** The median time from each step to the next, of those who took both, in ms; null where nobody did. One statement. */
export async function funnelTimes(
  ctx: Context,
  filters: readonly CustomerFilter[],
  ask: FunnelAsk,
): Promise<(number | null)[]> {
  const bound = new Bound("funnel");
  const levels = await levelsSql(ctx, filters, ask, bound, true);
  const rows = await ctx.events.query(
    Gaps,
    bound.params,
    `select step, quantile(0.5)(gap) as median_ms
    from (select gaps from (${levels}))
    array join gaps as gap, arrayEnumerate(gaps) as step
    where gap >= 0 group by step
    settings max_execution_time = 60`,
  );
  const byStep = new Map(rows.map((row) => [row.step, row.medianMs]));
  return ask.steps.slice(1).map((_, k) => byStep.get(k + 1) ?? null);
}
