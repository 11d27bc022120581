import { z } from "zod";
import { allowedAmong } from "../../data/consent/index.ts";
import type { Context } from "../../garden/index.ts";
import { followLinks } from "../experiments/index.ts";
import { forgetNextProducts, joinNextProducts } from "../recommendations/index.ts";

const Linked = z.object({ links: z.array(z.object({ subjectId: z.number(), customerId: z.number() })) });
const Withdrawn = z.object({ customerIds: z.array(z.number()) });

/** Customers were joined: their arms and recommendations follow. For the fact `identity.linked`. */
export async function onIdentityLinked(ctx: Context, payload: unknown): Promise<void> {
  const { links } = Linked.parse(payload);
  await ctx.inTransaction(async (tx) => {
    await followLinks(tx, ctx, links);
    for (const { subjectId, customerId } of links) await joinNextProducts(tx, subjectId, customerId);
  });
}

/** A customer may no longer be profiled: what was scored is gone at once. For the fact `consent.withdrawn`. */
export async function onConsentWithdrawn(ctx: Context, payload: unknown): Promise<void> {
  const { customerIds } = Withdrawn.parse(payload);
  await ctx.inTransaction(async (tx) => {
    const allowed = await allowedAmong(tx, customerIds, "profile");
    await forgetNextProducts(
      tx,
      customerIds.filter((id) => !allowed.has(id)),
    );
  });
}
