import { z } from "zod";
import type { CustomerFilter } from "../../data/profiles/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { funnelCustomers } from "./funnel.ts";
import { FunnelAsk, PathsAsk } from "./model.ts";
import { pathCustomers } from "./paths.ts";

const FunnelPoint = z.object({
  ask: FunnelAsk,
  step: z.number().int().min(0).max(9),
  which: z.enum(["reached", "lost", "pending"]),
  /** Values of the breakdown: only these, or all but these for the rest. */
  segment: z
    .union([z.object({ is: z.string().max(300) }), z.object({ not: z.array(z.string().max(300)).max(20) })])
    .optional(),
});

const Place = z.object({
  column: z.number().int().min(0).max(6),
  /** Absent where small ones are folded into one: then `not` names all others of the column. */
  label: z.string().max(200).optional(),
  not: z.array(z.string().max(200)).max(20).optional(),
});
const PathPoint = z.object({ ask: PathsAsk, at: Place, next: Place.optional() });

function parsed<T>(shape: z.ZodType<T>, value: string): T {
  let json: unknown;
  try {
    json = JSON.parse(value);
  } catch {
    refuse("invalid", "filter.value", "The value must be the JSON of a place in a journey.");
  }
  const point = shape.safeParse(json);
  if (!point.success)
    refuse(
      "invalid",
      "filter.value",
      `The place in the journey is not readable: ${z.prettifyError(point.error)}`,
    );
  return point.data;
}

/**
 * The ways from the numbers of the journeys page to the customers behind them. The value is JSON: the
 * question asked, and the place in its answer. `others` are the filters that such a question may name.
 */
export function journeyFilters(others: readonly CustomerFilter[]): CustomerFilter[] {
  return [
    {
      key: "journeys.funnel",
      title: { en: "Customers at a step of a funnel", de: "An einem Schritt eines Trichters" },
      where(value, ctx) {
        const { ask, ...point } = parsed(FunnelPoint, value);
        return funnelCustomers(ctx, others, ask, point);
      },
    },
    {
      key: "journeys.path",
      title: { en: "Customers on a path", de: "Auf einem Weg" },
      where(value, ctx) {
        const { ask, at, next } = parsed(PathPoint, value);
        return pathCustomers(ctx, others, ask, at, next);
      },
    },
  ];
}
