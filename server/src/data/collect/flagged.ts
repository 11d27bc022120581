import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { rightsOf, sourceNames } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { setAsideEvents } from "../events/index.ts";
import { survivorsOf } from "../identity/index.ts";
import { customersById } from "../profiles/index.ts";
import { internalAmong } from "../quality/index.ts";
import { firstOfDays } from "./drops.ts";

/** What was taken for something else than the brand's public, by which rule, from where, and what became of it. */
export const Flagged = z.object({
  counts: z.array(
    z.object({
      traffic: z.enum(["bot", "internal", "datacentre"]),
      fate: z.enum(["drop", "set_aside"]),
      source: z.string(),
      events: z.number(),
      lastDay: z.string(),
    }),
  ),
  /** The newest of those that were set aside; of what was let go nothing is kept. */
  examples: z.array(
    z.object({
      traffic: z.enum(["bot", "internal", "datacentre"]),
      name: z.string(),
      source: z.string(),
      at: z.string(),
      /** Kind, browser and system of the device, where they are known. */
      device: z.string(),
      /** Only for those with the right customers:read. */
      customer: z
        .object({
          id: z.string(),
          name: z.string().nullable(),
          known: z.boolean(),
          /** Remembered as one of the brand, whatever their next event says: they can be counted again. */
          internal: z.boolean(),
        })
        .nullable(),
    }),
  ),
});

const Count = z.object({ reason: z.string(), source: z.string(), events: z.number(), lastDay: z.string() });
const examplesMax = 50;

/** Counts of `days` days of the garden's zone with examples. What a caller may not see of people is left out. */
export async function flaggedTraffic(ctx: Context, days: number): Promise<z.input<typeof Flagged>> {
  const first = await firstOfDays(ctx, days);
  const [counts, found] = await Promise.all([
    query(
      ctx.pool,
      sql`select d.reason, coalesce(s.name, '') as source, sum(d.events)::bigint as events, max(d.day)::text as last_day
        from drop_counts d left join sources s on s.id = d.source_id
        where d.day >= ${first.day}::date
          and d.reason in ('bot', 'internal', 'datacentre', 'aside_bot', 'aside_internal', 'aside_datacentre')
        group by d.reason, s.name order by events desc`,
      Count,
    ),
    setAsideEvents(ctx, { since: first.at, max: examplesMax }),
  ]);
  const seesPeople = rightsOf(ctx.actor).includes("customers:read");
  const ids = seesPeople ? [...new Set(found.map((one) => one.customerId).filter((id) => id > 0))] : [];
  const [survivors, sources] = await Promise.all([
    survivorsOf(ctx.pool, ids),
    sourceNames(
      ctx.pool,
      found.map((one) => one.sourceId),
    ),
  ]);
  const customerIds = [...new Set(survivors.values())];
  const [customers, internal] = await Promise.all([
    customersById(ctx.pool, customerIds),
    internalAmong(ctx.pool, customerIds),
  ]);
  const people = new Map(customers.map((one) => [one.id, one]));
  return {
    counts: counts.map(({ reason, ...count }) => ({
      ...count,
      traffic: reason.replace("aside_", "") as "bot" | "internal" | "datacentre",
      fate: reason.startsWith("aside_") ? ("set_aside" as const) : ("drop" as const),
    })),
    examples: found.map(({ traffic, name, sourceId, customerId, receivedAt, device, browser, os }) => {
      const person = people.get(survivors.get(customerId) ?? 0);
      return {
        ...{ traffic, name, source: sources.get(sourceId) ?? "", at: receivedAt },
        device: [device, browser, os].filter(Boolean).join(", "),
        customer: person
          ? {
              ...{ id: publicId("customer", person.id), name: person.displayName, known: person.known },
              internal: internal.has(person.id),
            }
          : null,
      };
    }),
  };
}
