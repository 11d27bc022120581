import { z } from "zod";
import { type Context, type Route, record, sourceNames } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";

/** An event that named two known customers at once. */
const Sighting = z.object({
  at: z.string(),
  sourceId: z.number().nullable(),
  event: z.string(),
  messageId: z.string(),
  /** By which identifier it named the one, and by which the other. */
  a: z.object({ kind: z.string(), value: z.string() }),
  b: z.object({ kind: z.string(), value: z.string() }),
});

/** What a search for duplicates found, and what events said; each proposal has at least one of both. */
const Evidence = z.object({
  probability: z.number().optional(),
  against: z.enum(["household", "strangers"]).optional(),
  fields: z.array(z.object({ field: z.string(), level: z.string(), weight: z.number() })).optional(),
  sightings: z.array(Sighting).optional(),
});
const Row = z.object({
  id: z.number(),
  a: z.number(),
  b: z.number(),
  nameA: z.string().nullable(),
  nameB: z.string().nullable(),
  reason: z.string(),
  evidence: Evidence.catch({}),
  seen: z.number(),
  createdAt: z.date(),
  total: z.number(),
});

const Shown = z.object({
  id: z.number(),
  a: z.object({ id: z.string(), name: z.string().nullable() }),
  b: z.object({ id: z.string(), name: z.string().nullable() }),
  reason: z.string(),
  /** That the two are one person, in [0, 1]; null where they were not compared. */
  probability: z.number().nullable(),
  /** What else the two would be. */
  against: z.enum(["household", "strangers"]).nullable(),
  /** What each field says, in bits: above 0 for one person, below 0 against it. */
  evidence: z.array(z.object({ field: z.string(), level: z.string(), weight: z.number() })),
  /** The latest events that named both, the newest first: when, from which source, and by which identifiers. */
  sightings: z.array(Sighting.omit({ sourceId: true }).extend({ source: z.string().nullable() })),
  seen: z.number(),
  createdAt: z.string(),
});

/** Pairs that may be one person: they wait for an operator, who merges them or says that they are two. */
export function proposalRoutes(route: Route): void {
  route({
    method: "GET",
    url: "/api/merge-proposals",
    access: { right: "customers:read" },
    tag: "Customers",
    summary:
      "Pairs of known customers that may be one person, the surest first: they are never joined by themselves",
    reply: z.object({
      /** How many wait; the surest two hundred of them are given. */
      total: z.number(),
      items: z.array(Shown),
    }),
    handler: async ({ ctx }) => {
      // A pair that was merged waits no more, and waits again when the merge is taken back: nothing is changed for it.
      const rows = await query(
        ctx.pool,
        sql`select p.id, p.a, p.b, a.display_name as name_a, b.display_name as name_b, p.reason, p.evidence, p.seen, p.created_at, count(*) over () as total
          from (
            select m.*, coalesce(la.customer_id, m.customer_a) as a, coalesce(lb.customer_id, m.customer_b) as b
            from merge_proposals m left join customer_links la on la.subject_id = m.customer_a left join customer_links lb on lb.subject_id = m.customer_b
            where m.state = 'open'
          ) as p left join customers a on a.id = p.a left join customers b on b.id = p.b
          where p.a <> p.b
          order by coalesce((p.evidence ->> 'probability')::float8, 1) desc, p.created_at desc, p.id limit 200`,
        Row,
      );
      const sightings = rows.flatMap((row) => row.evidence.sightings ?? []);
      const names = await sourceNames(
        ctx.pool,
        sightings.flatMap((one) => one.sourceId ?? []),
      );
      return {
        total: rows[0]?.total ?? 0,
        items: rows.map((row) => ({
          id: row.id,
          a: { id: publicId("customer", row.a), name: row.nameA },
          b: { id: publicId("customer", row.b), name: row.nameB },
          reason: row.reason,
          probability: row.evidence.probability ?? null,
          against: row.evidence.against ?? null,
          evidence: row.evidence.fields ?? [],
          sightings: [...(row.evidence.sightings ?? [])].reverse().map(({ sourceId, ...one }) => ({
            ...one,
            source: sourceId === null ? null : (names.get(sourceId) ?? null),
          })),
          seen: row.seen,
          createdAt: row.createdAt.toISOString(),
        })),
      };
    },
  });

  const decide = { access: { right: "data:write" }, tag: "Customers" } as const;
  route({
    ...decide,
    method: "POST",
    url: "/api/merge-proposals/:id/refuse",
    summary: "Say that the two are two people: the pair is not proposed again",
    params: z.object({ id: z.coerce.number().int().positive() }),
    reply: z.object({ id: z.number(), state: z.literal("refused") }),
    refusals: ["proposal.missing", "proposal.decided"],
    handler: async ({ ctx, params }) => {
      await decideProposal(ctx, params.id, "open", "refused");
      return { id: params.id, state: "refused" as const };
    },
  });
  route({
    ...decide,
    method: "POST",
    url: "/api/merge-proposals/:id/reopen",
    summary: "Take a refusal back: the pair waits again",
    params: z.object({ id: z.coerce.number().int().positive() }),
    reply: z.object({ id: z.number(), state: z.literal("open") }),
    refusals: ["proposal.missing", "proposal.decided"],
    handler: async ({ ctx, params }) => {
      await decideProposal(ctx, params.id, "refused", "open");
      return { id: params.id, state: "open" as const };
    },
  });
}

/** Refuses proposal.missing, proposal.decided. */
async function decideProposal(
  ctx: Context,
  id: number,
  from: "open" | "refused",
  to: "open" | "refused",
): Promise<void> {
  ctx.require("data:write");
  const State = z.object({ state: z.string(), customerA: z.number(), customerB: z.number() });
  await ctx.inTransaction(async (tx) => {
    const before = await queryOne(
      tx,
      sql`select state, customer_a, customer_b from merge_proposals where id = ${id} for update`,
      State,
    );
    if (!before) refuse("missing", "proposal.missing", "There is no such pair.");
    if (before.state !== from)
      refuse("conflict", "proposal.decided", "This pair was decided already. Load the page again.");
    await query(
      tx,
      sql`update merge_proposals set state = ${to}, decided_at = ${to === "open" ? null : ctx.now()} where id = ${id}`,
    );
    const pair = [before.customerA, before.customerB].map((one) => publicId("customer", one));
    await record(
      tx,
      ctx,
      to === "refused" ? "proposal.refused" : "proposal.reopened",
      String(id),
      { state: from },
      { state: to, customers: pair },
    );
  });
}
