import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { refreshOffers } from "../placements/index.ts";
import type { Effect } from "./effect.ts";
import { measureEffect } from "./effect.ts";

const day = 86_400_000;
const start = Date.UTC(2026, 0, 1);
const on = (days: number) => new Date(start + days * day).toISOString();
const customers = 400;

let garden: TestGarden;
let server: string;
let browser: string;

/** A synthetic garden, whose half is held out: the arms fill soon, and the clock is the simulated one. */
beforeAll(async () => {
  garden = await openGarden({ synthetic: true });
  await query(garden.app.gardens.platformPool, sql`update gardens set holdout_share = 0.5, salt = 'effect'`);
  await garden.app.gardens.refresh();
  const stated = { measure: "contract", personalise: "legitimate_interest" } as const;
  server = (await garden.source("server", { statedBasis: stated })).writeKey;
  browser = (await garden.source("browser")).writeKey;
  await send(Array.from({ length: customers }, (_, n) => order(`u${n}`, 1 + (n % 5), 500, "first")));
});

function order(userId: string, onDay: number, revenue: number, product: string) {
  const id = `${userId}-${onDay}-${product}`;
  return {
    type: "track",
    event: "Order Completed",
    messageId: id,
    userId,
    timestamp: on(onDay),
    properties: {
      order_id: id,
      currency: "EUR",
      revenue,
      products: [{ product_id: product, name: product, quantity: 1, price: revenue }],
    },
  };
}
async function send(batch: object[]) {
  for (let from = 0; from < batch.length; from += 200) {
    const part = batch.slice(from, from + 200);
    expect(await garden.send(server, "/v1/batch", { batch: part })).toMatchObject({
      body: { accepted: part.length },
    });
  }
  await garden.drained();
}
const context = () => garden.app.gardens.context("test", { kind: "command", id: "command", name: "test" });
const effect = () => measureEffect(context());
async function decide(userId: string, onDay: number): Promise<"treated" | "holdout"> {
  const { status, body } = await garden.api("POST", "/v1/decide", { userId, at: on(onDay) });
  expect(status).toBe(200);
  return body.arm;
}

const arms = new Map<string, "treated" | "holdout">();

test("with orders alone there is no decision yet", async () => {
  await refreshOffers(context());
  expect(await effect()).toEqual({ state: "no_decision" });
  expect((await garden.api("POST", "/v1/decide", { userId: "nobody", at: on(10) })).body).toEqual({
    decision: null,
    reason: "no_consent",
  });
  expect(await effect()).toEqual({ state: "no_decision" });
});

test("before the stated minimum it is too early, and it says how many are missing and when it will be known", async () => {
  // Somebody who has the only product is offered nothing, so newcomers ask.
  await send(Array.from({ length: customers }, (_, n) => identify(`n${n}`)));
  for (let n = 0; n < 40; n++) arms.set(`n${n}`, await decide(`n${n}`, 10));
  await garden.drained();
  const early = (await effect()) as Extract<Effect, { state: "too_early" }>;
  expect(early).toMatchObject({
    state: "too_early",
    minimum: { customers: 100, buyers: 10 },
    treated: { buyers: 0 },
    holdout: { buyers: 0 },
  });
  expect(early.treated.customers + early.holdout.customers).toBe(40);
  // The smaller group decides, at its share of a half here. While nobody has bought no day can be told.
  const smaller = Math.min(early.treated.customers, early.holdout.customers);
  expect(early.customersMissing).toBe(2 * (100 - smaller));
  expect(early.knownAt).toBeNull();
  await send([order("n0", 11, 10, "second")]);
  const later = (await effect()) as Extract<Effect, { state: "too_early" }>;
  expect(later.customersMissing).toBeGreaterThan(100);
  expect(Date.parse(later.knownAt!)).toBeGreaterThan(Date.parse(on(11)));
});
const identify = (userId: string) => ({
  type: "identify",
  messageId: `identify-${userId}`,
  userId,
  timestamp: on(8),
  traits: { plan: "basic" },
});

test("the effect counts what was bought after the first decision, and finds what is true", async () => {
  for (let n = 40; n < customers; n++) arms.set(`n${n}`, await decide(`n${n}`, 10 + n / 100));
  const orders: object[] = [];
  const met = { treated: 0, holdout: 0 };
  for (const [userId, arm] of arms) {
    // Who buys, and for how much, is spread evenly over each arm: whoever falls into which, the means are the true ones.
    const n = ++met[arm];
    // A purchase before the decision is nobody's effect, however large.
    if (arm === "holdout") orders.push(order(userId, 9, 9_000, "before"));
    // Truth: 30 EUR more for each treated customer, on a mean of 100.
    if ((n * 0.6180339887) % 1 < 0.8) {
      const spend = 100 * ((n * 0.7548776662) % 1) + (arm === "treated" ? 112.5 : 75);
      orders.push(order(userId, 20, Math.round(spend), "after"));
    }
  }
  const { treated } = met;
  // A second decision does not move the first one.
  await decide("n1", 25);
  await send(orders);
  const known = (await effect()) as Extract<Effect, { state: "known" }>;
  expect(known.state).toBe("known");
  expect(known.treated.customers).toBe(treated);
  expect(known.treated.customers + known.holdout.customers).toBe(customers);
  expect(known.perCustomer!.low).toBeLessThan(3_000);
  expect(known.perCustomer!.high).toBeGreaterThan(3_000);
  expect(known.perCustomer!.low).toBeGreaterThan(0);
  expect(known.perCustomer!.coreLow).toBeGreaterThan(known.perCustomer!.low);
  expect(known.worth!.value).toBeCloseTo(known.perCustomer!.value * treated, 6);
  expect(known.ratio).toMatchObject({ plannedHoldoutShare: 0.5, mismatch: false });
  expect(known.history.at(-1)).toMatchObject({ value: known.worth!.value });
  expect((await garden.api("GET", "/api/offer/effect")).body).toMatchObject({ state: "known" });
  expect((await garden.api("GET", "/api/offer/effect", undefined, "service")).status).toBe(403);
});

test("a refund after the decision is taken off", async () => {
  const before = (await effect()) as Extract<Effect, { state: "known" }>;
  const [userId] = [...arms].find(([, arm]) => arm === "treated")!;
  await send([
    {
      type: "track",
      event: "Order Refunded",
      messageId: "refund",
      userId,
      timestamp: on(21),
      properties: { order_id: "x", currency: "EUR", revenue: 40 },
    },
  ]);
  const after = (await effect()) as Extract<Effect, { state: "known" }>;
  expect((before.treated.meanMinor - after.treated.meanMinor) * after.treated.customers).toBeCloseTo(
    4_000,
    4,
  );
});

test("an order that the page tells besides the server counts once", async () => {
  const before = (await effect()) as Extract<Effect, { state: "known" }>;
  const [, [userId] = [""]] = [...arms].filter(([, arm]) => arm === "treated");
  const told = order(userId, 21, 60, "twice");
  const context = { consent: { categoryPreferences: { Analytics: true, Functional: true } } };
  const page = { ...told, messageId: "page", anonymousId: "page", timestamp: on(21.01), context };
  await garden.send(browser, "/v1/batch", { batch: [page] });
  await send([told]);
  const after = (await effect()) as Extract<Effect, { state: "known" }>;
  expect((after.treated.meanMinor - before.treated.meanMinor) * after.treated.customers).toBeCloseTo(
    6_000,
    4,
  );
});

test("customers of different arms who turn out to be one person leave the comparison, and are counted", async () => {
  const before = (await effect()) as Extract<Effect, { state: "known" }>;
  const consent = { consent: { categoryPreferences: { Analytics: true, Functional: true } } };
  let mixed = 0;
  let same = 0;
  for (let n = 0; mixed === 0 || same === 0; n++) {
    const anonymousId = `visitor-${n}`;
    const viewed = {
      type: "track",
      event: "Product Viewed",
      messageId: `${anonymousId}-v`,
      anonymousId,
      timestamp: on(22),
      context: consent,
      properties: { product_id: "after" },
    };
    await garden.send(browser, "/v1/batch", { batch: [viewed] });
    await garden.drained();
    const visitorArm = (await garden.api("POST", "/v1/decide", { anonymousId, at: on(22) })).body.arm;
    const userId = `n${100 + n}`;
    const differs = visitorArm !== arms.get(userId);
    if (differs) mixed++;
    else same++;
    await send([{ type: "identify", messageId: `${anonymousId}-i`, anonymousId, userId, timestamp: on(23) }]);
    const rows = await query(
      garden.ctx.pool,
      sql`select arm, mixed_at is not null as mixed from holdout_arms where merged_into is null
        and customer_id = (select customer_id from identifiers where kind = 'user_id' and value = ${userId})`,
      z.object({ arm: z.string(), mixed: z.boolean() }),
    );
    expect(rows).toEqual([{ arm: arms.get(userId), mixed: differs }]);
  }
  await garden.drained();
  const after = (await effect()) as Extract<Effect, { state: "known" }>;
  expect(after.mixed).toBe(mixed);
  expect(after.treated.customers + after.holdout.customers).toBe(
    before.treated.customers + before.holdout.customers - mixed,
  );
});

test("who withdraws consent to profiling is left out, counted, and keeps no recommendation", async () => {
  await refreshOffers(context());
  await send([
    {
      type: "identify",
      messageId: "withdraw",
      userId: "n300",
      timestamp: on(24),
      context: { consent: { categoryPreferences: { personalise: false } } },
    },
  ]);
  expect(await effect()).toMatchObject({ state: "known", withdrawn: 1 });
  const kept = await query(
    garden.ctx.pool,
    sql`select 1 from next_products n join identifiers i on i.customer_id = n.customer_id where i.kind = 'user_id' and i.value in ('n300')`,
  );
  expect(kept).toEqual([]);
  expect((await garden.api("POST", "/v1/decide", { userId: "n300", at: on(30) })).body).toEqual({
    decision: null,
    reason: "no_consent",
  });
});

test("every number of the comparison opens its customers", async () => {
  const behind = async (filter: string, value = "") => {
    const { status, body } = await garden.api("GET", `/api/customers?filter=${filter}&value=${value}`);
    expect(status).toBe(200);
    return body.total as number;
  };
  const known = (await effect()) as Extract<Effect, { state: "known" }>;
  for (const arm of ["treated", "holdout"] as const) {
    expect(await behind("holdout_arm", arm)).toBe(known[arm].customers);
    expect(known[arm].buyers).toBeGreaterThan(0);
    expect(await behind("holdout_buyers", arm)).toBe(known[arm].buyers);
  }
  expect(await behind("holdout_withdrawn")).toBe(known.withdrawn);
  expect(await behind("holdout_mixed")).toBe(known.mixed);
  expect(await behind("holdout_without_rate")).toBe(0);
});
