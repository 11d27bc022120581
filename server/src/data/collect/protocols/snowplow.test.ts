import {
  buildEcommerceTransaction,
  buildEcommerceTransactionItem,
  buildPageView,
  buildSelfDescribingEvent,
  buildStructEvent,
  newTracker,
} from "@snowplow/node-tracker";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../../test/harness.ts";
import { callsOf } from "./snowplow.ts";
import { type Fault, listening, oddText, openLine, stored, until } from "./testing.ts";

let garden: TestGarden;
let line: Awaited<ReturnType<typeof openLine>>;
beforeAll(async () => {
  garden = await openGarden();
  line = await openLine(await listening(garden));
});
afterAll(() => line.close());
const own = async (id: number) => (await stored(garden)).filter((event) => event.source === id);
const past = new Date("2024-01-02T03:04:05.678Z");

describe("Snowplow's tracker for Node", () => {
  test.each<[string, "post" | "get", Fault[], string]>([
    [
      "in batches, over a line that answers 503 and delivers twice",
      "post",
      [503, "twice"],
      "/com.snowplowanalytics.snowplow/tp2",
    ],
    ["in batches, over a line that loses an answer", "post", ["lost"], "/com.snowplowanalytics.snowplow/tp2"],
    ["one by one, over a line that answers 429 and delivers twice", "get", [429, "twice"], "/i"],
  ])("%s: each event once, at its own time, in its own words", async (kind, eventMethod, faults, path) => {
    const { id, writeKey } = await garden.source("server");
    line.breaks(...faults);
    const { port } = new URL(line.url);
    const tracker = newTracker(
      { namespace: "shop", appId: writeKey, encodeBase64: eventMethod === "post" },
      {
        endpoint: "127.0.0.1",
        protocol: "http",
        port: Number(port),
        eventMethod,
        bufferSize: eventMethod === "post" ? 6 : 1,
      },
    );
    const order = `${id}-${kind}`;
    const at = { type: "ttm", value: past.getTime() } as const;
    const around = [{ schema: "iglu:com.acme/shop/jsonschema/1-0-0", data: { city: oddText } }];
    tracker.setDomainUserId(`visitor ${kind}`);
    tracker.track(
      buildPageView({
        pageUrl: "https://shop.example/tea?utm_source=x",
        pageTitle: oddText,
        referrer: "https://www.google.com/",
      }),
      [],
      at,
    );
    tracker.setUserId(`user ${kind}`);
    tracker.track(
      buildEcommerceTransaction({ orderId: order, total: 19.9, tax: 3.18, currency: "EUR" }),
      [],
      at,
    );
    tracker.track(
      buildEcommerceTransactionItem({ orderId: order, sku: "sku1", price: 9.95, name: oddText, quantity: 2 }),
      [],
      at,
    );
    tracker.track(
      buildStructEvent({ category: "Videos", action: "Played", label: oddText, value: 3 }),
      [],
      at,
    );
    tracker.track(
      buildSelfDescribingEvent({
        event: { schema: "iglu:com.acme/tea_tasted/jsonschema/1-0-0", data: { note: oddText } },
      }),
      around,
      at,
    );
    tracker.track(
      buildSelfDescribingEvent({
        event: {
          schema: "iglu:com.snowplowanalytics.snowplow/link_click/jsonschema/1-0-1",
          data: { targetUrl: "https://x.example" },
        },
      }),
      [],
      at,
    );
    const lineOfOrder = eventMethod === "get" ? ["Order Line Recorded"] : [];
    const names = [
      "Link Clicked",
      "Order Completed",
      ...lineOfOrder,
      "Page Viewed",
      "Played",
      "tea_tasted",
    ].sort();
    // What failed is sent again when the tracker sends the next time.
    const requests = faults.includes("lost") ? faults.length + 1 : faults.length;
    await until(async () => {
      await tracker.flush();
      return (await own(id)).length >= names.length && line.seen.length >= requests;
    });
    const events = await own(id);
    expect(events.map((event) => event.name)).toEqual(names);
    expect(new Set(events.map((event) => event.at))).toEqual(new Set([past.toISOString()]));
    // The page before and the order after are one person's.
    expect(new Set(events.map((event) => event.customerId)).size).toBe(1);
    const of = (name: string) => events.find((event) => event.name === name)?.properties;
    expect(of("Order Completed")).toMatchObject({
      order_id: order,
      revenue: 19.9,
      tax: 3.18,
      currency: "EUR",
    });
    if (eventMethod === "post")
      expect(of("Order Completed")?.products).toMatchObject([
        { product_id: "sku1", name: oddText, price: 9.95, quantity: 2 },
      ]);
    expect(of("Page Viewed")).toMatchObject({ title: oddText, path: "/tea" });
    expect(of("Played")).toMatchObject({ category: "Videos", label: oddText, event_value: 3 });
    expect(of("tea_tasted")).toMatchObject({
      note: oddText,
      contexts: [{ name: "shop", data: { city: oddText } }],
    });
    expect(new Set(line.seen.map((one) => one.path.split("?")[0]))).toEqual(new Set([path]));
  });
});

const post = (body: unknown, headers: Record<string, string> = {}) =>
  garden.app.http.inject({
    method: "POST",
    url: "/com.snowplowanalytics.snowplow/tp2",
    headers: { "content-type": "application/json; charset=UTF-8", ...headers },
    payload: typeof body === "string" ? body : JSON.stringify(body),
  });

test("a page may ask before it sends, and is answered with its credentials", async () => {
  const origin = "https://shop.example";
  const { writeKey } = await garden.source("server");
  const preflight = await garden.app.http.inject({
    method: "OPTIONS",
    url: "/com.snowplowanalytics.snowplow/tp2",
    headers: {
      origin,
      "access-control-request-method": "POST",
      "access-control-request-headers": "content-type",
    },
  });
  const answer = await post({ data: [{ e: "pv", duid: "d", aid: writeKey }] }, { origin });
  for (const one of [preflight, answer])
    expect(one.headers).toMatchObject({
      "access-control-allow-origin": origin,
      "access-control-allow-credentials": "true",
    });
  expect(preflight.headers["access-control-allow-headers"]).toBe("content-type");
  expect(answer.headers["access-control-expose-headers"]).toBe("Retry-After");
});

test("an unknown app is refused with 401, a broken body with 400, and one bad event loses no other", async () => {
  const { id, writeKey } = await garden.source("server");
  const good = { e: "se", se_ac: "Good", se_ca: "c", uid: "u", aid: writeKey };
  expect((await post({ data: [good, { ...good, aid: "wk_nobody" }] })).statusCode).toBe(401);
  for (const broken of ["{", "", "{}", "[]", '{"data":7}']) expect((await post(broken)).statusCode).toBe(400);
  expect(await own(id)).toEqual([]);
  const answer = await post({
    data: [
      good,
      { e: "ue", aid: writeKey, uid: "u", ue_px: "!" },
      { e: "pv", aid: writeKey },
      { aid: writeKey, uid: "u" },
    ],
  });
  expect(answer.json()).toMatchObject({
    accepted: 1,
    rejected: [{ code: "event.no_name" }, { code: "event.no_id" }, { code: "event.no_name" }],
  });
  expect((await own(id)).map((event) => event.name)).toEqual(["Good"]);
});

describe("in our words", () => {
  const ours = "iglu:com.snowplowanalytics.snowplow";
  const told = (name: string, data: object, entities: [string, object][] = []) => ({
    e: "ue",
    uid: "u",
    ue_pr: JSON.stringify({ schema: "x", data: { schema: `${ours}${name}/jsonschema/1-0-0`, data } }),
    co: JSON.stringify({
      schema: "x",
      data: entities.map(([entity, of]) => ({ schema: `${ours}${entity}/jsonschema/1-0-0`, data: of })),
    }),
  });
  const product: [string, object] = [".ecommerce/product", { id: "a", name: "Tea", price: 1 }];
  const action = ".ecommerce/snowplow_ecommerce_action";

  test.each<[string, object, object]>([
    [
      "a product",
      told(action, { type: "product_view" }, [product]),
      { event: "Product Viewed", properties: { product_id: "a", price: 1 } },
    ],
    [
      "an order",
      told(action, { type: "transaction" }, [
        product,
        [".ecommerce/transaction", { transaction_id: "o", revenue: 5, currency: "EUR" }],
      ]),
      {
        event: "Order Completed",
        properties: { order_id: "o", revenue: 5, products: [{ product_id: "a" }] },
      },
    ],
    [
      "a refund",
      told(action, { type: "refund" }, [[".ecommerce/refund", { transaction_id: "o", refund_amount: 5 }]]),
      { event: "Order Refunded", properties: { order_id: "o", revenue: 5 } },
    ],
    [
      "a search",
      told("/site_search", { terms: ["green", "tea"] }),
      { event: "Products Searched", properties: { query: "green tea" } },
    ],
    [
      "into the cart",
      told("/add_to_cart", { sku: "a", quantity: 2, unitPrice: 3 }),
      { event: "Product Added", properties: { product_id: "a", price: 3, quantity: 2 } },
    ],
    ["a screen", told("/screen_view", { name: "Home" }), { type: "screen", name: "Home" }],
    [
      "a yes to scopes",
      told("/consent_preferences", { eventType: "allow_selected", consentScopes: ["Analytics"] }),
      { event: "Consent Granted", context: { consent: { categoryPreferences: { Analytics: true } } } },
    ],
    [
      "a no to all",
      told("/consent_preferences", { eventType: "deny_all", consentScopes: [] }),
      {
        event: "Consent Withdrawn",
        context: { consent: { categoryPreferences: { measure: false, personalise: false, contact: false } } },
      },
    ],
    [
      "an old no",
      told("/consent_withdrawn", { all: false }, [["/consent_document", { id: "ads" }]]),
      { context: { consent: { categoryPreferences: { ads: false } } } },
    ],
    ["reading on", { e: "pp", duid: "d" }, { event: "Page Pinged", anonymousId: "d" }],
  ])("%s", (_name, event, call) => {
    expect(callsOf([event])[0]).toMatchObject(call);
  });
});
