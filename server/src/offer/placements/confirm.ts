import { z } from "zod";
import { submit } from "../../data/collect/index.ts";
import type { Context, Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";

const Confirmed = z.object({ id: z.string(), customerId: z.number(), productId: z.string() });

/**
 * The client says that the offer was displayed. Counts once, becomes `Offer Shown`, and says whether the
 * decision is known and not of the holdout, to whom nothing is shown.
 */
export async function confirmShown(ctx: Context, decisionId: string, at: Date): Promise<boolean> {
  return ctx.inTransaction(async (tx) => {
    const rows = await query(
      tx,
      sql`update decisions set shown_at = coalesce(decisions.shown_at, ${at}) from decisions before
        where decisions.id = ${decisionId} and before.id = decisions.id and decisions.arm = 'treated'
        returning decisions.id, decisions.customer_id, decisions.product_id, before.shown_at is null as is_first`,
      Confirmed.extend({ isFirst: z.boolean() }),
    );
    const first = rows.filter((row) => row.isFirst);
    await submit(
      tx,
      ctx,
      first.map((row) => ({
        type: "track",
        event: "Offer Shown",
        messageId: `${row.id}:shown`,
        timestamp: at,
        customerId: row.customerId,
        properties: { decision_id: row.id, offer: row.productId },
      })),
    );
    return rows.length > 0;
  });
}

/** The client says that the offer was clicked: `Offer Accepted`. A click is also a display. */
export async function confirmAccepted(ctx: Context, decisionId: string, at: Date): Promise<boolean> {
  if (!(await confirmShown(ctx, decisionId, at))) return false;
  await ctx.inTransaction((tx) => accept(tx, ctx, "click", [{ decisionId, at }]));
  return true;
}

/** Marks offers as accepted that were not yet, and tells it as events. Gives how many were new. */
export async function accept(
  tx: Tx,
  ctx: Context,
  by: "click" | "purchase",
  accepted: readonly { decisionId: string; at: Date }[],
): Promise<number> {
  const rows = await query(
    tx,
    sql`update decisions d set accepted_at = a.at, accepted_by = ${by}
      from unnest(${accepted.map((one) => one.decisionId)}::uuid[], ${accepted.map((one) => one.at)}::timestamptz[]) as a (id, at)
      where d.id = a.id and d.accepted_at is null and d.arm = 'treated'
      returning d.id, d.customer_id, d.product_id, d.accepted_at`,
    Confirmed.extend({ acceptedAt: z.date() }),
  );
  await submit(
    tx,
    ctx,
    rows.map((row) => ({
      type: "track",
      event: "Offer Accepted",
      messageId: `${row.id}:accepted`,
      timestamp: row.acceptedAt,
      customerId: row.customerId,
      properties: { decision_id: row.id, offer: row.productId, by },
    })),
  );
  return rows.length;
}
