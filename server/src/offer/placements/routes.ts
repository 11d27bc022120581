import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Inbox } from "../../data/collect/index.ts";
import { customersById } from "../../data/profiles/index.ts";
import {
  type Context,
  findSource,
  type Gardens,
  type Route,
  type Source,
  startRecorded,
} from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { findCurrentRun } from "../catalogue/index.ts";
import { askerOf, mayNameAnyone } from "./asker.ts";
import { confirmAccepted, confirmShown } from "./confirm.ts";
import { decide } from "./decide.ts";
import { offerJob } from "./jobs.ts";
import { NoOffer, Offer } from "./model.ts";
import { OfferCounts, offerCounts, RecentDecision, recentDecisions } from "./questions.ts";

const Id = z.string().trim().min(1).max(255);
const At = z.iso
  .datetime({ offset: true })
  .optional()
  .describe("Only for synthetic gardens: the instant of the simulated day.");

const DecideAsk = z.object({
  writeKey: z.string().max(200).optional(),
  userId: Id.optional(),
  anonymousId: Id.optional(),
  userIdSignature: z
    .string()
    .max(200)
    .optional()
    .describe("HMAC-SHA256 of the userId under the source's signing secret, in hex."),
  at: At,
});

const DecideReply = z.object({
  decision: z.object({ id: z.string(), offer: Offer }).nullable(),
  /** Why there is no offer; null where there is one. */
  reason: NoOffer.nullable(),
  /** The arm and the id of a held-back decision: told only to the brand's server. */
  arm: z.enum(["treated", "holdout"]).optional(),
  decisionId: z.string().optional(),
});

const ConfirmAsk = z.object({ writeKey: z.string().max(200).optional(), decisionId: z.uuid(), at: At });

/** Decisions for shops and pages: `route` stands where browsers of other sites may call. */
export function decideRoutes(
  route: Route,
  deps: { gardens: Gardens; inbox(garden: string): Pick<Inbox, "refuseWhenFull"> },
): void {
  route({
    method: "POST",
    url: "/v1/decide",
    access: "public",
    tag: "Decide",
    summary: "Which offer to show to a customer or visitor",
    description:
      "With a write key (Basic user name, or `writeKey`) it answers for the caller's own anonymousId by what was done in that browser. " +
      "For a userId it needs a secret token with the scope decide:read, or `userIdSignature`.",
    body: DecideAsk,
    reply: DecideReply,
    refusals: [
      "key.unknown",
      "origin.not_allowed",
      "decide.no_id",
      "decide.not_proved",
      "decide.bad_signature",
      "decide.at_refused",
      "inbox.full",
    ],
    handler: async ({ ctx: caller, body, request }) => {
      const { ctx, source } = await placeOf(deps.gardens, caller, request, body.writeKey);
      // Each decision becomes an event, and whoever has the page's key can ask without end.
      await deps.inbox(ctx.garden.id).refuseWhenFull();
      const at = instantOf(ctx, body.at);
      const decided = await decide(ctx, await askerOf(ctx, body, source), at);
      if (!decided.decision) return { decision: null, reason: decided.reason };
      const { decision } = decided;
      const isTold = mayNameAnyone(ctx);
      const told = isTold ? { arm: decision.arm, decisionId: decision.id } : {};
      if (decision.arm === "holdout") {
        // A browser learns no more than that there is nothing to show: arms are nobody's business there.
        return {
          decision: null,
          reason: isTold ? ("holdout" as const) : ("nothing_to_offer" as const),
          ...told,
        };
      }
      return { decision: { id: decision.id, offer: decision.offer }, reason: null, ...told };
    },
  });

  for (const [url, summary, confirm] of [
    ["/v1/decide/shown", "The offer of a decision was displayed", confirmShown],
    ["/v1/decide/accepted", "The offer of a decision was clicked", confirmAccepted],
  ] as const) {
    route({
      method: "POST",
      url,
      access: "public",
      tag: "Decide",
      summary,
      description: "Counts once. The id of the decision is the proof: only who was given the offer knows it.",
      body: ConfirmAsk,
      reply: z.object({ success: z.literal(true) }),
      refusals: ["key.unknown", "origin.not_allowed", "decision.missing", "decide.at_refused"],
      handler: async ({ ctx: caller, body, request }) => {
        const { ctx } = await placeOf(deps.gardens, caller, request, body.writeKey);
        if (!(await confirm(ctx, body.decisionId, instantOf(ctx, body.at)))) {
          refuse("missing", "decision.missing", "No offer was made under this id.");
        }
        return { success: true as const };
      },
    });
  }
}

/** The garden of a call: that of its secret token, else that of its write key. Refuses key.unknown. */
async function placeOf(
  gardens: Gardens,
  caller: Context,
  request: FastifyRequest,
  bodyKey: string | undefined,
): Promise<{ ctx: Context; source?: Source }> {
  if (mayNameAnyone(caller)) return { ctx: caller };
  const key = basicUser(request) ?? bodyKey;
  const found = key ? await findSource(gardens, key) : undefined;
  if (!found)
    refuse(
      "unauthenticated",
      "key.unknown",
      "Send the write key of a source: as Basic user name, or as `writeKey` in the body.",
    );
  const { garden, source } = found;
  const { origin } = request.headers;
  if (source.origins.length && origin && !source.origins.includes(origin)) {
    refuse(
      "forbidden",
      "origin.not_allowed",
      `Pages of ${origin} may not use this key. Add the origin to the source.`,
    );
  }
  const ctx = gardens.context(garden.id, { kind: "public", id: `source ${source.id}`, name: source.name });
  return { ctx, source };
}

function basicUser(request: FastifyRequest): string | undefined {
  const basic = /^Basic\s+(.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  return (basic && Buffer.from(basic, "base64").toString("utf8").split(":")[0]) || undefined;
}

function instantOf(ctx: Context, at: string | undefined): Date {
  if (at === undefined) return ctx.now();
  if (!ctx.garden.synthetic)
    refuse(
      "invalid",
      "decide.at_refused",
      "`at` is only for synthetic gardens. Leave it out: the instant is now.",
    );
  return new Date(at);
}

/** Operators' view of the decisions, and reading the orders anew. */
export function placementRoutes(route: Route, deps: { jobs: Jobs }): void {
  route({
    method: "GET",
    url: "/api/offer/decisions",
    access: { right: "offer:read" },
    tag: "Offer",
    summary: "Decisions of the last days by what came of them, and the newest ones",
    query: z.object({
      days: z.coerce.number().int().min(1).max(400).default(28),
      max: z.coerce.number().int().min(1).max(100).default(20),
    }),
    reply: z.object({
      from: z.string(),
      to: z.string(),
      counts: OfferCounts,
      recent: z.array(
        RecentDecision.omit({ customerId: true }).extend({
          customer: z.string(),
          name: z.string().nullable(),
        }),
      ),
    }),
    handler: async ({ ctx, query }) => {
      const run = await findCurrentRun(ctx.pool);
      const recent = await recentDecisions(ctx, run?.id ?? 0, query.max);
      // A synthetic garden lives in its own days: its newest decision is its today.
      const newest =
        ctx.garden.synthetic && recent[0] ? new Date(Date.parse(recent[0].at) + 1000) : ctx.now();
      const period = { from: new Date(newest.getTime() - query.days * 86_400_000), to: newest };
      const [counts, people] = await Promise.all([
        offerCounts(ctx, period),
        customersById(ctx.pool, [...new Set(recent.map((one) => one.customerId))]),
      ]);
      const names = new Map(people.map((person) => [person.id, person.displayName]));
      return {
        from: period.from.toISOString(),
        to: period.to.toISOString(),
        counts,
        recent: recent.map(({ customerId, ...one }) => ({
          ...one,
          customer: publicId("customer", customerId),
          name: names.get(customerId) ?? null,
        })),
      };
    },
  });

  route({
    method: "POST",
    url: "/api/offer/refresh",
    access: { right: "insight:run" },
    tag: "Offer",
    summary: "Read the orders anew: catalogue, pairs and next best products",
    reply: z.object({ jobId: z.string() }),
    status: 202,
    handler: async ({ ctx }) => {
      const jobs = await deps.jobs.list({ garden: ctx.garden.id, name: offerJob, max: 5 });
      const open = jobs.find((job) => job.state === "queued" || job.state === "running");
      const job = open ?? (await startRecorded(ctx, deps.jobs, offerJob));
      return { jobId: job.id };
    },
  });
}
