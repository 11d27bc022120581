import { z } from "zod";
import { unratedAmounts } from "../../data/profiles/index.ts";
import type { Context } from "../../garden/index.ts";
import { queryOne, sql } from "../../platform/postgres/index.ts";

/** Something that waits for a person, with how much of it there is. */
export const Need = z.object({
  code: z.enum(["detractors", "duplicates", "rejected", "without_rate"]),
  count: z.number(),
});
export type Need = z.infer<typeof Need>;

const Counts = z.object({ detractors: z.number(), duplicates: z.number(), rejected: z.number() });

/**
 * What needs somebody: answers of detractors that nobody has followed up, pairs of customers that may be
 * one, events of the period that could not be accepted, and orders that wait for an exchange rate.
 */
export async function needs(ctx: Context, period: { from: Date; to: Date }): Promise<Need[]> {
  const counts = await queryOne(
    ctx.pool,
    sql`select (select count(*) from survey_alerts where state = 'open') as detractors,
      (select count(*) from merge_proposals where state = 'open') as duplicates,
      (select count(*) from rejected_events where at >= ${period.from} and at < ${period.to}) as rejected`,
    Counts,
  );
  const unrated = await unratedAmounts(ctx);
  const all: Need[] = [
    { code: "detractors", count: counts!.detractors },
    { code: "without_rate", count: unrated.orders + unrated.refunds },
    { code: "rejected", count: counts!.rejected },
    { code: "duplicates", count: counts!.duplicates },
  ];
  return all.filter((need) => need.count > 0);
}
