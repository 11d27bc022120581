import { randomBytes, randomUUID } from "node:crypto";
import { type Context, record, type Tx } from "../../garden/index.ts";
import { allowedAddress } from "../../platform/http/guard.ts";
import { refuse } from "../../platform/refusal.ts";
import { sealSecret } from "./secret.ts";
import * as store from "./store.ts";

/** What an operator may say of a target. */
export interface TargetInput {
  name?: string | undefined;
  url?: string | undefined;
  events?: string[] | undefined;
  enabled?: boolean | undefined;
}

export interface OutboundOptions {
  /** Whether addresses within the brand's own network may be called. */
  allowPrivate: boolean;
}

const newSecret = () => `whsec_${randomBytes(32).toString("base64")}`;
const targetsMax = 50;
/** What stands in the trail: the secret does not, nor what an address may hide behind its question mark. */
const shown = ({ name, url, events, state }: store.Target) => ({
  name,
  url: url.split("?")[0],
  events,
  state,
});

/** Makes a target, and the secret with which it can check what comes. Refuses target.too_many, target.address_*. */
export async function createTarget(
  ctx: Context,
  options: OutboundOptions,
  input: { name: string; url: string; events: string[] },
): Promise<store.Target> {
  ctx.require("settings:write");
  await refuseAddress(input.url, options);
  return ctx.inTransaction(async (tx) => {
    if ((await store.listTargets(tx)).length >= targetsMax)
      refuse("conflict", "target.too_many", `There may be ${targetsMax} targets. Remove one first.`);
    const target = await store.insertTarget(tx, {
      ...input,
      secret: sealSecret(ctx, newSecret()),
      createdAt: ctx.now(),
    });
    await record(tx, ctx, "target.created", String(target.id), null, shown(target));
    return target;
  });
}

/** Changes a target; switched on again it begins anew with what waits. Refuses target.missing, target.address_*. */
export async function changeTarget(
  ctx: Context,
  options: OutboundOptions,
  id: number,
  input: TargetInput,
): Promise<store.Target> {
  ctx.require("settings:write");
  if (input.url !== undefined) await refuseAddress(input.url, options);
  return changed(ctx, id, "target.changed", (before) => {
    const { enabled, name = before.name, url = before.url, events = before.events } = input;
    const after = { ...before, name, url, events };
    if (enabled === false) return { ...after, state: "off" };
    if (enabled === true)
      return { ...after, state: "on", failures: 0, lastError: null, brokenAt: null, nextAt: null };
    return after;
  });
}

/** Gives a target another secret; the old one signs nothing any more. Refuses target.missing. */
export async function replaceSecret(ctx: Context, id: number): Promise<store.Target> {
  ctx.require("settings:write");
  return changed(ctx, id, "target.secret_replaced", (before) => ({
    ...before,
    secret: sealSecret(ctx, newSecret()),
  }));
}

/** Refuses target.missing. */
export async function removeTarget(ctx: Context, id: number): Promise<void> {
  ctx.require("settings:write");
  await ctx.inTransaction(async (tx) => {
    const before = await lock(tx, id);
    await store.deleteTarget(tx, id);
    await record(tx, ctx, "target.removed", String(id), shown(before), null);
  });
}

/** Sends what failed again: one delivery, or all. Refuses target.missing, target.delivery_missing. */
export async function replayTarget(ctx: Context, id: number, delivery: number | undefined): Promise<number> {
  ctx.require("settings:write");
  return ctx.inTransaction(async (tx) => {
    await lock(tx, id);
    const count = await store.replayDeliveries(tx, id, delivery);
    if (delivery !== undefined && !count)
      refuse(
        "missing",
        "target.delivery_missing",
        "There is no such delivery any more, or it waits already.",
      );
    await record(tx, ctx, "target.replayed", String(id), null, { deliveries: count });
    return count;
  });
}

/** Sends a made-up event, of nobody, to see whether the target hears it. Refuses target.missing. */
export async function testTarget(ctx: Context, id: number): Promise<void> {
  ctx.require("settings:write");
  await ctx.inTransaction(async (tx) => {
    await lock(tx, id);
    const at = ctx.now();
    const payload = JSON.stringify({
      ...{ name: "Test", happenedAt: at.toISOString(), receivedAt: at.toISOString(), channel: "" },
      ...{ amountMinor: null, currency: "", properties: { test: true } },
    });
    const delivery = { targetId: id, eventId: randomUUID(), customerId: 0, name: "Test", payload };
    await store.insertDeliveries(tx, [delivery], at);
  });
}

async function changed(
  ctx: Context,
  id: number,
  action: "target.changed" | "target.secret_replaced",
  to: (before: store.Target) => store.Target,
): Promise<store.Target> {
  return ctx.inTransaction(async (tx) => {
    const before = await lock(tx, id);
    const after = to(before);
    await store.saveTarget(tx, after);
    await record(tx, ctx, action, String(id), shown(before), shown(after));
    return after;
  });
}

async function lock(tx: Tx, id: number): Promise<store.Target> {
  return (await store.lockTarget(tx, id)) ?? refuse("missing", "target.missing", "There is no such target.");
}

/** One whose name is not known yet may be made: it is looked up again at each attempt. */
async function refuseAddress(url: string, options: OutboundOptions): Promise<void> {
  switch (await allowedAddress(url, options)) {
    case "url":
      refuse(
        "invalid",
        "target.address_unreadable",
        "Write an address such as https://example.com/hook, without user and password.",
      );
      break;
    case "plain":
      refuse(
        "invalid",
        "target.address_plain",
        "The address must begin with https://: nobody on the way may read what is sent.",
      );
      break;
    case "private":
      refuse(
        "invalid",
        "target.address_private",
        "This address lies within your own network, where nothing is sent to. Whoever runs the server may allow it with RONDELL_WEBHOOK_ALLOW_PRIVATE=1.",
      );
  }
}
