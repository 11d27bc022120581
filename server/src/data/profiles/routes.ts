import { Readable } from "node:stream";
import { z } from "zod";
import { type Route, sourceNames } from "../../garden/index.ts";
import { parseId, publicId } from "../../platform/ids.ts";
import { refuse } from "../../platform/refusal.ts";
import { consentsOf, historyOf, listPurposes } from "../consent/index.ts";
import { cursorAfter, TimelineCursor, TimelineEntry, timeline } from "../events/index.ts";
import { identifiersOf, idsOf } from "../identity/index.ts";
import { getCustomer, listCustomers, orderSums } from "./customers.ts";
import { customersCsv } from "./export.ts";
import type { CustomerFilter } from "./filters.ts";
import { CustomerOrder, ordersOf } from "./orders.ts";
import { Unrated, unratedAmounts } from "./unrated.ts";
import { type FindWords, Words } from "./words.ts";

const Listed = z.object({
  id: z.string(),
  userId: z.string().nullable(),
  name: z.string().nullable(),
  known: z.boolean(),
  orders: z.number(),
  valueMinor: z.number().nullable(),
  /** Orders and refunds without an exchange rate: left out of the value. */
  unrated: z.number(),
  lastAt: z.string().nullable(),
});

const Page = z.object({
  id: z.string(),
  name: z.string().nullable(),
  email: z.string().nullable(),
  known: z.boolean(),
  firstSeenAt: z.string(),
  lastSeenAt: z.string(),
  traits: z.record(z.string(), z.unknown()),
  identifiers: z.array(z.object({ kind: z.string(), value: z.string(), firstSeenAt: z.string() })),
  consents: z.array(
    z.object({
      purpose: z.string(),
      name: z.object({ en: z.string(), de: z.string() }),
      kinds: z.array(z.string()),
      /** Null where nobody ever answered, which is a no. */
      granted: z.boolean().nullable(),
      /** Whether it was a yes whose time is over. */
      expired: z.boolean(),
      basis: z.string().nullable(),
      /** Where the answer was given, in the ledger's word: "event", "source", "join", "import", "consent page". */
      origin: z.string().nullable(),
      /** The source that brought it; null where it came by none, or the source is gone. */
      source: z.string().nullable(),
      /** The version of the words that were agreed to, or refused. */
      wordingVersion: z.number().nullable(),
      at: z.string().nullable(),
    }),
  ),
  consentHistory: z.array(
    z.object({
      purpose: z.string(),
      granted: z.boolean(),
      basis: z.string(),
      origin: z.string(),
      source: z.string().nullable(),
      wordingVersion: z.number(),
      at: z.string(),
    }),
  ),
  orders: z.object({
    orders: z.number(),
    valueMinor: z.number(),
    /** Orders in a currency without a rate: left out of the value. */
    unrated: z.number(),
    /** The same of refunds. */
    unratedRefunds: z.number(),
    firstAt: z.string().nullable(),
    lastAt: z.string().nullable(),
    touchpoints: z.number(),
  }),
});

const SetAsk = z.object({
  search: z.string().max(200).optional(),
  filter: z.string().max(60).optional(),
  value: z.string().max(6000).optional(),
  known: z.enum(["1"]).optional(),
});

const Id = z.object({ id: z.string().max(40) });

/** Refuses timeline.bad_place. */
function placeOf(text: string): TimelineCursor {
  const place = TimelineCursor.safeParse(text);
  if (place.success) return place.data;
  refuse("invalid", "timeline.bad_place", "`before` is an instant, or `nextBefore` of the page before.");
}

/** The customers: the list behind every number, and one customer's page. */
export function profileRoutes(
  route: Route,
  deps: { filters: readonly CustomerFilter[]; words: readonly FindWords[] },
): void {
  const read = { right: "customers:read" } as const;
  route({
    method: "GET",
    url: "/api/customers",
    access: read,
    tag: "Customers",
    summary: "Customers, the latest first: all, found by a search, or behind a number",
    query: SetAsk.extend({
      max: z.coerce.number().int().min(1).max(200).default(50),
      offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
    }),
    reply: z.object({
      title: z.object({ en: z.string(), de: z.string() }).nullable(),
      total: z.number(),
      items: z.array(Listed),
    }),
    refusals: ["customers.filter_unknown"],
    handler: ({ ctx, query: { known, ...ask } }) =>
      listCustomers(ctx, deps.filters, { ...ask, known: known === "1" }),
  });

  route({
    method: "GET",
    url: "/api/customers.csv",
    access: read,
    tag: "Customers",
    summary: "All customers of a list as CSV, in the order of their ids",
    query: SetAsk,
    refusals: ["customers.filter_unknown"],
    handler: async ({ ctx, query: { known, ...ask }, reply }) => {
      const parts = await customersCsv(ctx, deps.filters, { ...ask, known: known === "1" });
      return reply
        .header("content-type", "text/csv; charset=utf-8")
        .header("content-disposition", 'attachment; filename="customers.csv"')
        .send(Readable.from(parts));
    },
  });

  route({
    method: "GET",
    url: "/api/amounts/unrated",
    access: read,
    tag: "Customers",
    summary: "Orders and refunds that are in no sum for lack of an exchange rate",
    reply: Unrated,
    handler: ({ ctx }) => unratedAmounts(ctx),
  });

  route({
    method: "GET",
    url: "/api/customers/:id",
    access: read,
    tag: "Customers",
    summary: "One customer: traits, identities, consent, orders and value",
    params: Id,
    reply: Page,
    refusals: ["customer.missing"],
    handler: async ({ ctx, params }) => {
      const customer = await getCustomer(ctx, parseId("customer", params.id));
      const ids = await idsOf(ctx.pool, customer.id);
      const [identifiers, answers, history, purposes, orders] = await Promise.all([
        identifiersOf(ctx.pool, ids),
        consentsOf(ctx.pool, customer.id),
        historyOf(ctx.pool, ids),
        listPurposes(ctx.pool),
        orderSums(ctx, ids),
      ]);
      const names = await sourceNames(
        ctx.pool,
        history.flatMap((entry) => entry.sourceId ?? []),
      );
      const nameOf = (sourceId: number | null) => (sourceId === null ? null : (names.get(sourceId) ?? null));
      return {
        id: publicId("customer", customer.id),
        name: customer.displayName,
        email: customer.email,
        known: customer.known,
        firstSeenAt: customer.firstSeenAt.toISOString(),
        lastSeenAt: customer.lastSeenAt.toISOString(),
        traits: customer.traits,
        identifiers: identifiers.map(({ kind, value, firstSeenAt }) => ({
          kind,
          value,
          firstSeenAt: firstSeenAt.toISOString(),
        })),
        consents: purposes.map((purpose) => {
          const answer = answers.find((one) => one.purpose === purpose.key);
          // The history holds the newest two hundred; an answer older than those has lost its source here.
          const given = history.find(
            (one) =>
              one.purpose === purpose.key &&
              one.granted === answer?.granted &&
              one.at.getTime() === answer.at.getTime(),
          );
          return {
            purpose: purpose.key,
            name: purpose.name,
            kinds: purpose.kinds,
            granted: answer?.granted ?? null,
            expired: answer?.expired ?? false,
            basis: answer?.basis ?? null,
            origin: given?.origin ?? null,
            source: nameOf(given?.sourceId ?? null),
            wordingVersion: given?.wordingVersion ?? null,
            at: answer?.at.toISOString() ?? null,
          };
        }),
        consentHistory: history.map(({ sourceId, ...entry }) => ({
          ...entry,
          source: nameOf(sourceId),
          at: entry.at.toISOString(),
        })),
        orders,
      };
    },
  });

  route({
    method: "GET",
    url: "/api/customers/:id/orders",
    access: read,
    tag: "Customers",
    summary: "Orders of one customer with what was paid back, newest first",
    params: Id,
    query: z.object({
      max: z.coerce.number().int().min(1).max(200).default(10),
      offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
    }),
    reply: z.object({ total: z.number(), items: z.array(CustomerOrder) }),
    refusals: ["customer.missing"],
    handler: async ({ ctx, params, query: ask }) => {
      const customer = await getCustomer(ctx, parseId("customer", params.id));
      return ordersOf(ctx, { ids: await idsOf(ctx.pool, customer.id), ...ask });
    },
  });

  route({
    method: "GET",
    url: "/api/customers/:id/timeline",
    access: read,
    tag: "Customers",
    summary: "Touchpoints of all channels, newest first",
    params: Id,
    query: z.object({
      before: z
        .string()
        .max(80)
        .optional()
        .describe("An instant as 2026-05-14T09:30:00Z, or `nextBefore` of the page before."),
      max: z.coerce.number().int().min(1).max(200).default(50),
    }),
    reply: z.object({
      items: z.array(TimelineEntry.extend({ words: Words.nullable() })),
      nextBefore: z.string().nullable(),
    }),
    refusals: ["customer.missing", "timeline.bad_place"],
    handler: async ({ ctx, params, query: ask }) => {
      const customer = await getCustomer(ctx, parseId("customer", params.id));
      const tomorrow = { at: new Date(ctx.now().getTime() + 86_400_000) };
      const before = ask.before === undefined ? tomorrow : placeOf(ask.before);
      const ids = await idsOf(ctx.pool, customer.id);
      const items = await timeline(ctx, { ids, before, max: ask.max });
      const found = await Promise.all(deps.words.map((find) => find(ctx, ids, items)));
      const wordsOf = (eventId: string) => found.map((words) => words.get(eventId)).find(Boolean) ?? null;
      return {
        items: items.map((item) => ({ ...item, words: wordsOf(item.eventId) })),
        nextBefore: items.length === ask.max ? cursorAfter(items.at(-1)!) : null,
      };
    },
  });
}
