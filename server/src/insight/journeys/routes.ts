import { z } from "zod";
import type { CustomerFilter } from "../../data/profiles/index.ts";
import type { Route } from "../../garden/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { funnelCsv, pathsCsv } from "./csv.ts";
import { funnel, funnelTimes } from "./funnel.ts";
import { FunnelAsk, PathsAsk } from "./model.ts";
import { paths } from "./paths.ts";
import { listEventNames, listProperties } from "./vocabulary.ts";

const Share = z.object({ estimate: z.number(), low: z.number(), high: z.number() });
const Bars = z.array(
  z.object({ customers: z.number(), lost: z.number(), pending: z.number(), share: Share.nullable() }),
);
const Node = z.object({ column: z.number(), label: z.string(), customers: z.number() });
const Link = z.object({
  fromColumn: z.number(),
  from: z.string(),
  toColumn: z.number(),
  to: z.string(),
  customers: z.number(),
});
/** A question in an address, for files: JSON text. */
const AskText = z.object({ ask: z.string().max(8000), garden: z.string().max(60).optional() });

function parsed<T>(shape: z.ZodType<T>, text: string): T {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch {
    refuse("invalid", "journeys.ask", "`ask` must be JSON.");
  }
  const ask = shape.safeParse(json);
  if (!ask.success) refuse("invalid", "journeys.ask", z.prettifyError(ask.error));
  return ask.data;
}

/**
 * Questions about ways and steps. They count everybody whose events are kept, which is what consent to
 * *measure* is about; nothing is concluded about a person.
 */
export function journeyRoutes(route: Route, deps: { filters: readonly CustomerFilter[] }): void {
  const read = { right: "insight:read" } as const;
  const refusals = ["journeys.period", "journeys.not_a_number", "customers.filter_unknown"];

  route({
    method: "GET",
    url: "/api/insight/journeys/events",
    access: read,
    tag: "Insight",
    summary: "Names of events, the most frequent first, and the days from which to which they happened",
    reply: z.object({
      events: z.array(z.object({ name: z.string(), events: z.number() })),
      first: z.string().nullable(),
      last: z.string().nullable(),
    }),
    handler: ({ ctx }) => listEventNames(ctx),
  });

  route({
    method: "GET",
    url: "/api/insight/journeys/properties",
    access: read,
    tag: "Insight",
    summary: "Properties that an event carries",
    query: z.object({ event: z.string().min(1).max(200) }),
    reply: z.object({ properties: z.array(z.string()) }),
    handler: async ({ ctx, query }) => ({ properties: await listProperties(ctx, query.event) }),
  });

  route({
    method: "POST",
    url: "/api/insight/journeys/funnel",
    access: read,
    tag: "Insight",
    summary: "How many customers take the steps, one after the other, within a window",
    description: "`from` is the first day, `to` the day after the last, in the garden's zone.",
    body: FunnelAsk,
    reply: z.object({
      bars: Bars,
      segments: z.array(z.object({ value: z.string().nullable(), bars: Bars })),
    }),
    refusals,
    handler: ({ ctx, body }) => funnel(ctx, deps.filters, body),
  });

  route({
    method: "POST",
    url: "/api/insight/journeys/funnel/times",
    access: read,
    tag: "Insight",
    summary: "The median time from each step of a funnel to the next, in ms",
    body: FunnelAsk,
    reply: z.object({ medianMs: z.array(z.number().nullable()) }),
    refusals,
    handler: async ({ ctx, body }) => ({ medianMs: await funnelTimes(ctx, deps.filters, body) }),
  });

  route({
    method: "POST",
    url: "/api/insight/journeys/paths",
    access: read,
    tag: "Insight",
    summary: "The ways from the first contact to the first purchase and the second, and where they end",
    body: PathsAsk,
    reply: z.object({
      customers: z.number(),
      bought: z.number(),
      boughtAgain: z.number(),
      columns: z.number(),
      nodes: z.array(Node),
      links: z.array(Link),
    }),
    refusals,
    handler: ({ ctx, body }) => paths(ctx, deps.filters, body),
  });

  route({
    method: "GET",
    url: "/api/insight/journeys/funnel.csv",
    access: read,
    tag: "Insight",
    summary: "A funnel as CSV; `ask` is the JSON of the question",
    query: AskText,
    refusals: ["journeys.ask", ...refusals],
    handler: async ({ ctx, query, reply }) => {
      const ask = parsed(FunnelAsk, query.ask);
      return reply
        .header("content-type", "text/csv; charset=utf-8")
        .header("content-disposition", `attachment; filename="funnel-${ask.from}.csv"`)
        .send(funnelCsv(ask, await funnel(ctx, deps.filters, ask)));
    },
  });

  route({
    method: "GET",
    url: "/api/insight/journeys/paths.csv",
    access: read,
    tag: "Insight",
    summary: "Paths as CSV; `ask` is the JSON of the question",
    query: AskText,
    refusals: ["journeys.ask", ...refusals],
    handler: async ({ ctx, query, reply }) => {
      const ask = parsed(PathsAsk, query.ask);
      return reply
        .header("content-type", "text/csv; charset=utf-8")
        .header("content-disposition", `attachment; filename="paths-${ask.from}.csv"`)
        .send(pathsCsv(await paths(ctx, deps.filters, ask)));
    },
  });
}
