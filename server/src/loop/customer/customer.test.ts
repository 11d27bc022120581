import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { stageState, valueState } from "./scores.ts";

let garden: TestGarden;
let server: string;
let browser: string;
const day = 86_400_000;
const ago = (days: number) => new Date(Date.now() - days * day).toISOString();

beforeAll(async () => {
  garden = await openGarden();
  const statedBasis = { measure: "contract", personalise: "legitimate_interest" } as const;
  server = (await garden.source("server", { statedBasis })).writeKey;
  browser = (await garden.source("browser")).writeKey;
});

async function send(key: string, batch: object[]) {
  expect((await garden.send(key, "/v1/batch", { batch })).status).toBe(200);
  await garden.drained();
}
const order = (userId: string, number: string, days: number, properties: object = {}) => ({
  type: "track",
  event: "Order Completed",
  messageId: number,
  userId,
  timestamp: ago(days),
  properties: { order_id: number, channel: "shop", currency: "EUR", revenue: 20, ...properties },
});
async function idOf(search: string): Promise<string> {
  const { body } = await garden.api("GET", `/api/customers?search=${search}`);
  expect(body.items).toHaveLength(1);
  return body.items[0].id;
}
const insight = async (search: string) =>
  (await garden.api("GET", `/api/customers/${await idOf(search)}/insight`)).body;
const page = async (search: string) => (await garden.api("GET", `/api/customers/${await idOf(search)}`)).body;

test("a customer without a score says why, and the first reason goes first", async () => {
  await send(server, [
    order("buyer", "o1", 30),
    order("dollars", "o2", 30, { currency: "USD" }),
    { type: "identify", messageId: "i1", userId: "looker", timestamp: ago(20) },
  ]);
  // Measuring is allowed, concluding is not.
  await send(browser, [
    {
      type: "identify",
      messageId: "i2",
      userId: "closed",
      timestamp: ago(10),
      context: { consent: { categoryPreferences: { measure: true, personalise: false } } },
    },
  ]);
  expect(await insight("buyer")).toMatchObject({
    value: null,
    valueState: "no_run",
    stageState: "no_run",
    dataUntil: null,
  });
  expect(await insight("closed")).toMatchObject({ valueState: "no_consent", stageState: "no_consent" });

  const { status, body } = await garden.api("POST", "/api/insight/runs", {});
  expect(status).toBe(202);
  expect(await garden.app.jobs.ended(body.jobId)).toMatchObject({ state: "done" });
  await garden.drained();
  const bought = await insight("buyer");
  expect(bought.valueState).toMatch(/^too_(few|short)$/);
  expect(bought).toMatchObject({ stageState: "known", stage: { stage: expect.any(String) } });
  expect(bought.stages.at(-1)).toMatchObject({ stage: bought.stage.stage, ended: null });
  expect(bought.dataUntil).toMatch(/^\d{4}-\d\d-\d\d$/);
  expect(await insight("dollars")).toMatchObject({ valueState: "without_rate" });
  expect(await insight("looker")).toMatchObject({ valueState: "never_bought", stageState: "known" });
  expect(await insight("closed")).toMatchObject({ valueState: "no_consent", stage: null, stages: [] });

  await send(server, [order("fresh", "o3", 0)]);
  expect(await insight("fresh")).toMatchObject({ valueState: "since_run", stageState: "since_run" });
});

test("the rule of reasons", () => {
  const facts = {
    mayProfile: true,
    hasRun: true,
    value: { pAlive: 0.9, expectedMinor: 100 },
    report: "scored",
    orders: 2,
    unrated: 0,
  } as const;
  const none = { pAlive: null, expectedMinor: null };
  expect(valueState(facts)).toBe("known");
  expect(valueState({ ...facts, value: { pAlive: 0.9, expectedMinor: null } })).toBe("no_spend");
  expect(valueState({ ...facts, value: none, report: "not_fitted" })).toBe("not_fitted");
  expect(valueState({ ...facts, value: none, report: "too_short" })).toBe("too_short");
  expect(valueState({ ...facts, value: none, report: "too_few" })).toBe("too_few");
  expect(valueState({ ...facts, mayProfile: false, hasRun: false })).toBe("no_consent");
  expect(stageState({ mayProfile: true, hasRun: true, hasStage: false })).toBe("since_run");
});

test("a consent says who brought it and which words were agreed to", async () => {
  const { consents, consentHistory } = await page("closed");
  expect(consents.find((one: { purpose: string }) => one.purpose === "measure")).toMatchObject({
    granted: true,
    basis: "consent",
    origin: "event",
    source: "browser",
    wordingVersion: 1,
  });
  expect(consentHistory[0]).toMatchObject({ source: "browser", wordingVersion: 1 });
  expect(consentHistory[0]).not.toHaveProperty("sourceId");
  const never = consents.find((one: { purpose: string }) => one.purpose === "contact");
  expect(never).toMatchObject({ granted: null, origin: null, source: null, wordingVersion: null });
});

test("the orders of a customer say what was paid, what was paid back, and what waits for a rate", async () => {
  const refund = (number: string, orderId: string | undefined, days: number, minus: number) => ({
    type: "track",
    event: "Order Refunded",
    messageId: number,
    userId: "buyer",
    timestamp: ago(days),
    properties: { ...(orderId ? { order_id: orderId } : {}), currency: "EUR", revenue: minus },
  });
  await send(server, [
    order("buyer", "o4", 20, {
      status: "delivered",
      products: [{ product_id: "tea" }, { product_id: "cup" }],
    }),
    order("buyer", "o5", 10, { currency: "USD" }),
    refund("r1", "o1", 5, 20),
    refund("r2", "o4", 4, 5),
    refund("r3", undefined, 3, 1),
  ]);
  const id = await idOf("buyer");
  const { body } = await garden.api("GET", `/api/customers/${id}/orders`);
  expect(body.total).toBe(4);
  expect(body.items).toMatchObject([
    { number: null, state: "refund", amountMinor: -100 },
    { number: "o5", state: "paid", currency: "USD", amountMinor: 2000, amountGardenMinor: null },
    {
      number: "o4",
      state: "partly_refunded",
      amountMinor: 2000,
      refundedMinor: -500,
      products: 2,
      shopStatus: "delivered",
      channel: "shop",
    },
    { number: "o1", state: "refunded", refundedMinor: -2000, shopStatus: null },
  ]);
  const second = await garden.api("GET", `/api/customers/${id}/orders?max=1&offset=1`);
  expect(second.body).toMatchObject({ total: 4, items: [{ number: "o5" }] });
  expect((await garden.api("GET", "/api/customers/cus_zzzzzz/orders")).status).toBe(404);
});
