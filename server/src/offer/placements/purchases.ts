import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { accept } from "./confirm.ts";
import { acceptDays } from "./model.ts";

const Row = z.object({ decisionId: z.string(), at: z.string() });
const chunk = 2_000;

/**
 * Finds offers that were accepted at the till: the offered product, bought by the same customer within
 * `acceptDays` after it was shown. Displays count however they were told, by `/v1/decide/shown` or as
 * a tracked `Offer Shown`. Gives how many were new.
 */
export async function acceptPurchases(ctx: Context, runId: number): Promise<number> {
  const rows = await ctx.events.query(
    Row,
    { run: runId, days: acceptDays },
    `with
      decided as (
        select customer_id, decision_id, offer
        from events where name = 'Offer Decided' and arm = 'treated'
      ),
      shown as (
        select decision_id, min(happened_at) as shown_at
        from events where name = 'Offer Shown' group by decision_id
      ),
      done as (select decision_id from events where name = 'Offer Accepted')
    select d.decision_id as decision_id,
      toString(arrayFirst(t -> t > s.shown_at and t <= s.shown_at + toIntervalDay({days:UInt32}), b.times) as bought_at) as at
    from decided d
    inner join shown s on s.decision_id = d.decision_id
    inner join (select customer_id, product_id, times from bought_products_dated where run_id = {run:UInt32}) b
      on b.customer_id = d.customer_id and b.product_id = d.offer
    where d.decision_id not in (select decision_id from done) and bought_at > s.shown_at
    order by decision_id`,
    { lane: "work" },
  );
  const accepted = rows
    .filter((row) => z.uuid().safeParse(row.decisionId).success)
    .map((row) => ({ decisionId: row.decisionId, at: new Date(`${row.at.replace(" ", "T")}Z`) }));
  let found = 0;
  for (let start = 0; start < accepted.length; start += chunk) {
    found += await ctx.inTransaction((tx) =>
      accept(tx, ctx, "purchase", accepted.slice(start, start + chunk)),
    );
  }
  return found;
}
