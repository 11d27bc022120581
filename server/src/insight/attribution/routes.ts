import { z } from "zod";
import type { CustomerFilter } from "../../data/profiles/index.ts";
import type { Route } from "../../garden/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { attribution } from "./attribution.ts";
import { attributionCsv } from "./csv.ts";
import { AttributionAnswer, AttributionAsk } from "./model.ts";

/**
 * Questions about what conversions owe to channels. They count everybody whose events are kept, which is what consent to
 * *measure* is about; nothing is concluded about a person.
 */
export function attributionRoutes(route: Route, deps: { filters: readonly CustomerFilter[] }): void {
  const read = { right: "insight:read" } as const;
  const refusals = [
    "attribution.period",
    "attribution.too_many_paths",
    "attribution.too_long",
    "customers.filter_unknown",
  ];

  route({
    method: "POST",
    url: "/api/insight/attribution",
    access: read,
    tag: "Insight",
    summary: "What each channel is given for conversions and their value, by every model, with intervals",
    description:
      "`from` is the first day, `to` the day after the last, in the garden's zone. Attribution divides what happened; it does not show what a channel caused.",
    body: AttributionAsk,
    reply: AttributionAnswer,
    refusals,
    handler: ({ ctx, body }) => attribution(ctx, deps.filters, body),
  });

  route({
    method: "GET",
    url: "/api/insight/attribution.csv",
    access: read,
    tag: "Insight",
    summary: "Attribution as CSV; `ask` is the JSON of the question",
    query: z.object({ ask: z.string().max(8000), garden: z.string().max(60).optional() }),
    refusals: ["attribution.ask", ...refusals],
    handler: async ({ ctx, query, reply }) => {
      const ask = askOf(query.ask);
      return reply
        .header("content-type", "text/csv; charset=utf-8")
        .header("content-disposition", `attachment; filename="attribution-${ask.from}.csv"`)
        .send(attributionCsv(await attribution(ctx, deps.filters, ask)));
    },
  });
}

function askOf(text: string): AttributionAsk {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    refuse("invalid", "attribution.ask", "`ask` must be JSON.");
  }
  const ask = AttributionAsk.safeParse(json);
  if (!ask.success) refuse("invalid", "attribution.ask", z.prettifyError(ask.error));
  return ask.data;
}
