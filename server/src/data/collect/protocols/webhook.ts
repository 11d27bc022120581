import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { findWebhookSource } from "../../../garden/index.ts";
import { refuse } from "../../../platform/refusal.ts";
import { bodyOf, isGzip, unzip } from "../accept.ts";
import { dimensionsOf, limits } from "../check.ts";
import type { Rejection } from "../model.ts";
import { inboxBody, type Sorted, sortOut } from "../webhooks/accept.ts";
import { readyMapping } from "../webhooks/ready/index.ts";
import { verify } from "../webhooks/schemes.ts";
import { openSecret } from "../webhooks/secret.ts";
import { type Example, findWebhook, keepExample, type Webhook } from "../webhooks/store.ts";
import { decodeText } from "./decode.ts";
import { type CollectSurroundings, takesEvents, tellRejections } from "./seam.ts";

/**
 * Systems that send JSON of their own: a shop, a payment, a ticket, a call. What came is checked by its raw bytes, made into
 * calls by the rules of the webhook, and kept as an example where no rule is for it.
 */
export function webhookRoutes(scope: FastifyInstance, around: CollectSurroundings): void {
  takesEvents(
    scope,
    "POST",
    "/v1/webhooks/:address",
    {
      summary: "Accepts what another system sends, by the mapping of the webhook",
      description:
        "200 means that the events made of it cannot be lost; 202 that nothing could be made of it yet, and it is kept for " +
        "the mapping. 401: the signature is missing, wrong or old.",
    },
    (request, reply) => take(around, request, reply),
  );
}

/** Said in place of a webhook that was made and not set up yet. */
const unset = (sourceId: number): Webhook => {
  const { provider, deliveryId, signature, rules } = readyMapping("custom")!;
  return { sourceId, provider, deliveryId, signature, rules, secret: null };
};

async function take(around: CollectSurroundings, request: FastifyRequest, reply: FastifyReply) {
  const { address } = request.params as { address: string };
  const found = await findWebhookSource(around.gardens, address);
  if (!found)
    refuse("missing", "webhook.unknown", "There is no webhook at this address, or it is switched off.");
  const { garden, source } = found;
  const writer = { garden, source, trusted: false, isOpen: false };
  request.writer = writer;
  const ctx = around.gardens.context(garden.id, { kind: "job", id: "collect", name: "collect" });
  const { pool } = ctx;
  const hook = (await findWebhook(pool, source.id)) ?? unset(source.id);
  const now = around.now();
  const headers = headersOf(request);
  const raw = bodyOf(request.body);
  const verdict = verify(hook.signature, openSecret(ctx, hook.secret), { headers, raw, now });
  if ("code" in verdict) refuse("unauthenticated", verdict.code, verdict.message);
  const trusted = verdict.proved;
  const body = await readBody(raw, request.headers["content-encoding"]);
  const shown = shownHeaders(headers);
  const sorted = await sortOut(pool, {
    ...{ garden, source, hook, trusted, now, receivedAt: now },
    delivery: { body, headers: shown },
  });
  if (sorted.calls.length) {
    const inbox = around.inbox(garden.id);
    const written = inboxBody(sorted.calls, trusted);
    await inbox.accept({ sourceId: source.id, receivedAt: now, events: sorted.calls.length, ...written });
    around.count("accepted", sorted.calls.length);
  }
  const keptAll = await keep(sorted, (example) =>
    keepExample(pool, { sourceId: source.id, receivedAt: now, trusted, headers: shown, ...example }),
  );
  const rejected: Rejection[] = sorted.failed.map(({ rejection }) => rejection);
  if (rejected.length) await tellRejections(around, request, writer, { rejected }, now);
  if (!keptAll)
    refuse(
      "invalid",
      "webhook.too_many_failed",
      "Too many deliveries failed already. Change the mapping first.",
    );
  const isKept = sorted.unmapped.length + rejected.length > 0;
  reply.status(isKept ? 202 : 200);
  return {
    success: true,
    accepted: sorted.calls.length,
    kept: sorted.unmapped.length + rejected.length,
    rejected,
  };
}

/** Keeps what nothing was made of; false where one that failed could not be kept. */
async function keep(
  { unmapped, failed }: Sorted,
  save: (example: {
    reason: "unmapped" | "failed";
    fault: Example["fault"];
    body: unknown;
  }) => Promise<boolean>,
): Promise<boolean> {
  for (const body of unmapped) await save({ reason: "unmapped", fault: null, body });
  let keptAll = true;
  for (const { body, rejection } of failed)
    keptAll = (await save({ reason: "failed", fault: rejection, body })) && keptAll;
  return keptAll;
}

/** What came, by its content: JSON, or a form as an object. Refuses body.bad_json, body.too_deep and what `unzip` does. */
async function readBody(raw: Buffer, encoding: string | undefined): Promise<unknown> {
  const decoded = await decodeText((isGzip(raw, encoding) ? await unzip(raw) : raw).toString("utf8"));
  const body = "json" in decoded ? decoded.json : Object.fromEntries(decoded.form);
  if (dimensionsOf(body, limits.depth).isTooDeep)
    refuse("invalid", "body.too_deep", `A body may be nested ${limits.depth} levels deep.`);
  return body;
}

const headersOf = (request: FastifyRequest): Record<string, string> =>
  Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [
      name,
      Array.isArray(value) ? value.join(",") : (value ?? ""),
    ]),
  );

/** Headers that rules may read and examples keep: those of the sender's own, without what proves who it is. */
function shownHeaders(headers: Record<string, string>): Record<string, string> {
  const own = Object.entries(headers).filter(
    ([name]) =>
      /^(x-|.*-(topic|event|id|type)$)/.test(name) &&
      !/sign|hmac|auth|cookie|token|secret|key|forwarded|real-ip/.test(name),
  );
  return Object.fromEntries(own.slice(0, 40).map(([name, value]) => [name, value.slice(0, 300)]));
}
