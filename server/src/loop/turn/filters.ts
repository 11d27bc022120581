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

/** Customers who were met in a period, as far as a condition on the current stages holds. */
const metWhere = (key: string, title: CustomerFilter["title"], condition: string): CustomerFilter => ({
  key,
  title,
  async where(value, ctx) {
    const run = await findCurrentRun(ctx, "lifecycle");
    return {
      sql: `${touched} and ${condition}`,
      params: { ...instants(value), loop_run: run?.id ?? 0 },
    };
  },
});

const decided = `select customer_id from events where name = 'Offer Decided' and ${inLoopPeriod}`;

const seenScoredFilter = metWhere(
  "loop_seen_scored",
  { en: "Met in this time, with a stage of their own", de: "In dieser Zeit gesehen, mit Lebensphase" },
  `customer_id in (${scored})`,
);

/** No consent to conclusions, or no run since. */
const unscoredFilter = metWhere(
  "loop_unscored",
  { en: "Met in this time, and nothing concluded", de: "In dieser Zeit gesehen, und nichts geschlossen" },
  `customer_id not in (${scored})`,
);

const decidedFilter = metWhere(
  "loop_decided",
  {
    en: "With a stage, and an offer decided in this time",
    de: "Mit Lebensphase und einem Angebot in dieser Zeit",
  },
  `customer_id in (${scored}) and customer_id in (${decided})`,
);

const undecidedFilter = metWhere(
  "loop_undecided",
  {
    en: "With a stage, and no offer decided in this time",
    de: "Mit Lebensphase, und in dieser Zeit kein Angebot",
  },
  `customer_id in (${scored}) and customer_id not in (${decided})`,
);

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
