import {
  type Context,
  createSource,
  findSourceById,
  record,
  type Source,
  type Tx,
} from "../../../garden/index.ts";
import { query, sql } from "../../../platform/postgres/index.ts";
import { refuse } from "../../../platform/refusal.ts";
import { listPurposes } from "../../consent/index.ts";
import type { Json } from "../model.ts";
import { inboxBody, sortOut } from "./accept.ts";
import { readyMapping } from "./ready/index.ts";
import { faultOfExpression, type Rule, refuseBadRules, refuseUnknownPurposes } from "./rules.ts";
import type { Signature } from "./schemes.ts";
import { sealSecret } from "./secret.ts";
import * as store from "./store.ts";

/** A webhook with the source that its events count for. */
export interface WebhookSource {
  source: NonNullable<Awaited<ReturnType<typeof findSourceById>>>;
  hook: store.Webhook;
}

/** Makes a webhook with the mapping that is ready for a system. Refuses webhook.provider_unknown. */
export async function createWebhook(
  ctx: Context,
  input: { name: string; provider: string; secret?: string | undefined },
): Promise<WebhookSource> {
  ctx.require("settings:write");
  const ready = readyMapping(input.provider);
  if (!ready)
    refuse("invalid", "webhook.provider_unknown", `There is no ready mapping for ${input.provider}.`);
  const source = await createSource(ctx, { name: input.name, kind: "webhook" });
  const { provider, deliveryId, signature, rules } = ready;
  const hook = {
    sourceId: source.id,
    provider,
    deliveryId,
    signature,
    rules,
    secret: sealSecret(ctx, input.secret ?? null),
  };
  await ctx.inTransaction((tx) => store.saveWebhook(tx, hook, ctx.now()));
  return { source, hook };
}

/** Refuses webhook.missing. */
export async function getWebhook(ctx: Context, sourceId: number): Promise<WebhookSource> {
  const source = await findSourceById(ctx.pool, sourceId);
  if (source?.kind !== "webhook") return refuseMissing();
  return { source, hook: (await store.findWebhook(ctx.pool, sourceId)) ?? customOf(sourceId) };
}

const customOf = (sourceId: number): store.Webhook => {
  const { provider, deliveryId, signature, rules } = readyMapping("custom")!;
  return { sourceId, provider, deliveryId, signature, rules, secret: null };
};

const refuseMissing = (): never => refuse("missing", "webhook.missing", "There is no such webhook.");

/** Changes how a webhook proves who sends. `secret` left out leaves it; null takes it away. Refuses webhook.missing. */
export async function changeSignature(
  ctx: Context,
  sourceId: number,
  input: { signature: Signature; secret?: string | null | undefined },
): Promise<void> {
  ctx.require("settings:write");
  await change(ctx, sourceId, async (tx, before) => {
    const secret = input.secret === undefined ? before.secret : sealSecret(ctx, input.secret);
    await store.saveWebhook(tx, { ...before, signature: input.signature, secret }, ctx.now());
    // The secret itself does not go into the trail.
    const shown = (signature: Signature, isReplaced: boolean) => ({
      signature,
      ...(isReplaced ? { secret: "replaced" } : {}),
    });
    await record(
      tx,
      ctx,
      "webhook.signature_changed",
      String(sourceId),
      shown(before.signature, false),
      shown(input.signature, input.secret !== undefined),
    );
  });
}

/** Saves the rules of a webhook. Refuses webhook.missing, webhook.bad_rule. */
export async function changeRules(
  ctx: Context,
  sourceId: number,
  input: { rules: Rule[]; deliveryId: string },
): Promise<void> {
  ctx.require("data:write");
  refuseBadRules(input.rules);
  const fault = faultOfExpression(input.deliveryId);
  if (fault)
    refuse("invalid", "webhook.bad_rule", `The id of a delivery: ${fault.message}`, {
      field: "deliveryId",
      at: fault.at,
    });
  await change(ctx, sourceId, async (tx, before) => {
    refuseUnknownPurposes(
      input.rules,
      (await listPurposes(tx)).map(({ key }) => key),
    );
    await store.saveWebhook(tx, { ...before, ...input }, ctx.now());
    await record(
      tx,
      ctx,
      "webhook.rules_changed",
      String(sourceId),
      { rules: before.rules, deliveryId: before.deliveryId },
      input,
    );
  });
}

async function change(
  ctx: Context,
  sourceId: number,
  work: (tx: Tx, before: store.Webhook) => Promise<void>,
): Promise<void> {
  await getWebhook(ctx, sourceId);
  await ctx.inTransaction(async (tx) => {
    await work(tx, (await store.lockWebhook(tx, sourceId)) ?? customOf(sourceId));
  });
}

/** How many kept bodies one replay takes at most. */
const replayMax = 600;

export interface Replayed {
  /** Bodies of which events were made, and how many events. */
  deliveries: number;
  events: number;
  /** Bodies that still wait for a rule, or that one still makes nothing of. */
  waiting: number;
}

/** Makes events of the kept bodies by the rules as they are now. One told twice counts once. Refuses webhook.missing. */
export async function replayKept(ctx: Context, sourceId: number): Promise<Replayed> {
  ctx.require("data:write");
  const { source, hook } = await getWebhook(ctx, sourceId);
  return ctx.inTransaction(async (tx) => {
    const waiting = await store.lockWaiting(tx, sourceId, replayMax);
    const result: Replayed = { deliveries: 0, events: 0, waiting: 0 };
    const orders = new Map<string, Json>();
    const done: number[] = [];
    const faults: { id: number; code: string; message: string }[] = [];
    for (const example of waiting) {
      const { calls, unmapped, failed } = await sortOut(tx, {
        ...{ garden: ctx.garden, source, hook, orders },
        delivery: example,
        trusted: example.trusted,
        now: ctx.now(),
        receivedAt: example.receivedAt,
      });
      if (calls.length) await intoInbox(tx, ctx, source, calls, example.trusted);
      result.events += calls.length;
      const [fault] = failed;
      if (fault) faults.push({ ...fault.rejection, id: example.id });
      if (fault || unmapped.length) result.waiting++;
      else done.push(example.id);
    }
    result.deliveries = done.length;
    await store.markReplayed(tx, done, ctx.now());
    await store.saveFaults(tx, faults);
    await record(tx, ctx, "webhook.replayed", String(sourceId), null, result);
    return result;
  });
}

async function intoInbox(
  tx: Tx,
  ctx: Context,
  source: Source,
  calls: Json[],
  trusted: boolean,
): Promise<void> {
  const { trust, body } = inboxBody(calls, trusted);
  await query(
    tx,
    sql`insert into inbox (source_id, received_at, trust, events, body)
      values (${source.id}, ${ctx.now()}, ${sql.json(trust)}, ${calls.length}, ${body})`,
  );
}
