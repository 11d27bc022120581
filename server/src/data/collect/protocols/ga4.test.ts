import { beforeAll, describe, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../../test/harness.ts";
import { createToken } from "../../../garden/index.ts";
import { callsOf } from "./ga4.ts";
import { listening, oddText, stored } from "./testing.ts";

/** There is no client to install: whoever calls the Measurement Protocol makes the request by hand, as here. */
let garden: TestGarden;
let server: string;
beforeAll(async () => {
  garden = await openGarden();
  server = await listening(garden);
});

const own = async (id: number) => (await stored(garden)).filter((event) => event.source === id);
const post = async (query: string, body: unknown, path = "/mp/collect") => {
  const answer = await fetch(`${server}${path}?${query}`, {
    method: "POST",
    headers: { "content-type": "text/plain" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  return { status: answer.status, text: await answer.text() };
};
const past = "2024-01-02T03:04:05.678Z";
const micros = Date.parse(past) * 1000 + 123;
const purchase = {
  name: "purchase",
  params: {
    transaction_id: "g1",
    value: 19.9,
    currency: "EUR",
    tax: 3.18,
    shipping: 0,
    session_id: "123",
    engagement_time_msec: 100,
    items: [{ item_id: "sku1", item_name: oddText, price: 9.95, quantity: 2, item_category: "drinks" }],
  },
};

describe("the Measurement Protocol", () => {
  test.each<[string, number | string]>([
    ["a number", micros],
    ["text", String(micros)],
  ])("each event once, at its own time given as %s, in its own words", async (kind, timestamp_micros) => {
    const { id, writeKey } = await garden.source("server");
    const person = { client_id: `c ${kind}`, user_id: `u ${kind}` };
    const body = {
      ...person,
      timestamp_micros,
      user_properties: { city: { value: oddText } },
      events: [
        {
          name: "page_view",
          params: { page_location: "https://shop.example/tea?utm_source=x", page_title: oddText },
        },
        { ...purchase, params: { ...purchase.params, transaction_id: kind } },
        { name: "wished", params: { text: oddText } },
        { name: "wished", params: { text: oddText } },
      ],
    };
    // Its callers send again what they got no answer to.
    for (let n = 0; n < 2; n++)
      expect(await post(`measurement_id=G-ABC123&api_secret=${writeKey}`, body)).toEqual({
        status: 204,
        text: "",
      });
    const events = await own(id);
    expect(events.map((event) => event.name)).toEqual([
      "Customer Identified",
      "Order Completed",
      "Page Viewed",
      "wished",
      "wished",
    ]);
    expect(new Set(events.map((event) => event.at))).toEqual(new Set([past]));
    expect(new Set(events.map((event) => event.customerId)).size).toBe(1);
    expect(events[1]!.properties).toMatchObject({
      order_id: kind,
      revenue: 19.9,
      tax: 3.18,
      session_id: "123",
      products: [{ product_id: "sku1", name: oddText, price: 9.95, quantity: 2, category: "drinks" }],
    });
    expect(events[2]!.properties).toMatchObject({ title: oddText, path: "/tea" });
  });

  test("the key may be the id, the secret, or stand beside a token", async () => {
    const one = await garden.source("server");
    const { token } = await createToken(garden.ctx, { name: "ga", scopes: ["collect:write"] });
    const body = { client_id: "k", events: [{ name: "keyed" }] };
    const ask = async (query: string) => (await post(query, body)).status;
    expect(await ask(`measurement_id=${one.writeKey}`)).toBe(204);
    expect(await ask(`firebase_app_id=${one.writeKey}&api_secret=anything`)).toBe(204);
    expect(await ask(`measurement_id=G-1&api_secret=${one.writeKey}`)).toBe(204);
    expect(await ask(`measurement_id=${one.writeKey}&api_secret=${token}`)).toBe(204);
    expect(await ask(`measurement_id=G-1&api_secret=${token}`)).toBe(204);
    expect(await ask("measurement_id=G-1&api_secret=x")).toBe(401);
    expect(await ask("")).toBe(401);
    expect(await own(one.id)).toHaveLength(4);
  });

  test("events that cannot be used are answered alike, and shown to operators", async () => {
    const { id, writeKey } = await garden.source("server");
    const query = `api_secret=${writeKey}`;
    expect(await post(query, { events: [{ name: "nobody" }] })).toEqual({ status: 204, text: "" });
    expect(await post(query, { client_id: "c", events: [7, { name: "good" }] })).toEqual({
      status: 204,
      text: "",
    });
    expect((await post(query, "{")).status).toBe(400);
    const { rows } = await garden.ctx.pool.query(
      "select code from rejected_events where source_id = $1 order by code",
      [id],
    );
    expect(rows.map(({ code }) => code)).toEqual(["body.bad_json", "event.no_id", "event.not_an_object"]);
    expect((await own(id)).map((event) => event.name)).toEqual(["good"]);
  });

  test("the debug address says what is wrong, and keeps nothing", async () => {
    const { id, writeKey } = await garden.source("server");
    const ask = async (body: object | string) => {
      const { status, text } = await post(`api_secret=${writeKey}`, body, "/debug/mp/collect");
      expect(status).toBe(200);
      return JSON.parse(text).validationMessages.map(
        (one: { fieldPath: string; validationCode: string }) => `${one.fieldPath} ${one.validationCode}`,
      );
    };
    expect(await ask({ client_id: "c", events: [purchase] })).toEqual([]);
    expect(await ask({})).toEqual(["events VALUE_REQUIRED"]);
    expect(await ask({ events: [{ name: "x" }, { name: "1x" }] })).toEqual([
      "events[1].name NAME_INVALID",
      "events[0] VALUE_INVALID",
      "events[1] VALUE_INVALID",
    ]);
    expect(await ask({ client_id: "c", events: Array(26).fill({ name: "x" }) })).toEqual([
      "events EXCEEDED_MAX_ENTITIES",
    ]);
    const deep = `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`;
    expect(
      await ask(`{"client_id":"c","timestamp_micros":1,"events":[{"name":"x","params":{"a":${deep}}}]}`),
    ).toEqual(["events[0] VALUE_INVALID"]);
    expect(await own(id)).toEqual([]);
    expect((await post("api_secret=x", {}, "/debug/mp/collect")).status).toBe(401);
  });

  test("a consent that was denied is obeyed, and one to measure lets a source that asks keep the event", async () => {
    const { id, writeKey } = await garden.source("browser");
    const send = (client_id: string, consent: object) =>
      post(`measurement_id=${writeKey}`, { client_id, consent, events: [{ name: client_id }] });
    await send("asked", {});
    await send("granted", { analytics_storage: "GRANTED", ad_personalization: "DENIED" });
    await send("denied", { analytics_storage: "DENIED" });
    expect((await own(id)).map((event) => event.name)).toEqual(["granted"]);
    const { rows } = await garden.ctx.pool.query(
      "select distinct purpose, granted from consent_answers order by purpose",
    );
    expect(rows).toContainEqual({ purpose: "personalise", granted: false });
  });
});

describe("in our words", () => {
  const calls = (event: object, body: object = {}) =>
    callsOf({ client_id: "c", ...body, events: [event] }).map(({ call }) => call as Record<string, unknown>);

  test.each<[string, object, object[]]>([
    [
      "two products seen are two events",
      {
        name: "view_item",
        params: {
          currency: "EUR",
          value: 3,
          items: [
            { item_id: "a", price: 1 },
            { item_id: "b", price: 2 },
          ],
        },
      },
      [
        { event: "Product Viewed", properties: { product_id: "a", price: 1, currency: "EUR" } },
        { event: "Product Viewed", properties: { product_id: "b" } },
      ],
    ],
    [
      "a cart is one",
      { name: "view_cart", params: { items: [{ item_id: "a" }, { item_id: "b" }] } },
      [{ event: "Cart Viewed", properties: { products: [{ product_id: "a" }, { product_id: "b" }] } }],
    ],
    [
      "a refund",
      { name: "refund", params: { transaction_id: "o", value: 5 } },
      [{ event: "Order Refunded", properties: { order_id: "o", revenue: 5 } }],
    ],
    [
      "a search",
      { name: "search", params: { search_term: "tea" } },
      [{ event: "Products Searched", properties: { query: "tea" } }],
    ],
    [
      "a screen",
      { name: "screen_view", params: { firebase_screen: "Home" } },
      [{ type: "screen", name: "Home" }],
    ],
    ["a name of an object's own", { name: "constructor" }, [{ event: "constructor" }]],
  ])("%s", (_name, event, expected) => {
    const made = calls(event);
    expect(made).toHaveLength(expected.length);
    expect(made).toMatchObject(expected);
  });

  test("an order has the same id whenever it is told; what has no time has none", () => {
    expect(calls(purchase)[0]!.messageId).toBe(
      calls({ ...purchase, params: { ...purchase.params, value: "19.9" } })[0]!.messageId,
    );
    expect(calls({ name: "x" })[0]!.messageId).toBeUndefined();
    expect(calls({ name: "x" }, { timestamp_micros: 1 })[0]!.messageId).not.toBe(
      calls({ name: "x" }, { timestamp_micros: 2 })[0]!.messageId,
    );
  });
});
