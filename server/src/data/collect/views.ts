import { z } from "zod";
import type { Route } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { recentEvents } from "../events/index.ts";
import { firstOfDays } from "./drops.ts";
import { Flagged, flaggedTraffic } from "./flagged.ts";
import { countRejections, listRejections } from "./rejections.ts";
import { StreamAsk, type Streams, streamEvents } from "./stream.ts";

const Live = z.object({
  /** Kept, or dropped with the reason. */
  outcome: z.string(),
  at: z.string(),
  happenedAt: z.string().nullable(),
  name: z.string(),
  source: z.string(),
  customer: z.string().nullable(),
  channel: z.string(),
});

/** What comes in now, what was dropped and why, and what could not be accepted. */
export function collectViewRoutes(route: Route, streams: Streams): void {
  const read = { right: "data:read" } as const;
  route({
    method: "GET",
    url: "/api/events/live",
    access: read,
    tag: "Data",
    summary: "The last hour's events, kept and dropped, newest first; of dropped ones no personal field",
    query: z.object({ max: z.coerce.number().int().min(1).max(200).default(100) }),
    reply: z.object({ items: z.array(Live) }),
    handler: async ({ ctx, query: { max } }) => {
      const since = new Date(ctx.now().getTime() - 3_600_000);
      const [kept, dropped, sources] = await Promise.all([
        recentEvents(ctx, { since, max }),
        query(
          ctx.pool,
          sql`select at, source_id, name, reason from recent_drops where at > ${since} order by at desc limit ${max}`,
          z.object({ at: z.date(), sourceId: z.number(), name: z.string(), reason: z.string() }),
        ),
        query(ctx.pool, sql`select id, name from sources`, z.object({ id: z.number(), name: z.string() })),
      ]);
      const names = new Map(sources.map((source) => [source.id, source.name]));
      const items: z.input<typeof Live>[] = [
        ...kept.map((event) => ({
          outcome: "kept",
          at: event.receivedAt,
          happenedAt: event.happenedAt,
          name: event.name,
          source: names.get(event.sourceId) ?? "",
          customer: event.customerId ? publicId("customer", event.customerId) : null,
          channel: event.channel,
        })),
        ...dropped.map((drop) => ({
          outcome: drop.reason,
          at: drop.at.toISOString(),
          happenedAt: null,
          name: drop.name,
          source: names.get(drop.sourceId) ?? "",
          customer: null,
          channel: "",
        })),
      ];
      return { items: items.sort((a, b) => (a.at < b.at ? 1 : -1)).slice(0, max) };
    },
  });

  route({
    method: "GET",
    url: "/api/events/stream",
    access: read,
    tag: "Data",
    summary: "What comes in at this moment, as server-sent events: each as it came and as it became",
    description:
      "Messages of the kind `event` carry a DebuggedEvent. A few of each name, source and outcome of a batch are shown; names and values of people only with the right customers:read. A reader goes on with Last-Event-ID, is cut off when it falls behind, and hears `over` when the session ends.",
    query: StreamAsk,
    refusals: ["stream.too_many", "customer.missing", "source.missing"],
    handler: ({ ctx, query: ask, request, reply }) => streamEvents(ctx, ask, request, reply, streams),
  });

  route({
    method: "GET",
    url: "/api/events/drops",
    access: read,
    tag: "Data",
    summary: "How many events were dropped, by day of the garden's zone, source and reason",
    query: z.object({ days: z.coerce.number().int().min(1).max(400).default(28) }),
    reply: z.object({
      items: z.array(
        z.object({ day: z.string(), source: z.string(), reason: z.string(), events: z.number() }),
      ),
    }),
    handler: async ({ ctx, query: { days } }) => ({
      items: await query(
        ctx.pool,
        sql`select d.day::text as day, coalesce(s.name, '') as source, d.reason, d.events from drop_counts d left join sources s on s.id = d.source_id
          where d.day >= ${(await firstOfDays(ctx, days)).day}::date order by d.day desc, d.events desc`,
        z.object({ day: z.string(), source: z.string(), reason: z.string(), events: z.number() }),
      ),
    }),
  });

  route({
    method: "GET",
    url: "/api/traffic/flagged",
    access: read,
    tag: "Data",
    summary:
      "How much was taken for bots, the brand's own people or datacentres, by source, with the newest examples",
    query: z.object({ days: z.coerce.number().int().min(1).max(400).default(28) }),
    reply: Flagged,
    handler: ({ ctx, query: { days } }) => flaggedTraffic(ctx, days),
  });

  route({
    method: "GET",
    url: "/api/events/rejected",
    access: read,
    tag: "Data",
    summary: "Events that could not be accepted, newest first, and what to do about it",
    query: z.object({
      max: z.coerce.number().int().min(1).max(200).default(50),
      before: z.coerce.number().int().optional(),
    }),
    reply: z.object({
      items: z.array(
        z.object({
          id: z.number(),
          at: z.string(),
          source: z.string().nullable(),
          messageId: z.string().nullable(),
          code: z.string(),
          message: z.string(),
        }),
      ),
      /** All of the last 30 days, and those beyond what is kept of a source in an hour. */
      events: z.number(),
      onlyCounted: z.number(),
    }),
    handler: async ({ ctx, query: ask }) => {
      const rows = await listRejections(ctx.pool, {
        max: ask.max,
        ...(ask.before ? { before: ask.before } : {}),
      });
      const sources = await query(
        ctx.pool,
        sql`select id, name from sources`,
        z.object({ id: z.number(), name: z.string() }),
      );
      const names = new Map(sources.map((source) => [source.id, source.name]));
      return {
        ...(await countRejections(ctx.pool, ctx.now())),
        items: rows.map(({ sourceId, ...row }) => ({
          ...row,
          at: row.at.toISOString(),
          source: sourceId === null ? null : (names.get(sourceId) ?? null),
        })),
      };
    },
  });
}
