import type { Garden, Source } from "../../../garden/index.ts";
import type { Executor } from "../../../platform/postgres/index.ts";
import { refuse } from "../../../platform/refusal.ts";
import { faultOf, limits } from "../check.ts";
import type { Json, Rejection, Trust } from "../model.ts";
import { type Webhook, whoOrdered } from "./store.ts";
import {
  type DeliveryBody,
  deliveryIdOf,
  type Made,
  type Namespace,
  nobody,
  translate,
} from "./translate.ts";

/** What became of the bodies of one request. */
export interface Sorted {
  /** Calls that can go into the inbox. */
  calls: Json[];
  /** Bodies that no rule is for. */
  unmapped: unknown[];
  /** Bodies of which something could not be made, and why. */
  failed: { body: unknown; rejection: Rejection }[];
}

/** A request may hold a list of bodies; each is a delivery of its own. */
const bodiesMax = 500;
export const bodiesOf = (body: unknown): unknown[] =>
  Array.isArray(body) ? body.slice(0, bodiesMax) : [body];

export const namespaceOf = (garden: Garden, source: Source, hook: Webhook): Namespace => ({
  // Two systems of the brand's own may give one number to two people.
  system: hook.provider === "custom" || hook.provider === "calls" ? `webhook${source.id}` : hook.provider,
  salt: garden.salt,
});

/** Why what a rule made cannot become an event; undefined where it can. */
export function faultOfMade(made: Made, now: Date): Rejection | undefined {
  const stops = made.problems.find((problem) => problem.stops);
  if (stops)
    return {
      code: "webhook.value_unusable",
      message: `Rule ${made.rule + 1}, ${stops.field}: ${stops.message} Change the mapping, then replay it.`,
    };
  for (const call of made.calls) {
    const fault = faultOf(call, undefined, () => Buffer.byteLength(JSON.stringify(call)), now);
    if (fault) return fault;
  }
  return undefined;
}

/** Makes calls of a delivery by the rules, and says what nothing could be made of. */
export async function sortOut(
  db: Executor,
  ask: {
    garden: Garden;
    source: Source;
    hook: Webhook;
    delivery: DeliveryBody;
    trusted: boolean;
    now: Date;
    /** When it came: the time of events whose rule names none. */
    receivedAt: Date;
    /** Orders that wait in the same go, and whom they name. */
    orders?: Map<string, Json>;
  },
): Promise<Sorted> {
  const { hook, delivery, now } = ask;
  const sorted: Sorted = { calls: [], unmapped: [], failed: [] };
  const namespace = namespaceOf(ask.garden, ask.source, hook);
  const bodies = bodiesOf(delivery.body);
  for (const [place, body] of bodies.entries()) {
    const one = { body, headers: delivery.headers };
    // The head is one for a whole list: without its place all of them would be one.
    const id = deliveryIdOf(one, hook.deliveryId) + (bodies.length > 1 ? `-${place}` : "");
    const made = translate(one, id, hook.rules, namespace);
    if (!made.length) sorted.unmapped.push(body);
    const rejections = made.map((each) => faultOfMade(each, now));
    const rejection = rejections.find((each) => each !== undefined);
    if (rejection) sorted.failed.push({ body, rejection });
    for (const [at, { calls }] of made.entries()) {
      if (rejections[at]) continue;
      for (const call of calls) {
        const timed =
          call.timestamp === undefined ? { ...call, timestamp: ask.receivedAt.toISOString() } : call;
        sorted.calls.push(ask.trusted ? await withCustomer(db, timed, ask.orders) : timed);
      }
    }
  }
  return sorted;
}

/** A refund that names an order and nobody belongs to whom the order belongs. */
async function withCustomer(db: Executor, call: Json, orders: Map<string, Json> = new Map()): Promise<Json> {
  const { anonymousId, userId } = call;
  const { order_id: said } = (call.properties ?? {}) as Json;
  const order = typeof said === "string" || typeof said === "number" ? String(said).trim() : "";
  const isNameless = userId === undefined && String(anonymousId).startsWith(nobody);
  if (!order) return call;
  if (!isNameless) {
    if (call.event === "Order Completed") orders.set(order, { userId, anonymousId });
    return call;
  }
  const ordered = orders.get(order);
  const customerId = ordered ? undefined : await whoOrdered(db, order);
  if (!ordered && customerId === undefined) return call;
  const { anonymousId: _, ...rest } = call;
  return { ...rest, ...(ordered ?? { customerId }) };
}

/** What the inbox keeps of calls. Only calls made here name a customer by the inner id. */
export function inboxBody(calls: readonly Json[], trusted: boolean): { trust: Trust; body: Buffer } {
  const namesCustomer = trusted && calls.some((call) => call.customerId !== undefined);
  const body = Buffer.from(JSON.stringify({ batch: calls }));
  if (calls.length > limits.batchEvents || body.length > limits.inflatedBytes)
    refuse(
      "too_large",
      "body.too_large",
      "This makes more events than one delivery may. Send smaller batches.",
    );
  return { trust: { trusted, ...(namesCustomer ? { own: true } : {}) }, body };
}
