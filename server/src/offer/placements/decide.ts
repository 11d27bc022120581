import { randomUUID } from "node:crypto";
import { submit } from "../../data/collect/index.ts";
import { isAllowed } from "../../data/consent/index.ts";
import type { Context } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { findCurrentRun } from "../catalogue/index.ts";
import { armAtDecision, followLinks } from "../experiments/index.ts";
import { type Candidate, nextForCustomer, nextForVisitor, reasonInWords } from "../recommendations/index.ts";
import type { Asker } from "./asker.ts";
import type { Decision, NoOffer } from "./model.ts";

export type Decided =
  | { decision: Decision }
  | { decision: null; reason: Extract<NoOffer, "no_consent" | "nothing_to_offer"> };

/**
 * Decides what to offer to a customer or visitor at `at`. The gate comes first: without `profile` there
 * is no decision and no arm; a browser alone is asked for its own. Then what fits best is found, and only then the arm, which is saved at the
 * first decision. The holdout's decision holds what would have been offered. Each decision becomes the
 * event `Offer Decided`, durable with the decision itself.
 */
export async function decide(ctx: Context, asker: Asker | undefined, at: Date): Promise<Decided> {
  if (!asker || !(await isAllowed(ctx.pool, asker.subjectId, "profile")))
    return { decision: null, reason: "no_consent" };
  const run = await findCurrentRun(ctx.pool);
  if (!run) return { decision: null, reason: "nothing_to_offer" };
  const candidates =
    asker.by === "customer"
      ? await nextForCustomer(ctx, run, asker.customerId)
      : await nextForVisitor(ctx, run, asker.visitorId, asker.ids, at);
  const [best] = candidates;
  if (!best) return { decision: null, reason: "nothing_to_offer" };
  return { decision: await save(ctx, asker, best, at) };
}

async function save(ctx: Context, asker: Asker, best: Candidate, at: Date): Promise<Decision> {
  const { customerId, subjectId, partId } = asker;
  const id = randomUUID();
  return ctx.inTransaction(async (tx) => {
    const arm = await armAtDecision(tx, ctx, subjectId, at);
    // Whom the browser claims to be is treated by this arm too, or by two arms and compared no more.
    if (subjectId !== customerId) await followLinks(tx, ctx, [{ subjectId, customerId }]);
    await query(
      tx,
      sql`insert into decisions (id, customer_id, arm, product_id, reason, decided_at)
        values (${id}, ${partId}, ${arm}, ${best.productId}, ${best.reason.code}, ${at})`,
    );
    await submit(tx, ctx, [
      {
        type: "track",
        event: "Offer Decided",
        messageId: `${id}:decided`,
        timestamp: at,
        customerId: partId,
        ...(asker.by === "visitor" ? { anonymousId: asker.anonymousId } : {}),
        properties: {
          decision_id: id,
          arm,
          offer: best.productId,
          reason: best.reason.code,
          ...(best.reason.because ? { because: best.reason.because.productId } : {}),
        },
      },
    ]);
    return {
      id,
      customerId,
      arm,
      offer: { ...best, reason: { ...best.reason, text: reasonInWords(best.reason) } },
      at,
    };
  });
}
