import { z } from "zod";
import type { CustomerFilter } from "../../data/profiles/index.ts";
import type { Context } from "../../garden/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { Bound } from "../journeys/index.ts";
import { journeysSql } from "./journeys-sql.ts";
import { type AttributionAsk, journeyKinds, pathsMax } from "./model.ts";

/** Journeys of one path that ended the same way. */
export const PathRow = z.object({
  kind: z.enum(journeyKinds),
  path: z.array(z.string()),
  journeys: z.number(),
  valueMinor: z.number(),
  long: z.number(),
  /** Of customers who do not allow their data to be looked at. */
  ofPrivate: z.number(),
  /** What each touch is given by decay with time: of the conversions, and of their value. */
  decayed: z.array(z.number()),
  decayedValue: z.array(z.number()),
});
export type PathRow = z.infer<typeof PathRow>;

/** The distinct paths of the period with what became of them. One statement. Refuses attribution.too_many_paths. */
export async function listPaths(
  ctx: Context,
  filters: readonly CustomerFilter[],
  ask: AttributionAsk,
): Promise<PathRow[]> {
  const bound = new Bound("attribution");
  const journeys = await journeysSql(ctx, filters, ask, bound);
  const halfMs = bound.add(ask.halfLifeDays * 86_400_000, "Float64");
  // From the nearest touch: after years each weight by itself would round to 0.
  const weights = `arrayMap(at -> exp2(-(touched_at[-1] - at) / ${halfMs}), touched_at)`;
  const rows = await ctx.events.query(
    PathRow,
    bound.params,
    `with private as (select customer_id from customers where profile = 0)
    select
      kind, path,
      count() as journeys,
      sum(value) as value_minor,
      sum(is_long) as long,
      countIf(customer_id in private) as of_private,
      sumForEach(shares) as decayed,
      sumForEach(arrayMap(share -> share * value, shares)) as decayed_value
    from (
      select
        kind, path, is_long, customer_id,
        if(kind in ('converted', 'untouched'), value, 0) as value,
        ${weights} as weights,
        if(kind = 'converted', arrayMap(weight -> weight / arraySum(weights), weights), []) as shares
      from (${journeys})
    )
    group by kind, path
    order by journeys desc, kind, path
    limit ${pathsMax + 1}
    settings max_execution_time = 60`,
  );
  if (rows.length > pathsMax)
    refuse(
      "too_large",
      "attribution.too_many_paths",
      `There are more than ${pathsMax} different paths. Ask for a shorter period, a shorter window, or fewer customers.`,
    );
  return rows;
}
