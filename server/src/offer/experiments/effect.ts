import {
  type Arm as ArmSums,
  armOfSums,
  differenceOfMeans,
  differenceOfShares,
  readiness,
  sampleRatio,
} from "@rondell/models";
import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { Arm } from "./model.ts";

/**
 * The least that must be there before an effect is said aloud: customers, and among them buyers after
 * their first decision, in each arm.
 */
export const customersMin = 100;
export const buyersMin = 10;
/** A true difference of this share of the mean value is to be found four times of five. */
const smallestEffectShare = 0.1;
const pointsMax = 26;
const dayMs = 86_400_000;

const Estimate = z.object({
  value: z.number(),
  low: z.number(),
  high: z.number(),
  coreLow: z.number(),
  coreHigh: z.number(),
});
export type Estimate = z.infer<typeof Estimate>;

export const ArmFigures = z.object({
  customers: z.number(),
  /** Customers who bought after their first decision. */
  buyers: z.number(),
  /** Mean value per customer after the first decision, refunds taken off, in minor units of the garden's currency. */
  meanMinor: z.number(),
});

export const EffectFigures = z.object({
  treated: ArmFigures,
  holdout: ArmFigures,
  /** Treated minus holdout, in value per customer, minor units; null while an arm has fewer than two customers. */
  perCustomer: Estimate.nullable(),
  /** The same for the share of customers who bought. */
  buyersDifference: Estimate.nullable(),
  /** `perCustomer` times the treated customers: what the offers were worth so far. */
  worth: Estimate.nullable(),
  ratio: z.object({ plannedHoldoutShare: z.number(), pValue: z.number(), mismatch: z.boolean() }),
  /** Left out, because customers of different arms turned out to be one person. */
  mixed: z.number(),
  /** Left out, because they no longer allow conclusions. */
  withdrawn: z.number(),
  /** Orders after a decision that wait for an exchange rate and are in no sum. */
  withoutRate: z.number(),
  since: z.string(),
  until: z.string(),
});

export const Effect = z.discriminatedUnion("state", [
  z.object({ state: z.literal("no_decision") }),
  EffectFigures.extend({
    state: z.literal("too_early"),
    minimum: z.object({ customers: z.number(), buyers: z.number() }),
    /** Customers who must still get their first decision, at the shares and rates so far. */
    customersMissing: z.number(),
    /** When the minimum will be reached at the present pace; null when nobody new comes. */
    knownAt: z.string().nullable(),
  }),
  EffectFigures.extend({
    state: z.literal("known"),
    /** Customers of both arms needed to find a difference of a tenth of the mean value. */
    needed: z.number(),
    precise: z.boolean(),
    preciseAt: z.string().nullable(),
    /** Worth at earlier instants, oldest first. */
    history: z.array(Estimate.extend({ at: z.string() })),
  }),
]);
export type Effect = z.infer<typeof Effect>;

const Span = z.object({
  decided: z.number(),
  since: z.string(),
  newest: z.string(),
  mixed: z.number(),
  withdrawn: z.number(),
});
const Sums = z.object({
  arm: Arm,
  customers: z.array(z.number()),
  buyers: z.array(z.number()),
  sums: z.array(z.number()),
  squares: z.array(z.number()),
  withoutRate: z.number(),
});
type Sums = z.infer<typeof Sums>;

const compared = `select customer_id, arm, decided_at from holdout_arms
  where mixed = 0 and customer_id in (select customer_id from customers where profile = 1)`;

/**
 * What the offers changed: customers by the arm they were drawn into at their first decision, and what
 * they bought after it, whether an offer reached them or not (intention to treat). Value counts orders
 * and takes refunds off, in the garden's currency. In a synthetic garden the clock is its newest event.
 */
export async function measureEffect(ctx: Context): Promise<Effect> {
  const [span] = await ctx.events.query(
    Span,
    {},
    `select count() as decided, toString(min(h.decided_at)) as since, countIf(h.mixed = 1) as mixed,
      countIf(h.mixed = 0 and h.customer_id not in (select customer_id from customers where profile = 1)) as withdrawn,
      toString(greatest(max(h.decided_at), (select max(happened_at) from events where name in ('Order Completed', 'Order Refunded', 'Offer Decided')))) as newest
    from holdout_arms h`,
  );
  if (!span || span.decided === 0) return { state: "no_decision" };
  const since = instant(span.since);
  const until = ctx.garden.synthetic ? new Date(instant(span.newest).getTime() + 1) : ctx.now();
  const points = pointsBetween(since, until);
  const [sums, newcomers] = await Promise.all([sumsAt(ctx, points), newcomersPerWeek(ctx, until)]);
  const last = points.length - 1;
  const figures = {
    ...figuresAt(sums, last, ctx.garden.holdoutShare),
    mixed: span.mixed,
    withdrawn: span.withdrawn,
    withoutRate: sums.reduce((total, arm) => total + arm.withoutRate, 0),
    since: since.toISOString(),
    until: until.toISOString(),
  };
  const { treated, holdout } = armsAt(sums, last);
  const all = treated.customers + holdout.customers;
  const mean = all
    ? (treated.mean * treated.customers || 0) / all + (holdout.mean * holdout.customers || 0) / all
    : 0;
  const deviation = Math.sqrt(holdout.variance || treated.variance || 0);
  const ready = readiness({
    treated: { customers: figures.treated.customers, successes: figures.treated.buyers },
    control: { customers: figures.holdout.customers, successes: figures.holdout.buyers },
    controlShare: ctx.garden.holdoutShare,
    deviation,
    smallestEffect: Math.max(1, mean * smallestEffectShare),
    customersPerWeek: newcomers,
    customersMin,
    successesMin: buyersMin,
  });
  const after = (weeks: number | null) =>
    weeks === null || weeks > 520 ? null : new Date(until.getTime() + weeks * 7 * dayMs).toISOString();
  if (!ready.ready) {
    return {
      state: "too_early",
      ...figures,
      minimum: { customers: customersMin, buyers: buyersMin },
      customersMissing: ready.customersMissing,
      knownAt: after(ready.weeksLeft),
    };
  }
  const history = points.flatMap((at, index) => {
    const { worth, treated: t, holdout: h } = figuresAt(sums, index, ctx.garden.holdoutShare);
    return worth && t.customers >= customersMin && h.customers >= customersMin
      ? [{ at: at.toISOString(), ...worth }]
      : [];
  });
  return {
    state: "known",
    ...figures,
    needed: ready.needed,
    precise: ready.precise,
    preciseAt: ready.precise ? null : after(ready.weeksUntilPrecise),
    history,
  };
}

const instant = (text: string) => new Date(`${text.replace(" ", "T")}Z`);

/** Instants at which the worth is told: weekly at the finest, `pointsMax` at most, the last one now. */
export function pointsBetween(since: Date, until: Date): Date[] {
  const span = Math.max(0, until.getTime() - since.getTime());
  const count = Math.min(pointsMax, Math.max(1, Math.ceil(span / (7 * dayMs))));
  return Array.from(
    { length: count },
    (_, index) => new Date(since.getTime() + (span * (index + 1)) / count),
  );
}

/** For each arm and instant: customers decided before it, and what they bought between decision and instant. */
function sumsAt(ctx: Context, points: readonly Date[]): Promise<Sums[]> {
  return ctx.events.query(
    Sums,
    { points: points.map((at) => at.getTime()) },
    `with
      arms as (${compared}),
      bought as (
        select e.customer_id as customer_id, groupArray((toUnixTimestamp64Milli(e.happened_at), ifNull(e.amount_garden_minor, 0), e.name = 'Order Completed')) as rows,
          countIf(e.amount_garden_minor is null and e.amount_minor is not null) as without_rate
        from events e inner join arms on arms.customer_id = e.customer_id
        where e.name in ('Order Completed', 'Order Refunded') and e.happened_at > arms.decided_at
          and e.customer_id in (select customer_id from arms)
        group by e.customer_id
      ),
      each as (
        select arm, without_rate,
          arrayMap(p -> toUInt64(toUnixTimestamp64Milli(decided_at) < p), {points:Array(Int64)}) as counts,
          arrayMap(p -> arraySum(arrayMap(r -> if(r.1 <= p, toFloat64(r.2), 0), rows)), {points:Array(Int64)}) as worths,
          arrayMap(p -> toUInt64(arrayExists(r -> r.1 <= p and r.3, rows)), {points:Array(Int64)}) as buying
        from arms left join bought on bought.customer_id = arms.customer_id
      )
    select arm, sumForEach(counts) as customers, sumForEach(buying) as buyers, sumForEach(worths) as sums,
      sumForEach(arrayMap(w -> w * w, worths)) as squares, sum(without_rate) as without_rate
    from each group by arm`,
  );
}

async function newcomersPerWeek(ctx: Context, until: Date): Promise<number> {
  const [row] = await ctx.events.query(
    z.object({ n: z.number() }),
    { until },
    `select count() as n from (${compared}) where decided_at > {until:DateTime64(3, 'UTC')} - toIntervalDay(28)`,
  );
  return (row?.n ?? 0) / 4;
}

function armsAt(sums: readonly Sums[], index: number): Record<Arm, ArmSums> {
  const of = (arm: Arm) => {
    const row = sums.find((one) => one.arm === arm);
    return armOfSums(row?.customers[index] ?? 0, row?.sums[index] ?? 0, row?.squares[index] ?? 0);
  };
  return { treated: of("treated"), holdout: of("holdout") };
}

function figuresAt(sums: readonly Sums[], index: number, holdoutShare: number) {
  const arms = armsAt(sums, index);
  const buyersOf = (arm: Arm) => sums.find((one) => one.arm === arm)?.buyers[index] ?? 0;
  const figures = (arm: Arm) => ({
    customers: arms[arm].customers,
    buyers: buyersOf(arm),
    meanMinor: arms[arm].mean || 0,
  });
  const perCustomer = estimateOf((level) => differenceOfMeans(arms.treated, arms.holdout, level));
  const shares = (arm: Arm) => ({ customers: arms[arm].customers, successes: buyersOf(arm) });
  const ratio = sampleRatio(
    [arms.treated.customers, arms.holdout.customers],
    [1 - holdoutShare, holdoutShare],
  );
  const n = arms.treated.customers;
  return {
    treated: figures("treated"),
    holdout: figures("holdout"),
    perCustomer,
    buyersDifference: estimateOf((level) => differenceOfShares(shares("treated"), shares("holdout"), level)),
    worth: perCustomer && {
      value: perCustomer.value * n,
      low: perCustomer.low * n,
      high: perCustomer.high * n,
      coreLow: perCustomer.coreLow * n,
      coreHigh: perCustomer.coreHigh * n,
    },
    ratio: { plannedHoldoutShare: holdoutShare, pValue: ratio.pValue, mismatch: ratio.mismatch },
  };
}

function estimateOf(
  measure: (level: number) => { difference: number; low: number; high: number } | undefined,
): Estimate | null {
  const whole = measure(0.95);
  const core = measure(0.5);
  if (!whole || !core) return null;
  return {
    value: whole.difference,
    low: whole.low,
    high: whole.high,
    coreLow: core.low,
    coreHigh: core.high,
  };
}
