import type { CustomerFilter } from "../../data/profiles/index.ts";
import { findCurrentRun } from "../../insight/runs/index.ts";
import { isTouchpoint } from "./touchpoints.ts";

/** The value of a filter of the loop: two instants. */
export const periodValue = (period: { from: Date; to: Date }) =>
  `${period.from.toISOString()},${period.to.toISOString()}`;

function instants(value: string): { loop_from: Date; loop_to: Date } {
  const [from = "", to = ""] = value.split(",");
  const read = (text: string) => (Number.isNaN(Date.parse(text)) ? new Date(0) : new Date(text));
  return { loop_from: read(from), loop_to: read(to) };
}

const inLoopPeriod =
  "happened_at >= {loop_from:DateTime64(3, 'UTC')} and happened_at < {loop_to:DateTime64(3, 'UTC')}";
const touched = `select distinct customer_id from events where ${isTouchpoint} and ${inLoopPeriod}`;
const scored = `select customer_id from lifecycle_stages where run_id = {loop_run:UInt32} and ended is null
  and customer_id in (select customer_id from customers where profile = 1)`;

/** Customers who were met at a touchpoint in a period. */
const touchedFilter: CustomerFilter = {
  key: "loop_touched",
  title: { en: "Met at a touchpoint in this time", de: "In dieser Zeit an einem Berührungspunkt" },
  where: (value) => ({ sql: touched, params: instants(value) }),
};

/** Customers about whom something is concluded that can be acted on. */
const scoredFilter: CustomerFilter = {
  key: "loop_scored",
  title: { en: "With a stage of their own", de: "Mit eigener Lebensphase" },
  async where(_value, ctx) {
    const run = await findCurrentRun(ctx, "lifecycle");
    return { sql: scored, params: { loop_run: run?.id ?? 0 } };
  },
};

/** Customers seen in a period about whom something is concluded. */
const seenScoredFilter: CustomerFilter = {
  key: "loop_seen_scored",
  title: { en: "Met in this time, with a stage of their own", de: "In dieser Zeit gesehen, mit Lebensphase" },
  async where(value, ctx) {
    const run = await findCurrentRun(ctx, "lifecycle");
    return {
      sql: `${touched} and customer_id in (${scored})`,
      params: { ...instants(value), loop_run: run?.id ?? 0 },
    };
  },
};

/** Customers seen in a period with a stage of their own, for whom an offer was decided. */
const decidedFilter: CustomerFilter = {
  key: "loop_decided",
  title: {
    en: "With a stage, and an offer decided in this time",
    de: "Mit Lebensphase und einem Angebot in dieser Zeit",
  },
  async where(value, ctx) {
    const run = await findCurrentRun(ctx, "lifecycle");
    return {
      sql: `${touched} and customer_id in (${scored})
        and customer_id in (select customer_id from events where name = 'Offer Decided' and ${inLoopPeriod})`,
      params: { ...instants(value), loop_run: run?.id ?? 0 },
    };
  },
};

/** Customers seen in a period about whom nothing is concluded: no consent to it, or no run since. */
const unscoredFilter: CustomerFilter = {
  key: "loop_unscored",
  title: {
    en: "Met in this time, and nothing concluded",
    de: "In dieser Zeit gesehen, und nichts geschlossen",
  },
  async where(value, ctx) {
    const run = await findCurrentRun(ctx, "lifecycle");
    return {
      sql: `${touched} and customer_id not in (${scored})`,
      params: { ...instants(value), loop_run: run?.id ?? 0 },
    };
  },
};

/** Customers seen in a period with a stage of their own, for whom no offer was decided. */
const undecidedFilter: CustomerFilter = {
  key: "loop_undecided",
  title: {
    en: "With a stage, and no offer decided in this time",
    de: "Mit Lebensphase, und in dieser Zeit kein Angebot",
  },
  async where(value, ctx) {
    const run = await findCurrentRun(ctx, "lifecycle");
    return {
      sql: `${touched} and customer_id in (${scored})
        and customer_id not in (select customer_id from events where name = 'Offer Decided' and ${inLoopPeriod})`,
      params: { ...instants(value), loop_run: run?.id ?? 0 },
    };
  },
};

/** Customers to whom an offer was made in a period that nobody showed them. */
const unshownFilter: CustomerFilter = {
  key: "loop_unshown",
  title: { en: "Offered something that was not shown", de: "Mit Angebot, das nicht gezeigt wurde" },
  where: (value) => ({
    sql: `select distinct customer_id from events
      where customer_id <> 0 and name = 'Offer Decided' and arm = 'treated' and ${inLoopPeriod}
        and decision_id not in (
          select decision_id from events
          where name in ('Offer Shown', 'Offer Accepted') and happened_at >= {loop_from:DateTime64(3, 'UTC')})`,
    params: instants(value),
  }),
};

/** Ways to the customers behind the numbers of the loop. */
export const loopFilters: CustomerFilter[] = [
  touchedFilter,
  scoredFilter,
  seenScoredFilter,
  unscoredFilter,
  decidedFilter,
  undecidedFilter,
  unshownFilter,
];
