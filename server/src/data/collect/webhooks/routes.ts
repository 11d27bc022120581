import type { FastifyRequest } from "fastify";
import { z } from "zod";
import { type Context, type Route, rightsOf } from "../../../garden/index.ts";
import { calledAt } from "../../../platform/http/index.ts";
import { parseId, publicId } from "../../../platform/ids.ts";
import { query, sql } from "../../../platform/postgres/index.ts";
import { refuse } from "../../../platform/refusal.ts";
import { dimensionsOf, limits } from "../check.ts";
import { masked, preview } from "./look.ts";
import { readyMappings } from "./ready/index.ts";
import { ProviderName, Rule, Rules } from "./rules.ts";
import { Signature } from "./schemes.ts";
import { countExamples, deleteExample, type Example, keepExample, listExamples } from "./store.ts";
import { conversionNames } from "./value.ts";
import {
  changeRules,
  changeSignature,
  createWebhook,
  getWebhook,
  replayKept,
  type WebhookSource,
} from "./verbs.ts";

const Shown = z.object({
  id: z.string(),
  name: z.string(),
  provider: z.string(),
  enabled: z.boolean(),
  /** Where the other system sends to. Nobody can guess it; treat it as a secret all the same. */
  address: z.string(),
  signature: Signature,
  /** Whether a secret is there; it never comes out again. */
  hasSecret: z.boolean(),
  deliveryId: z.string(),
  rules: z.array(Rule),
  /** Bodies that wait for a rule, and bodies that one could not make an event of. */
  waiting: z.number(),
  failed: z.number(),
  lastEventAt: z.date().nullable(),
});

const ShownExample = z.object({
  id: z.number(),
  receivedAt: z.date(),
  reason: z.enum(["unmapped", "failed", "pasted"]),
  fault: z.object({ code: z.string(), message: z.string() }).nullable(),
  headers: z.record(z.string(), z.string()),
  body: z.unknown(),
  replayedAt: z.date().nullable(),
});

const Made = z.object({
  rule: z.number(),
  calls: z.array(z.record(z.string(), z.unknown())),
  problems: z.array(
    z.object({ field: z.string(), code: z.string(), message: z.string(), stops: z.boolean() }),
  ),
  fault: z.object({ code: z.string(), message: z.string() }).nullable(),
});

const Secret = z.string().min(4).max(500);
const Id = z.object({ id: z.string().max(40) });
const examplesMax = 60;

/** Webhooks of other systems: their addresses, how they are checked, and the mapping that is made by example. */
export function webhookConfigRoutes(route: Route, deps: { publicUrl?: string | undefined }): void {
  const read = { right: "settings:read" } as const;
  const shown = async (ctx: Context, { source, hook }: WebhookSource, request: FastifyRequest) => ({
    id: publicId("source", source.id),
    name: source.name,
    provider: hook.provider,
    enabled: source.enabled,
    address: `${calledAt(request, deps.publicUrl)}/v1/webhooks/${source.writeKey}`,
    signature: hook.signature,
    hasSecret: hook.secret !== null,
    deliveryId: hook.deliveryId,
    rules: hook.rules,
    ...(await countExamples(ctx.pool, source.id)),
    lastEventAt: source.lastEventAt,
  });
  const get = (ctx: Context, id: string) => getWebhook(ctx, idOf(id));

  route({
    method: "GET",
    url: "/api/webhooks",
    access: read,
    tag: "Webhooks",
    summary: "The webhooks that other systems send to, and the systems with a ready mapping",
    reply: z.object({
      webhooks: z.array(Shown),
      providers: z.array(z.object({ provider: z.string(), name: z.string(), signature: Signature })),
      /** Conversions that an expression may use. */
      conversions: z.array(z.string()),
    }),
    handler: async ({ ctx, request }) => {
      const ids = await query(
        ctx.pool,
        sql`select id from sources where kind = 'webhook' order by id`,
        z.object({ id: z.number() }),
      );
      const webhooks = [];
      for (const { id } of ids) webhooks.push(await shown(ctx, await getWebhook(ctx, id), request));
      return {
        webhooks,
        providers: readyMappings.map(({ provider, name, signature }) => ({ provider, name, signature })),
        conversions: [...conversionNames],
      };
    },
  });

  route({
    method: "POST",
    url: "/api/webhooks",
    access: { right: "settings:write" },
    tag: "Webhooks",
    summary: "Make a webhook, with the mapping that is ready for its system",
    body: z.object({ name: ProviderName, provider: z.string().max(40), secret: Secret.optional() }),
    reply: Shown,
    refusals: ["webhook.provider_unknown"],
    status: 201,
    handler: async ({ ctx, body, request }) => shown(ctx, await createWebhook(ctx, body), request),
  });

  route({
    method: "GET",
    url: "/api/webhooks/:id",
    access: read,
    tag: "Webhooks",
    summary: "One webhook with its rules",
    params: Id,
    reply: Shown,
    refusals: ["webhook.missing"],
    handler: async ({ ctx, params, request }) => shown(ctx, await get(ctx, params.id), request),
  });

  route({
    method: "PUT",
    url: "/api/webhooks/:id/signature",
    access: { right: "settings:write" },
    tag: "Webhooks",
    summary: "Change how a webhook proves who sends; a secret goes in and never comes out",
    params: Id,
    body: z.object({ signature: Signature, secret: Secret.nullable().optional() }),
    reply: Shown,
    refusals: ["webhook.missing"],
    handler: async ({ ctx, params, body, request }) => {
      await changeSignature(ctx, idOf(params.id), body);
      return shown(ctx, await get(ctx, params.id), request);
    },
  });

  route({
    method: "PUT",
    url: "/api/webhooks/:id/rules",
    access: { right: "data:write" },
    tag: "Webhooks",
    summary: "Save the rules that make events of what comes",
    params: Id,
    body: z.object({ rules: Rules, deliveryId: z.string().max(500).default("") }),
    reply: Shown,
    refusals: ["webhook.missing", "webhook.bad_rule"],
    handler: async ({ ctx, params, body, request }) => {
      await changeRules(ctx, idOf(params.id), body);
      return shown(ctx, await get(ctx, params.id), request);
    },
  });

  route({
    method: "GET",
    url: "/api/webhooks/:id/examples",
    access: { right: "data:read" },
    tag: "Webhooks",
    summary: "Bodies that nothing was made of yet, newest first",
    description:
      "Kept for seven days. Without the right customers:read only their shape is told, and no value.",
    params: Id,
    reply: z.object({ items: z.array(ShownExample), masked: z.boolean() }),
    refusals: ["webhook.missing"],
    handler: async ({ ctx, params }) => {
      const { source } = await get(ctx, params.id);
      const mayRead = rightsOf(ctx.actor).includes("customers:read");
      const items = await listExamples(ctx.pool, source.id, examplesMax);
      return {
        masked: !mayRead,
        items: items.map((one) => ({
          ...one,
          body: mayRead ? one.body : masked(one.body),
          fault: mayRead || !one.fault ? one.fault : { ...one.fault, message: "•••" },
        })),
      };
    },
  });

  route({
    method: "POST",
    url: "/api/webhooks/:id/examples",
    access: { right: "data:write" },
    tag: "Webhooks",
    summary: "Put in a body by hand, to make the mapping by; it is never made an event of",
    params: Id,
    body: z.object({
      body: z.unknown(),
      headers: z.record(z.string().max(100), z.string().max(300)).default({}),
    }),
    reply: z.object({ ok: z.literal(true) }),
    refusals: ["webhook.missing", "body.too_deep", "body.not_an_object"],
    status: 201,
    handler: async ({ ctx, params, body }) => {
      const { source } = await get(ctx, params.id);
      if (typeof body.body !== "object" || body.body === null)
        refuse("invalid", "body.not_an_object", "An example is a JSON object or a list of them.");
      if (dimensionsOf(body.body, limits.depth).isTooDeep)
        refuse("invalid", "body.too_deep", `A body may be nested ${limits.depth} levels deep.`);
      const headers = Object.fromEntries(
        Object.entries(body.headers).map(([name, value]) => [name.toLowerCase(), value]),
      );
      const example = { reason: "pasted", fault: null, trusted: false, headers, body: body.body } as const;
      await keepExample(ctx.pool, { ...example, sourceId: source.id, receivedAt: ctx.now() });
      return { ok: true as const };
    },
  });

  route({
    method: "DELETE",
    url: "/api/webhooks/:id/examples/:example",
    access: { right: "data:write" },
    tag: "Webhooks",
    summary: "Throw a kept body away",
    params: Id.extend({ example: z.coerce.number().int() }),
    reply: z.object({ ok: z.literal(true) }),
    refusals: ["webhook.missing", "webhook.example_missing"],
    handler: async ({ ctx, params }) => {
      const { source } = await get(ctx, params.id);
      const deleted = await ctx.inTransaction((tx) => deleteExample(tx, source.id, params.example));
      if (!deleted) refuse("missing", "webhook.example_missing", "There is no such example any more.");
      return { ok: true as const };
    },
  });

  route({
    method: "POST",
    url: "/api/webhooks/:id/preview",
    access: { right: "customers:read" },
    tag: "Webhooks",
    summary: "What rules would make of the kept bodies; nothing is saved",
    params: Id,
    body: z.object({ rules: Rules, deliveryId: z.string().max(500).default("") }),
    reply: z.object({ items: z.array(z.object({ example: z.number(), made: z.array(Made) })) }),
    refusals: ["webhook.missing"],
    handler: async ({ ctx, params, body }) => {
      const { source, hook } = await get(ctx, params.id);
      const examples: Example[] = await listExamples(ctx.pool, source.id, examplesMax);
      return { items: preview(ctx.garden, source, { ...hook, ...body }, examples, ctx.now()) };
    },
  });

  route({
    method: "POST",
    url: "/api/webhooks/:id/replay",
    access: { right: "data:write" },
    tag: "Webhooks",
    summary: "Make events of the kept bodies, by the rules as they are now",
    params: Id,
    reply: z.object({ deliveries: z.number(), events: z.number(), waiting: z.number() }),
    refusals: ["webhook.missing", "inbox.full"],
    handler: async ({ ctx, params }) => replayKept(ctx, idOf(params.id)),
  });
}

const idOf = (text: string): number =>
  parseId("source", text) ?? refuse("missing", "webhook.missing", "There is no such webhook.");
