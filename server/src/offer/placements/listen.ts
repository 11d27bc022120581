import { z } from "zod";
import { allowedAmong } from "../../data/consent/index.ts";
import type { Context } from "../../garden/index.ts";
import { followLinks, followMerge, followUnmerge } from "../experiments/index.ts";
import {
  forgetNextProducts,
  joinNextProducts,
  lendNextProducts,
  returnNextProducts,
} from "../recommendations/index.ts";

const Linked = z.object({
  links: z.array(z.object({ subjectId: z.number(), customerId: z.number(), partId: z.number().optional() })),
});
const Pair = z.object({ survivorId: z.number(), joinedId: z.number() });
const Merged = z.object({ merges: z.array(Pair) });
const Unmerged = z.object({ merges: z.array(Pair.extend({ mergedAt: z.coerce.date() })) });
const Withdrawn = z.object({ customerIds: z.array(z.number()) });

/** Customers were joined: their arms and recommendations follow. For the fact `identity.linked`. */
export async function onIdentityLinked(ctx: Context, payload: unknown): Promise<void> {
  const { links } = Linked.parse(payload);
  await ctx.inTransaction(async (tx) => {
    await followLinks(tx, ctx, links);
    for (const { subjectId, customerId } of links) await joinNextProducts(tx, subjectId, customerId);
  });
}

/** Operators merged customers: their arms and recommendations follow. For the fact `identity.merged`. */
export async function onIdentityMerged(ctx: Context, payload: unknown): Promise<void> {
  const { merges } = Merged.parse(payload);
  await ctx.inTransaction(async (tx) => {
    await followMerge(
      tx,
      merges.flatMap((merge) => [merge.survivorId, merge.joinedId]),
    );
    await lendNextProducts(tx, merges);
  });
}

/** Merges were taken back. For the fact `identity.unmerged`. */
export async function onIdentityUnmerged(ctx: Context, payload: unknown): Promise<void> {
  const { merges } = Unmerged.parse(payload);
  await ctx.inTransaction(async (tx) => {
    await followUnmerge(tx, ctx, merges);
    await returnNextProducts(tx, merges);
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
