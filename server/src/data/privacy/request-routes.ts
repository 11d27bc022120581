import { z } from "zod";
import { Language, type Route } from "../../garden/index.ts";
import { parseId, publicId } from "../../platform/ids.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { customersById, getCustomer } from "../profiles/index.ts";
import { archivesOf, openArchive } from "./archive.ts";
import type { Archives } from "./archives.ts";
import type { ErasureParts } from "./erase.ts";
import { fulfilRequest } from "./fulfil.ts";
import {
  closeRequest,
  extendRequest,
  fileRequest,
  listRequests,
  lockOpenRequest,
  RequestKind,
} from "./requests.ts";
import {
  listRules,
  previewRule,
  RetentionEntry,
  RetentionRule,
  retentionLog,
  saveRules,
} from "./retention.ts";
import { liftRestriction } from "./rights.ts";
import { customerOf, Whom } from "./whom.ts";

const tag = "Privacy";
const read = { right: "privacy:read" } as const;
const write = { right: "privacy:write" } as const;
const Id = z.object({ id: z.uuid() });
const Reason = z.string().trim().min(3).max(1_000);
const Identifier = z.object({ kind: z.string().min(1).max(60), value: z.string().min(1).max(255) });

const ShownRequest = z.object({
  id: z.string(),
  kind: RequestKind,
  /** Null once the person is erased. */
  customer: z.object({ id: z.string(), name: z.string().nullable() }).nullable(),
  state: z.enum(["open", "working", "done", "refused"]),
  origin: z.enum(["operator", "portal"]),
  openedAt: z.string(),
  dueAt: z.string(),
  overdue: z.boolean(),
  extendedBecause: z.string().nullable(),
  closedAt: z.string().nullable(),
  note: z.string().nullable(),
  words: z.string().nullable(),
  erasureId: z.string().nullable(),
  files: z.array(z.object({ id: z.string(), bytes: z.number().nullable(), expiresAt: z.string() })),
});

/** What people ask about their own data, and how it is answered in time. */
export function requestRoutes(route: Route, parts: ErasureParts & { jobs: Jobs; archives: Archives }): void {
  route({
    method: "GET",
    url: "/api/privacy/requests",
    access: read,
    tag,
    summary:
      "What people ask about their data: those that wait, the most urgent first, then the answered ones",
    query: z.object({ max: z.coerce.number().int().min(1).max(500).default(200) }),
    reply: z.object({ items: z.array(ShownRequest), overdue: z.number() }),
    handler: async ({ ctx, query: { max } }) => {
      const rows = await listRequests(ctx, { max });
      const ids = [...new Set(rows.flatMap((row) => row.customerId ?? []))];
      const names = new Map((await customersById(ctx.pool, ids)).map((one) => [one.id, one.displayName]));
      const files = await archivesOf(ctx, ids);
      const items = rows.map(({ customerId, openedAt, dueAt, closedAt, ...rest }) => ({
        ...rest,
        customer:
          customerId === null
            ? null
            : { id: publicId("customer", customerId), name: names.get(customerId) ?? null },
        openedAt: openedAt.toISOString(),
        dueAt: dueAt.toISOString(),
        overdue: closedAt === null && dueAt < ctx.now(),
        closedAt: closedAt?.toISOString() ?? null,
        files: files
          .filter((file) => file.requestId === rest.id && file.state === "ready")
          .map(({ id, bytes, expiresAt }) => ({ id, bytes, expiresAt: expiresAt.toISOString() })),
      }));
      return { items, overdue: items.filter((item) => item.overdue).length };
    },
  });

  route({
    method: "POST",
    url: "/api/privacy/requests",
    access: write,
    tag,
    summary: "File what a person asks",
    body: z.object({ whom: Whom, kind: RequestKind, words: z.string().trim().max(4_000).optional() }),
    reply: z.object({ id: z.string(), dueAt: z.string() }),
    refusals: ["customer.missing"],
    status: 201,
    handler: async ({ ctx, body }) => {
      const { id: customerId } = await getCustomer(ctx, await customerOf(ctx, body.whom));
      const { id, dueAt } = await fileRequest(ctx, {
        ...{ customerId, kind: body.kind, origin: "operator" as const, words: body.words },
      });
      return { id, dueAt: dueAt.toISOString() };
    },
  });

  route({
    method: "POST",
    url: "/api/privacy/requests/:id/fulfil",
    access: write,
    tag,
    summary: "Do what was asked",
    description:
      "Access and portability make a file in the background. To rectify, say what is put right. Erasing asks for the right privacy:erase besides.",
    params: Id,
    body: z.object({
      correction: z
        .object({
          traits: z.record(z.string().min(1).max(100), z.unknown()).optional(),
          addIdentifiers: z.array(Identifier).max(20).optional(),
          removeIdentifiers: z.array(Identifier).max(20).optional(),
        })
        .optional(),
      language: Language.optional(),
      note: z.string().trim().max(1_000).optional(),
    }),
    refusals: [
      ...["request.missing", "request.closed", "request.no_correction", "customer.missing", "right.missing"],
      ...["identifier.unusable", "identifier.taken", "identifier.missing"],
    ],
    status: 204,
    handler: async ({ ctx, params, body }) => {
      await fulfilRequest(ctx, parts, params.id, body as Parameters<typeof fulfilRequest>[3]);
    },
  });

  route({
    method: "POST",
    url: "/api/privacy/requests/:id/extend",
    access: write,
    tag,
    summary: "Take two months more, for a reason",
    params: Id,
    body: z.object({ because: Reason }),
    refusals: ["request.missing", "request.closed", "request.extended"],
    status: 204,
    handler: ({ ctx, params, body }) => extendRequest(ctx, params.id, body.because),
  });

  route({
    method: "POST",
    url: "/api/privacy/requests/:id/refuse",
    access: write,
    tag,
    summary: "Refuse what was asked, for a reason that the person is told",
    params: Id,
    body: z.object({ because: Reason }),
    refusals: ["request.missing", "request.closed"],
    status: 204,
    handler: ({ ctx, params, body }) =>
      ctx.inTransaction(async (tx) =>
        closeRequest(tx, ctx, await lockOpenRequest(tx, ctx, params.id), "refused", body.because),
      ),
  });

  route({
    method: "GET",
    url: "/api/privacy/exports/:id",
    access: write,
    tag,
    summary: "The file with everything about a person, as zip",
    params: Id,
    refusals: ["export.missing"],
    handler: async ({ ctx, params, reply }) => {
      const file = await openArchive(ctx, parts.archives, params.id);
      return reply
        .type("application/zip")
        .header("content-disposition", 'attachment; filename="person.zip"')
        .header("cache-control", "no-store")
        .send(file);
    },
  });

  route({
    method: "GET",
    url: "/api/privacy/restrictions",
    access: read,
    tag,
    summary: "Whose data is kept and not used",
    reply: z.object({
      items: z.array(
        z.object({ id: z.string(), name: z.string().nullable(), since: z.string(), by: z.string() }),
      ),
    }),
    handler: async ({ ctx }) => {
      const rows = await query(
        ctx.pool,
        sql`select c.id, c.display_name, r.since, r.by_name from restrictions r join customers c on c.id = r.customer_id
          where not exists (select from customer_links l where l.subject_id = c.id) order by r.since desc, c.id limit 500`,
        z.object({ id: z.number(), displayName: z.string().nullable(), since: z.date(), byName: z.string() }),
      );
      return {
        items: rows.map((row) => ({
          id: publicId("customer", row.id),
          name: row.displayName,
          since: row.since.toISOString(),
          by: row.byName,
        })),
      };
    },
  });

  route({
    method: "DELETE",
    url: "/api/privacy/restrictions/:customer",
    access: write,
    tag,
    summary: "Use a person's data again, as their own answers allow",
    params: z.object({ customer: z.string().max(40) }),
    refusals: ["customer.missing", "restriction.missing"],
    status: 204,
    handler: async ({ ctx, params }) => {
      const { id } = await getCustomer(ctx, parseId("customer", params.customer));
      if (!(await ctx.inTransaction((tx) => liftRestriction(tx, ctx, id))))
        refuse("missing", "restriction.missing", "This person's data is not restricted.");
    },
  });

  retentionRoutes(route);
}

function retentionRoutes(route: Route): void {
  route({
    method: "GET",
    url: "/api/privacy/retention",
    access: read,
    tag,
    summary: "After how many months people are erased, and what the nights made of it",
    reply: z.object({
      rules: z.array(RetentionRule),
      log: z.array(RetentionEntry.extend({ at: z.string() })),
    }),
    handler: async ({ ctx }) => ({
      rules: await listRules(ctx),
      log: (await retentionLog(ctx)).map((entry) => ({ ...entry, at: entry.at.toISOString() })),
    }),
  });

  route({
    method: "POST",
    url: "/api/privacy/retention/preview",
    access: read,
    tag,
    summary: "How many people a rule would reach now",
    body: RetentionRule.pick({ rule: true, months: true }),
    reply: z.object({ people: z.number() }),
    handler: async ({ ctx, body }) => ({ people: await previewRule(ctx, body) }),
  });

  route({
    method: "PUT",
    url: "/api/privacy/retention",
    access: { right: "privacy:erase" },
    tag,
    summary: "Replace the rules; an empty list keeps everything",
    body: z.object({
      rules: z
        .array(RetentionRule)
        .max(20)
        .refine(
          (rules) => new Set(rules.map(({ rule }) => rule)).size === rules.length,
          "A rule stands here twice.",
        ),
    }),
    refusals: ["purpose.missing"],
    status: 204,
    handler: ({ ctx, body }) => saveRules(ctx, body.rules),
  });
}
