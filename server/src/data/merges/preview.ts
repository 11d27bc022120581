import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { answersFor, foldAnswers, listPurposes } from "../consent/index.ts";
import { identifiersOf, idsOf } from "../identity/index.ts";
import { type Customer, foldProfiles, getCustomer, OwnProfile, orderSums } from "../profiles/index.ts";

const Side = z.object({
  id: z.string(),
  name: z.string().nullable(),
  known: z.boolean(),
  identifiers: z.array(z.object({ kind: z.string(), value: z.string() })),
  orders: z.number(),
  valueMinor: z.number(),
  touchpoints: z.number(),
  firstSeenAt: z.string(),
  lastSeenAt: z.string(),
});

export const Preview = z.object({
  survivor: Side,
  joined: Side,
  /** Every trait that one of them has: what each says, and what would be kept. */
  traits: z.array(
    z.object({ key: z.string(), survivor: z.unknown(), joined: z.unknown(), kept: z.unknown() }),
  ),
  consents: z.array(
    z.object({
      purpose: z.string(),
      name: z.object({ en: z.string(), de: z.string() }),
      survivor: z.boolean().nullable(),
      joined: z.boolean().nullable(),
      kept: z.boolean().nullable(),
    }),
  ),
});

/** What would become of two customers if they were merged, by the rules of the merge itself. Refuses customer.missing. */
export async function previewMerge(
  ctx: Context,
  ids: { survivorId: number | undefined; joinedId: number | undefined },
): Promise<z.input<typeof Preview>> {
  const survivor = await getCustomer(ctx, ids.survivorId);
  const joined = await getCustomer(ctx, ids.joinedId);
  const both = [survivor.id, joined.id];
  const [one, other] = [await sideOf(ctx, survivor), await sideOf(ctx, joined)];
  const profiles = await query(
    ctx.pool,
    sql`select id as customer_id, first_seen_at, last_seen_at, traits, trait_times, email, display_name from customers where id = any(${both}::bigint[])`,
    OwnProfile,
  );
  const kept = foldProfiles(
    both.flatMap((id) => profiles.find((profile) => profile.customerId === id) ?? []),
  );
  const answers = await answersFor(ctx.pool, both);
  const purposes = await listPurposes(ctx.pool);
  const keys = [...new Set([...Object.keys(survivor.traits), ...Object.keys(joined.traits)])].sort();
  return {
    survivor: one,
    joined: other,
    traits: keys.map((key) => ({
      key,
      survivor: survivor.traits[key] ?? null,
      joined: joined.traits[key] ?? null,
      kept: kept.traits[key] ?? null,
    })),
    consents: purposes.map((purpose) => {
      const given = answers.filter((answer) => answer.purpose === purpose.key);
      const of = (id: number) => given.find((answer) => answer.customerId === id)?.granted ?? null;
      return {
        purpose: purpose.key,
        name: purpose.name,
        survivor: of(survivor.id),
        joined: of(joined.id),
        kept: foldAnswers(given, ctx.now())?.granted ?? null,
      };
    }),
  };
}

async function sideOf(ctx: Context, customer: Customer): Promise<z.input<typeof Side>> {
  const ids = await idsOf(ctx.pool, customer.id);
  const [identifiers, sums] = await Promise.all([identifiersOf(ctx.pool, ids), orderSums(ctx, ids)]);
  return {
    id: publicId("customer", customer.id),
    name: customer.displayName,
    known: customer.known,
    identifiers: identifiers.map(({ kind, value }) => ({ kind, value })),
    orders: sums.orders,
    valueMinor: sums.valueMinor,
    touchpoints: sums.touchpoints,
    firstSeenAt: customer.firstSeenAt.toISOString(),
    lastSeenAt: customer.lastSeenAt.toISOString(),
  };
}
