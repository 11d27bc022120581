import { z } from "zod";
import type { Route } from "../../garden/index.ts";
import { parseId } from "../../platform/ids.ts";
import { type CatalogueEntry, describeEvent, eventsBeyond, getEvent, listEvents } from "./catalogue.ts";
import { ShownSchema, schemaRoutes, shownSchema } from "./schema-routes.ts";
import { changeRules, countAsPublic, readRules, TrafficRules } from "./traffic.ts";

const Name = z.string().min(1).max(255);
const Entry = z.object({
  name: z.string(),
  description: z.string(),
  owner: z.string(),
  health: z.enum(["new", "steady", "silent", "fewer", "more"]),
  firstAt: z.string(),
  lastAt: z.string(),
  /** All that came since the first. */
  events: z.number(),
  /** By day of the garden, oldest first; the last is today. */
  days: z.array(z.number()),
  sources: z.array(z.string()),
  properties: z.number(),
  /** How many of the properties are personal. */
  personal: z.number(),
  /** Of the days shown: events that were not as their schema says. */
  violations: z.number(),
});
const Property = z.object({
  path: z.string(),
  lastAt: z.string(),
  /** In [0, 1] of the events that were looked into. */
  share: z.number(),
  /** How often it was what, of the times it was there. */
  types: z.array(
    z.object({ type: z.enum(["text", "number", "boolean", "list", "object", "null"]), share: z.number() }),
  ),
  /** It stays out of the event store. */
  personal: z.boolean(),
  /** Whether that is a guess by its name, or an operator's word. */
  decidedBy: z.enum(["guess", "operator"]),
  description: z.string(),
});

/** The event catalogue: what comes in, how it is doing, and what operators say of it. */
export function qualityRoutes(route: Route): void {
  const read = { right: "data:read" } as const;
  const write = { right: "data:write" } as const;

  trafficRoutes(route);
  publicAgainRoute(route);
  schemaRoutes(route);
  route({
    method: "GET",
    url: "/api/events/catalogue",
    access: read,
    tag: "Data",
    summary: "Every event that came, with volume, freshness and sources; those that need a look first",
    reply: z.object({
      items: z.array(Entry),
      /** Events whose names found no room: somebody sends ever new names. */
      beyond: z.number(),
    }),
    handler: async ({ ctx }) => ({
      items: (await listEvents(ctx)).map(shownEntry),
      beyond: await eventsBeyond(ctx),
    }),
  });

  route({
    method: "GET",
    url: "/api/events/catalogue/event",
    access: read,
    tag: "Data",
    summary: "One event of the catalogue with its properties; of values only their types are kept",
    query: z.object({ name: Name }),
    reply: Entry.extend({
      propertyList: z.array(Property),
      bySource: z.array(z.object({ source: z.string(), events: z.number(), lastDay: z.string() })),
      schema: ShownSchema,
      violationList: z.array(
        z.object({
          path: z.string(),
          reason: z.string(),
          events: z.number(),
          lastAt: z.string(),
          source: z.string(),
          messageId: z.string(),
          example: z.string().nullable(),
        }),
      ),
    }),
    refusals: ["event.missing"],
    handler: async ({ ctx, query: { name } }) => {
      const detail = await getEvent(ctx, name);
      return {
        ...shownEntry(detail),
        bySource: detail.bySource,
        schema: shownSchema(detail.schema),
        violationList: detail.violationList.map((one) => ({ ...one, lastAt: one.lastAt.toISOString() })),
        propertyList: detail.propertyList.map((one) => ({
          path: one.path,
          lastAt: one.lastAt.toISOString(),
          share: one.events / Math.max(1, detail.lookedAt),
          types: (
            [
              ["text", one.texts],
              ["number", one.numbers],
              ["boolean", one.booleans],
              ["list", one.lists],
              ["object", one.objects],
              ["null", one.nulls],
            ] as const
          )
            .filter(([, times]) => times > 0)
            .map(([type, times]) => ({ type, share: times / Math.max(1, one.events) }))
            .sort((a, b) => b.share - a.share),
          personal: one.personal ?? one.guessedPersonal,
          decidedBy: one.personal === null ? ("guess" as const) : ("operator" as const),
          description: one.description,
        })),
      };
    },
  });

  route({
    method: "PATCH",
    url: "/api/events/catalogue/event",
    access: write,
    tag: "Data",
    summary: "Say who looks after an event, what it means, and which of its properties are personal",
    description:
      "A property that is marked as personal stays out of the event store from the next batch on; what is stored already stays.",
    body: z.object({
      name: Name,
      owner: z.string().trim().max(200).optional(),
      description: z.string().trim().max(2_000).optional(),
      properties: z
        .array(
          z.object({
            path: z.string().min(1).max(200),
            /** null gives the word back to the guess. */
            personal: z.boolean().nullable().optional(),
            description: z.string().trim().max(500).optional(),
          }),
        )
        .max(200)
        .optional(),
    }),
    reply: z.object({ name: z.string() }),
    refusals: ["event.missing", "property.missing"],
    handler: async ({ ctx, body: { name, ...words } }) => {
      await describeEvent(ctx, name, {
        ...(words.owner === undefined ? {} : { owner: words.owner }),
        ...(words.description === undefined ? {} : { description: words.description }),
        ...(words.properties === undefined ? {} : { properties: words.properties }),
      });
      return { name };
    },
  });
}

/** Which traffic is not the brand's public, and what becomes of it. */
function trafficRoutes(route: Route): void {
  route({
    method: "GET",
    url: "/api/traffic-rules",
    access: { right: "settings:read" },
    tag: "Data",
    summary: "Which traffic is not the brand's public, and what becomes of it",
    reply: TrafficRules,
    handler: ({ ctx }) => readRules(ctx.pool),
  });
  route({
    method: "PUT",
    url: "/api/traffic-rules",
    access: { right: "settings:write" },
    tag: "Data",
    summary: "Change which traffic is not the brand's public; it counts from the next events on",
    description:
      "No address is ever stored: a request's is compared with the ranges while it is accepted. Lists of datacentres are the operator's to bring.",
    bodyLimit: 2_000_000,
    body: TrafficRules,
    reply: TrafficRules,
    refusals: ["network.unreadable"],
    handler: ({ ctx, body }) => changeRules(ctx, body),
  });
}

function publicAgainRoute(route: Route): void {
  route({
    method: "DELETE",
    url: "/api/traffic/internal/:id",
    access: { right: "settings:write" },
    tag: "Data",
    summary: "Count a customer as one of the public again, from the next event on",
    params: z.object({ id: z.string().max(40) }),
    reply: z.object({ done: z.literal(true) }),
    refusals: ["customer.missing", "traffic.not_internal"],
    handler: async ({ ctx, params }) => {
      await countAsPublic(ctx, parseId("customer", params.id));
      return { done: true as const };
    },
  });
}

const shownEntry = ({ lookedAt: _, ...entry }: CatalogueEntry) => ({
  ...entry,
  firstAt: entry.firstAt.toISOString(),
  lastAt: entry.lastAt.toISOString(),
});
