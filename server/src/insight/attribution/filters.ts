import { z } from "zod";
import type { CustomerFilter } from "../../data/profiles/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { journeyCustomers } from "./attribution.ts";
import { AttributionAsk, journeyKinds } from "./model.ts";

const Point = z.object({
  ask: AttributionAsk,
  kind: z.enum(journeyKinds),
  channel: z.string().max(200).optional(),
});

/** The way from the numbers of attribution to the customers behind them; the value is JSON: the question, and the place in its answer. */
export function attributionFilters(others: readonly CustomerFilter[]): CustomerFilter[] {
  return [
    {
      key: "attribution.journeys",
      title: { en: "Customers on journeys to a conversion", de: "Auf Wegen zu einem Abschluss" },
      where(value, ctx) {
        const point = Point.safeParse(jsonOf(value));
        if (!point.success)
          refuse(
            "invalid",
            "filter.value",
            `The place in the journeys is not readable: ${z.prettifyError(point.error)}`,
          );
        const { ask, ...at } = point.data;
        return journeyCustomers(ctx, others, ask, at);
      },
    },
  ];
}

function jsonOf(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return refuse("invalid", "filter.value", "The value must be the JSON of a place in journeys.");
  }
}
