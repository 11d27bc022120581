import { z } from "zod";
import type { CustomerFilter } from "../../data/profiles/index.ts";
import type { Context } from "../../garden/index.ts";

/** Counts of one period and how they stood before it. Made: decided and not held back. */
export const OfferCounts = z.object({
  decided: z.number(),
  customers: z.number(),
  heldBack: z.number(),
  heldBackCustomers: z.number(),
  made: z.number(),
  shown: z.number(),
  accepted: z.number(),
});
export type OfferCounts = z.infer<typeof OfferCounts>;

/**
 * Decisions of [from, to) and what has come of them since: displays and acceptances count with the
 * decision they belong to, however late, and each decision once. A display of a held-back decision, or
 * of one that was never made, is no display.
 */
export async function offerCounts(ctx: Context, period: { from: Date; to: Date }): Promise<OfferCounts> {
  const [row] = await ctx.events.query(
    OfferCounts,
    { ...period },
    `with decided as (
        select decision_id, any(customer_id) as customer, any(arm) as its_arm
        from events
        where name = 'Offer Decided' and happened_at >= {from:DateTime64(3, 'UTC')} and happened_at < {to:DateTime64(3, 'UTC')}
        group by decision_id
      )
    select count() as decided, uniqExact(customer) as customers, countIf(its_arm = 'holdout') as held_back,
      uniqExactIf(customer, its_arm = 'holdout') as held_back_customers, countIf(its_arm = 'treated') as made,
      countIf(its_arm = 'treated' and decision_id in (
        select decision_id from events where name in ('Offer Shown', 'Offer Accepted') and happened_at >= {from:DateTime64(3, 'UTC')})) as shown,
      countIf(its_arm = 'treated' and decision_id in (
        select decision_id from events where name = 'Offer Accepted' and happened_at >= {from:DateTime64(3, 'UTC')})) as accepted
    from decided`,
  );
  return row!;
}

export const RecentDecision = z.object({
  decisionId: z.string(),
  customerId: z.number(),
  at: z.string(),
  arm: z.enum(["treated", "holdout"]),
  productId: z.string(),
  title: z.string(),
  reason: z.string(),
  shown: z.boolean(),
  accepted: z.boolean(),
});

/** The newest decisions. */
export function recentDecisions(
  ctx: Context,
  runId: number,
  max: number,
): Promise<z.infer<typeof RecentDecision>[]> {
  return ctx.events.query(
    RecentDecision,
    { run: runId, max },
    `with newest as (
        select decision_id, customer_id, happened_at, arm, offer as product_id,
          properties.reason::String as reason
        from events where name = 'Offer Decided'
        order by happened_at desc, decision_id limit {max:UInt32}
      )
    select n.decision_id as decision_id, n.customer_id as customer_id, formatDateTime(n.happened_at, '%Y-%m-%dT%H:%i:%SZ') as at, n.arm as arm,
      n.product_id as product_id, if(p.name <> '', p.name, n.product_id) as title, n.reason as reason,
      toBool(n.decision_id in (select decision_id from events where name in ('Offer Shown', 'Offer Accepted'))) as shown,
      toBool(n.decision_id in (select decision_id from events where name = 'Offer Accepted')) as accepted
    from newest n
    left join (select product_id, name from products_dated where run_id = {run:UInt32}) p on p.product_id = n.product_id
    order by n.happened_at desc, decision_id`,
  );
}

const stageNames = {
  decided: ["Offer Decided"],
  shown: ["Offer Shown", "Offer Accepted"],
  accepted: ["Offer Accepted"],
} as const;

/**
 * Customers of the decisions of a period, by what came of them. The value is `stage,from,to`: stage
 * `decided`, `held_back`, `made`, `shown` or `accepted`, and instants in ISO 8601.
 */
export const offerStageFilter: CustomerFilter = {
  key: "offer_stage",
  title: { en: "By what became of their offer", de: "Nach dem, was aus dem Angebot wurde" },
  where(value) {
    const [stage = "", from = "", to = ""] = value.split(",");
    const day = (text: string) => (Number.isNaN(Date.parse(text)) ? new Date(0) : new Date(text));
    const names = stage === "shown" || stage === "accepted" ? stageNames[stage] : stageNames.decided;
    const arm = stage === "held_back" ? "holdout" : stage === "decided" ? "" : "treated";
    return {
      sql: `select distinct customer_id from events
        where name = 'Offer Decided' and customer_id <> 0
          and happened_at >= {offer_stage_from:DateTime64(3, 'UTC')} and happened_at < {offer_stage_to:DateTime64(3, 'UTC')}
          and ({offer_stage_arm:String} = '' or arm = {offer_stage_arm:String})
          and decision_id in (
            select decision_id from events
            where name in {offer_stage_names:Array(String)} and happened_at >= {offer_stage_from:DateTime64(3, 'UTC')})`,
      params: {
        offer_stage_from: day(from),
        offer_stage_to: day(to),
        offer_stage_arm: arm,
        offer_stage_names: [...names],
      },
    };
  },
};
