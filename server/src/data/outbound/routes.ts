import { z } from "zod";
import type { Context, Route } from "../../garden/index.ts";
import { shownText } from "../../platform/shown-text.ts";
import { listPurposes } from "../consent/index.ts";
import { openSecret } from "./secret.ts";
import {
  countDeliveries,
  LoggedDelivery,
  listDeliveries,
  listTargets,
  type Target,
  TargetState,
} from "./store.ts";
import {
  changeTarget,
  createTarget,
  type OutboundOptions,
  removeTarget,
  replaceSecret,
  replayTarget,
  testTarget,
} from "./verbs.ts";

const Shown = z.object({
  id: z.number(),
  name: z.string(),
  url: z.string(),
  events: z.array(z.string()),
  state: TargetState,
  failures: z.number(),
  /** Why the last failed attempt failed: a word for the screen, and the answer's status. */
  lastError: z.string().nullable(),
  brokenAt: z.date().nullable(),
  nextAt: z.date().nullable(),
  withheld: z.number(),
  missed: z.number(),
  waiting: z.number(),
  failed: z.number(),
  sent: z.number(),
  lastSentAt: z.date().nullable(),
});

const Input = z.object({
  name: shownText(60),
  url: z.string().trim().max(500),
  events: z.array(z.string().trim().min(1).max(255)).max(50),
});
const Id = z.object({ id: z.coerce.number().int().positive() });
const addressRefusals = ["target.address_unreadable", "target.address_plain", "target.address_private"];

/** Systems that hear of events, what waits for each, and what became of what was sent. */
export function outboundRoutes(route: Route, options: OutboundOptions): void {
  const read = { right: "settings:read" } as const;
  const write = { right: "settings:write" } as const;
  const none = { waiting: 0, failed: 0, sent: 0, lastSentAt: null };
  const withSecret = Shown.extend({ secret: z.string() });
  const fresh = (ctx: Context, { secret, ...target }: Target) => ({
    ...target,
    ...none,
    secret: openSecret(ctx, secret),
  });

  route({
    method: "GET",
    url: "/api/webhook-targets",
    access: read,
    tag: "Webhooks",
    summary: "Systems that hear of events, and how each is doing",
    reply: z.object({
      targets: z.array(Shown),
      /** Purposes that stand for sharing. With none of them no customer's event ever leaves. */
      sharePurposes: z.array(z.object({ en: z.string(), de: z.string() })),
    }),
    handler: async ({ ctx }) => {
      const [targets, counts, purposes] = await Promise.all([
        listTargets(ctx.pool),
        countDeliveries(ctx.pool),
        listPurposes(ctx.pool),
      ]);
      const countOf = new Map(counts.map(({ targetId, ...rest }) => [targetId, rest]));
      return {
        targets: targets.map(({ secret: _, ...target }) => ({
          ...target,
          ...(countOf.get(target.id) ?? none),
        })),
        sharePurposes: purposes.filter(({ kinds }) => kinds.includes("share")).map(({ name }) => name),
      };
    },
  });

  route({
    method: "POST",
    url: "/api/webhook-targets",
    access: write,
    tag: "Webhooks",
    summary: "Make a target; its secret is told this once",
    description:
      "Each delivery is signed as the Standard Webhooks say: webhook-id, webhook-timestamp and webhook-signature. An event is sent only where its customer agreed to sharing.",
    body: Input.extend({ events: Input.shape.events.default([]) }),
    reply: withSecret,
    refusals: [...addressRefusals, "target.too_many"],
    status: 201,
    handler: async ({ ctx, body }) => fresh(ctx, await createTarget(ctx, options, body)),
  });

  route({
    method: "PATCH",
    url: "/api/webhook-targets/:id",
    access: write,
    tag: "Webhooks",
    summary: "Change a target, or switch it off or on again",
    params: Id,
    body: Input.partial().extend({ enabled: z.boolean().optional() }),
    reply: z.object({ ok: z.literal(true) }),
    refusals: [...addressRefusals, "target.missing"],
    handler: async ({ ctx, params, body }) => {
      await changeTarget(ctx, options, params.id, body);
      return { ok: true as const };
    },
  });

  route({
    method: "POST",
    url: "/api/webhook-targets/:id/secret",
    access: write,
    tag: "Webhooks",
    summary: "Give a target another secret; it is told this once",
    params: Id,
    reply: z.object({ secret: z.string() }),
    refusals: ["target.missing"],
    handler: async ({ ctx, params }) => ({
      secret: openSecret(ctx, (await replaceSecret(ctx, params.id)).secret),
    }),
  });

  route({
    method: "DELETE",
    url: "/api/webhook-targets/:id",
    access: write,
    tag: "Webhooks",
    summary: "Remove a target with all that waits for it",
    params: Id,
    reply: z.object({ ok: z.literal(true) }),
    refusals: ["target.missing"],
    handler: async ({ ctx, params }) => {
      await removeTarget(ctx, params.id);
      return { ok: true as const };
    },
  });

  route({
    method: "POST",
    url: "/api/webhook-targets/:id/test",
    access: write,
    tag: "Webhooks",
    summary: "Send a made-up event of nobody",
    params: Id,
    reply: z.object({ ok: z.literal(true) }),
    refusals: ["target.missing"],
    status: 202,
    handler: async ({ ctx, params }) => {
      await testTarget(ctx, params.id);
      return { ok: true as const };
    },
  });

  route({
    method: "GET",
    url: "/api/webhook-targets/:id/deliveries",
    access: read,
    tag: "Webhooks",
    summary: "What was sent to a target, newest first; kept for 14 days",
    params: Id,
    query: z.object({
      state: z.enum(["waiting", "sent", "failed", "withheld"]).optional(),
      before: z.coerce.number().int().optional(),
      max: z.coerce.number().int().min(1).max(200).default(50),
    }),
    reply: z.object({ items: z.array(LoggedDelivery) }),
    handler: async ({ ctx, params, query }) => ({
      items: await listDeliveries(ctx.pool, { ...query, targetId: params.id }),
    }),
  });

  route({
    method: "POST",
    url: "/api/webhook-targets/:id/replay",
    access: write,
    tag: "Webhooks",
    summary: "Send again what failed: one delivery, or all",
    params: Id,
    body: z.object({ delivery: z.number().int().positive().optional() }),
    reply: z.object({ deliveries: z.number() }),
    refusals: ["target.missing", "target.delivery_missing"],
    handler: async ({ ctx, params, body }) => ({
      deliveries: await replayTarget(ctx, params.id, body.delivery),
    }),
  });
}
