import { Readable } from "node:stream";
import { z } from "zod";
import { accountsById, membershipsOf } from "../../data/accounts/index.ts";
import { TimelineCursor, TimelineEntry } from "../../data/events/index.ts";
import { getCustomer } from "../../data/profiles/index.ts";
import type { Route } from "../../garden/index.ts";
import { parseId, publicId } from "../../platform/ids.ts";
import { refuse } from "../../platform/refusal.ts";
import { accountOrders } from "./figures.ts";
import { accountsCsv, listAccounts, nameOf } from "./list.ts";
import { accountAnswers, accountMembers, accountPage, accountTimeline } from "./page.ts";

const Expected = z.object({
  /** Of the next 12 months, in minor units, with the 95 % interval of the sum. */
  expectedMinor: z.number(),
  low95Minor: z.number(),
  high95Minor: z.number(),
});
const Figures = z.object({
  members: z.number(),
  /** With an event of the account in the last 90 days. */
  activeMembers: z.number(),
  orders: z.number(),
  revenueMinor: z.number(),
  /** Orders and refunds without an exchange rate: left out of the revenue. */
  unrated: z.number(),
  lastAt: z.string().nullable(),
  /** Members whose expected value is in the sum. */
  scored: z.number(),
  /** Members who do not allow conclusions about themselves: in no sum of expected values. */
  leftOut: z.number(),
  /** The sum over members taken as independent; null where nobody has a value. */
  expected: Expected.nullable(),
});
const Short = z.object({ id: z.string(), name: z.string() });
const Person = z.object({ id: z.string(), name: z.string().nullable() });
const Id = z.object({ id: z.string().max(40) });
const List = z.object({
  search: z.string().max(200).default(""),
  order: z.enum(accountOrders).default("revenue"),
});

/** Accounts as operators see them: what their members are worth together, and what they did. */
export function accountViewRoutes(route: Route): void {
  const access = { right: "customers:read" } as const;
  const tag = "Accounts";
  route({
    method: "GET",
    url: "/api/accounts",
    access,
    tag,
    summary: "Accounts with their own figures, the largest first",
    query: List.extend({
      max: z.coerce.number().int().min(1).max(200).default(50),
      offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
    }),
    reply: z.object({
      total: z.number(),
      items: z.array(
        Figures.extend({
          id: z.string(),
          number: z.string(),
          name: z.string().nullable(),
          /** Whether the brand itself told of it; not where only a browser did. */
          vouched: z.boolean(),
          parent: Short.nullable(),
          unproven: z.number(),
        }),
      ),
    }),
    handler: ({ ctx, query }) => listAccounts(ctx, query),
  });

  route({
    method: "GET",
    url: "/api/accounts.csv",
    access,
    tag,
    summary: "All accounts of a list as CSV",
    query: List,
    handler: async ({ ctx, query, reply }) =>
      reply
        .header("content-type", "text/csv; charset=utf-8")
        .header("content-disposition", 'attachment; filename="accounts.csv"')
        .send(Readable.from(accountsCsv(ctx, query))),
  });

  route({
    method: "GET",
    url: "/api/accounts/:id",
    access,
    tag,
    summary: "One account: traits, place in the hierarchy, and figures by itself and with all below it",
    params: Id,
    reply: Short.extend({
      number: z.string(),
      vouched: z.boolean(),
      traits: z.record(z.string(), z.unknown()),
      createdAt: z.string(),
      /** The accounts that it belongs to, nearest first. */
      above: z.array(Short),
      own: Figures,
      whole: Figures,
      /** The accounts right below, each with all below it. */
      children: z.array(Figures.extend({ id: z.string(), name: z.string(), below: z.number() })),
      dataUntil: z.string().nullable(),
    }),
    refusals: ["account.missing"],
    handler: ({ ctx, params }) => accountPage(ctx, parseId("account", params.id)),
  });

  route({
    method: "GET",
    url: "/api/accounts/:id/members",
    access,
    tag,
    summary: "Members of an account, those who left last",
    params: Id,
    query: z.object({
      max: z.coerce.number().int().min(1).max(200).default(25),
      offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
    }),
    reply: z.object({
      total: z.number(),
      items: z.array(
        z.object({
          member: z.number(),
          customer: Person.extend({ userId: z.string().nullable(), known: z.boolean() }),
          role: z.string().nullable(),
          /** Not where only the visitor's browser says so. */
          proven: z.boolean(),
          since: z.string(),
          until: z.string().nullable(),
          stage: z.string().nullable(),
          expected: Expected.nullable(),
        }),
      ),
    }),
    refusals: ["account.missing"],
    handler: ({ ctx, params, query }) => accountMembers(ctx, parseId("account", params.id), query),
  });

  route({
    method: "GET",
    url: "/api/accounts/:id/timeline",
    access,
    tag,
    summary: "What the members of an account did as such, newest first",
    params: Id,
    query: z.object({
      before: z.string().max(80).optional(),
      max: z.coerce.number().int().min(1).max(200).default(50),
    }),
    reply: z.object({
      items: z.array(TimelineEntry.extend({ customer: Person })),
      nextBefore: z.string().nullable(),
    }),
    refusals: ["account.missing", "timeline.bad_place"],
    handler: ({ ctx, params, query }) => {
      const tomorrow = new Date(ctx.now().getTime() + 86_400_000).toISOString();
      const place = TimelineCursor.safeParse(query.before ?? tomorrow);
      if (!place.success)
        refuse(
          "invalid",
          "timeline.bad_place",
          "`before` is an instant, or `nextBefore` of the page before.",
        );
      return accountTimeline(ctx, parseId("account", params.id), { before: place.data, max: query.max });
    },
  });

  route({
    method: "GET",
    url: "/api/accounts/:id/answers",
    access,
    tag,
    summary: "What the members of an account said to surveys, newest first",
    params: Id,
    reply: z.object({
      items: z.array(
        z.object({
          customer: Person,
          survey: z.string(),
          score: z.number(),
          reason: z.string().nullable(),
          answeredAt: z.string(),
        }),
      ),
    }),
    refusals: ["account.missing"],
    handler: ({ ctx, params }) => accountAnswers(ctx, parseId("account", params.id)),
  });

  route({
    method: "GET",
    url: "/api/customers/:id/accounts",
    access,
    tag,
    summary: "The accounts that a customer belongs to and belonged to",
    params: Id,
    reply: z.object({
      items: z.array(
        z.object({
          account: Short,
          role: z.string().nullable(),
          proven: z.boolean(),
          since: z.string(),
          until: z.string().nullable(),
        }),
      ),
    }),
    refusals: ["customer.missing"],
    handler: async ({ ctx, params }) => {
      const { id } = await getCustomer(ctx, parseId("customer", params.id));
      const memberships = await membershipsOf(ctx.pool, id);
      const accounts = await accountsById(
        ctx.pool,
        memberships.map((one) => one.accountId),
      );
      const names = new Map(accounts.map((one) => [one.id, nameOf(one)]));
      return {
        items: memberships.map((one) => ({
          account: { id: publicId("account", one.accountId), name: names.get(one.accountId) ?? "" },
          ...{ role: one.role, proven: one.vouched, since: one.since.toISOString() },
          until: one.until?.toISOString() ?? null,
        })),
      };
    },
  });
}
