import { z } from "zod";
import type { Route } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { changePurpose, createPurpose, PurposeInput, PurposeKey, retirePurpose } from "./purposes.ts";
import { allPurposes } from "./store.ts";

const tag = "Consent";
const Words = z.object({ en: z.string(), de: z.string() });
const Key = z.object({ key: z.string().max(100) });

/** The brand's purposes: what visitors and customers are asked. */
export function purposeRoutes(route: Route): void {
  const write = { right: "settings:write" } as const;

  route({
    method: "GET",
    url: "/api/purposes",
    access: { right: "settings:read" },
    tag,
    summary: "The brand's purposes with their words of today, retired ones last",
    reply: z.object({
      purposes: z.array(
        z.object({
          key: z.string(),
          kinds: z.array(z.string()),
          name: Words,
          wording: Words,
          wordingVersion: z.number(),
          lifetimeMonths: z.number().nullable(),
          lifetimeFrom: z.enum(["grant", "activity"]),
          doubleOptIn: z.boolean(),
          asksAgainSince: z.number(),
          retiredAt: z.string().nullable(),
          /** How many allow it now, and how many do not: visitors and customers. */
          granted: z.number(),
          refused: z.number(),
          /** Who has not confirmed by mail yet. */
          waiting: z.number(),
        }),
      ),
    }),
    handler: async ({ ctx }) => {
      const [purposes, counts] = await Promise.all([
        allPurposes(ctx.pool),
        query(
          ctx.pool,
          sql`select p.key, coalesce(c.granted, 0)::integer as granted, coalesce(c.refused, 0)::integer as refused, coalesce(r.waiting, 0)::integer as waiting
            from purposes p
            left join (select purpose, count(*) filter (where granted) as granted, count(*) filter (where not granted) as refused
              from consent_standing group by purpose) c on c.purpose = p.key
            left join (select purpose, count(*) as waiting from consent_requests
              where confirmed_at is null and ended_at is null and expires_at > ${ctx.now()} group by purpose) r on r.purpose = p.key`,
          z.object({ key: z.string(), granted: z.number(), refused: z.number(), waiting: z.number() }),
        ),
      ]);
      const byKey = new Map(counts.map((row) => [row.key, row]));
      return {
        purposes: purposes.map(({ retiredAt, position: _, ...purpose }) => ({
          ...purpose,
          retiredAt: retiredAt?.toISOString() ?? null,
          granted: byKey.get(purpose.key)?.granted ?? 0,
          refused: byKey.get(purpose.key)?.refused ?? 0,
          waiting: byKey.get(purpose.key)?.waiting ?? 0,
        })),
      };
    },
  });

  route({
    method: "POST",
    url: "/api/purposes",
    access: write,
    tag,
    summary: "Add a purpose in the brand's words, bound to kinds of processing",
    body: PurposeInput.extend({ key: PurposeKey }),
    reply: z.object({ key: z.string() }),
    refusals: ["purpose.exists", "purpose.too_many", "purpose.no_mail"],
    status: 201,
    handler: async ({ ctx, body: { key, ...input } }) => {
      await createPurpose(ctx, key, input);
      return { key };
    },
  });

  route({
    method: "PUT",
    url: "/api/purposes/:key",
    access: write,
    tag,
    summary: "Word, bind or time a purpose anew",
    description:
      "New words are a new version; who agreed to an older one agreed to that. With `asksAgain` they are asked about the new one.",
    params: Key,
    body: PurposeInput.extend({ asksAgain: z.boolean() }),
    reply: z.object({ done: z.literal(true) }),
    refusals: [
      "purpose.missing",
      "purpose.retired",
      "purpose.kinds_fixed",
      "purpose.no_mail",
      "purpose.last_collect",
    ],
    handler: async ({ ctx, params, body }) => {
      await changePurpose(ctx, params.key, body);
      return { done: true as const };
    },
  });

  route({
    method: "POST",
    url: "/api/purposes/:key/retire",
    access: write,
    tag,
    summary: "End a purpose: nothing is allowed by it any more",
    params: Key,
    reply: z.object({ done: z.literal(true) }),
    refusals: ["purpose.missing", "purpose.retired", "purpose.last_collect"],
    handler: async ({ ctx, params }) => {
      await retirePurpose(ctx, params.key);
      return { done: true as const };
    },
  });

  route({
    method: "GET",
    url: "/api/purposes/:key/wordings",
    access: { right: "settings:read" },
    tag,
    summary: "All versions of a purpose's words, newest first",
    params: Key,
    reply: z.object({
      wordings: z.array(
        z.object({
          version: z.number(),
          name: Words,
          wording: Words,
          kinds: z.array(z.string()),
          createdAt: z.date(),
          answers: z.number(),
        }),
      ),
    }),
    handler: async ({ ctx, params }) => ({
      wordings: await query(
        ctx.pool,
        sql`select w.version, w.name, w.wording, w.kinds, w.created_at,
            (select count(*) from consent_current c where c.purpose = w.purpose and c.wording_version = w.version)::integer as answers
          from purpose_wordings w where w.purpose = ${params.key} order by w.version desc`,
        z.object({
          version: z.number(),
          name: Words,
          wording: Words,
          kinds: z.array(z.string()),
          createdAt: z.date(),
          answers: z.number(),
        }),
      ),
    }),
  });
}
