import { createHmac } from "node:crypto";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../../test/harness.ts";

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden();
});

const secret = "shpss_secret";
const signed = (body: string) => createHmac("sha256", secret).update(body).digest("base64");

async function webhook(provider: string, secretGiven: string | undefined = secret) {
  const { status, body } = await garden.api("POST", "/api/webhooks", {
    name: `${provider} ${Math.random()}`,
    provider,
    ...(secretGiven === "" ? {} : { secret: secretGiven }),
  });
  expect(status).toBe(201);
  const path = new URL(body.address).pathname;
  const send = async (sent: unknown, headers: Record<string, string>) => {
    const payload = typeof sent === "string" ? sent : JSON.stringify(sent);
    const answer = await garden.app.http.inject({
      method: "POST",
      url: path,
      headers: { "content-type": "application/json", ...headers },
      payload,
    });
    return { status: answer.statusCode, body: answer.json() };
  };
  const fromShopify = (topic: string, id: string, sent: unknown, signature = signed(JSON.stringify(sent))) =>
    send(sent, {
      "x-shopify-topic": topic,
      "x-shopify-webhook-id": id,
      "x-shopify-hmac-sha256": signature,
    });
  return { id: body.id as string, path, send, fromShopify, shown: body };
}

const Stored = z.object({
  name: z.string(),
  minor: z.number().nullable(),
  currency: z.string(),
  order: z.string(),
  at: z.string(),
  customer: z.number(),
});
const stored = (name: string, order: string) =>
  garden.ctx.events.query(
    Stored,
    { name, order },
    `select name, amount_minor as minor, currency, toString(properties.order_id) as order, toString(happened_at) as at,
      customer_id as customer from events where name = {name:String} and toString(properties.order_id) = {order:String}`,
  );

/** As Shopify writes an order, as far as it matters here. */
const order = (id: number, email: string) => ({
  id,
  order_number: 1001,
  email,
  created_at: "2026-05-14T11:30:00+02:00",
  processed_at: "2026-05-14T11:30:00+02:00",
  currency: "EUR",
  total_price: "59.80",
  total_tax: "9.55",
  customer: { id: id * 10, email, first_name: "Ada", last_name: "Lovelace", phone: null },
  line_items: [{ product_id: 77, sku: "tea-1", title: "Green tea", price: "29.90", quantity: 2 }],
});

describe("a shop tells of its orders", () => {
  test("an order becomes one event of its customer, however often it is told", async () => {
    const shop = await webhook("shopify");
    const told = order(4501, "ada@example.com");
    expect((await shop.fromShopify("orders/create", "d-1", told)).status).toBe(200);
    expect((await shop.fromShopify("orders/create", "d-1", told)).status).toBe(200);
    await garden.drained();
    expect(await stored("Order Completed", "4501")).toMatchObject([
      { minor: 5980, currency: "EUR", at: "2026-05-14 09:30:00.000" },
    ]);
    const [customer] = (await garden.api("GET", "/api/customers?search=ada@example.com")).body.items;
    expect(customer).toMatchObject({ name: "Ada Lovelace", orders: 1, valueMinor: 5980 });
  });

  test("the shop's word and the page's for one order are one order", async () => {
    const shop = await webhook("shopify");
    const page = await garden.source("browser");
    await garden.send(page.writeKey, "/v1/track", {
      event: "Order Completed",
      userId: "grace",
      anonymousId: "grace-phone",
      properties: { order_id: "4502", revenue: 59.8, currency: "EUR" },
      context: { consent: { categoryPreferences: { measure: true } } },
    });
    const server = await garden.source("server");
    await garden.send(server.writeKey, "/v1/identify", {
      userId: "grace",
      traits: { email: "grace@example.com" },
    });
    await garden.drained();
    await shop.fromShopify("orders/create", "d-2", order(4502, "grace@example.com"));
    await garden.drained();
    expect(await stored("Order Completed", "4502")).toHaveLength(1);
  });

  test("a refund that names nobody is its order's customer's", async () => {
    const shop = await webhook("shopify");
    await shop.fromShopify("orders/create", "d-3", order(4503, "mary@example.com"));
    await garden.drained();
    const refund = {
      id: 9,
      order_id: 4503,
      created_at: "2026-05-20T10:00:00Z",
      transactions: [
        { amount: "9.90", currency: "EUR" },
        { amount: "10.00", currency: "EUR" },
      ],
    };
    expect((await shop.fromShopify("refunds/create", "d-4", refund)).status).toBe(200);
    await garden.drained();
    const [paid] = await stored("Order Completed", "4503");
    expect(await stored("Order Refunded", "4503")).toMatchObject([
      { minor: -1990, customer: paid!.customer },
    ]);
  });
});

describe("who sends must prove it", () => {
  test("a wrong or missing signature is 401, stores nothing, and is shown", async () => {
    const shop = await webhook("shopify");
    const told = order(4510, "eve@example.com");
    const wrong = await shop.fromShopify("orders/create", "d-5", told, signed("something else"));
    expect(wrong).toMatchObject({ status: 401, body: { error: { code: "webhook.signature_wrong" } } });
    expect((await shop.send(told, {})).body.error.code).toBe("webhook.signature_missing");
    const { body } = await garden.api("GET", "/api/events/rejected");
    const codes = body.items.filter((one: { source: string }) => one.source === shop.shown.name);
    expect(codes.map((one: { code: string }) => one.code).sort()).toEqual([
      "webhook.signature_missing",
      "webhook.signature_wrong",
    ]);
    await garden.drained();
    expect(await stored("Order Completed", "4510")).toEqual([]);
  });

  test("the raw bytes are signed, not what they mean", async () => {
    const shop = await webhook("shopify");
    const text = `{ "id": 4511,  "currency":"EUR", "total_price": "1.00", "email": "b@example.com" }`;
    const headers = { "x-shopify-topic": "orders/create", "x-shopify-hmac-sha256": signed(text) };
    expect((await shop.send(text, headers)).status).toBe(200);
    expect((await shop.send(JSON.stringify(JSON.parse(text)), headers)).status).toBe(401);
  });

  test("without a secret nothing is taken, and an unknown address is none", async () => {
    const shop = await webhook("shopify", "");
    const { body } = await shop.fromShopify("orders/create", "d", order(1, "a@example.com"));
    expect(body.error.code).toBe("webhook.secret_missing");
    const answer = await garden.app.http.inject({
      method: "POST",
      url: "/v1/webhooks/wh_guess",
      payload: "{}",
    });
    expect(answer.statusCode).toBe(404);
  });

  test("the address is no write key", async () => {
    const shop = await webhook("shopify");
    const key = shop.path.split("/").at(-1)!;
    const { status } = await garden.send(key, "/v1/track", { event: "Forged", userId: "eve" });
    expect(status).toBe(401);
  });

  test("a secret goes in and never comes out", async () => {
    const shop = await webhook("shopify", "a-very-secret-word");
    const url = `/api/webhooks/${shop.id}`;
    const put = await garden.api("PUT", `${url}/signature`, {
      signature: { scheme: "header", header: "X-Key" },
      secret: "another-secret-word",
    });
    expect(put.body).toMatchObject({ hasSecret: true, signature: { scheme: "header", header: "x-key" } });
    const all = [
      put,
      await garden.api("GET", url),
      await garden.api("GET", "/api/audit"),
      await garden.api("GET", "/api/sources"),
    ];
    for (const { body } of all) expect(JSON.stringify(body)).not.toContain("secret-word");
    expect((await shop.send({ a: 1 }, { "x-key": "another-secret-word" })).status).toBe(202);
  });
});

describe("what has no mapping yet is not lost", () => {
  test("it is kept, looked at, mapped and made into events", async () => {
    const hook = await webhook("custom", "");
    await garden.api("PUT", `/api/webhooks/${hook.id}/signature`, {
      signature: { scheme: "basic", user: "till" },
      secret: "drawer",
    });
    const authorization = `Basic ${Buffer.from("till:drawer").toString("base64")}`;
    const sale = (no: number) => ({
      no,
      who: { mail: "joan@example.com" },
      cents: 1999,
      when: 1_780_000_000,
    });
    for (const no of [1, 2, 2]) expect((await hook.send(sale(no), { authorization })).status).toBe(202);
    const url = `/api/webhooks/${hook.id}`;
    expect((await garden.api("GET", url)).body).toMatchObject({ waiting: 3, failed: 0 });

    const rule = {
      makes: "event",
      event: "Order Completed",
      when: [{ value: "$.no", is: "given" }],
      person: { email: "$.who.mail" },
      time: "$.when | unix",
      amount: "$.cents | minor",
      currency: '"EUR"',
      properties: { order_id: "$.no" },
    };
    const seen = await garden.api("POST", `${url}/preview`, { rules: [rule] });
    expect(seen.body.items[0].made).toMatchObject([
      {
        rule: 0,
        problems: [],
        fault: null,
        calls: [{ type: "identify" }, { properties: { revenue: 19.99, order_id: 2 } }],
      },
    ]);
    expect((await garden.api("PUT", `${url}/rules`, { rules: [rule] })).status).toBe(200);
    expect((await garden.api("POST", `${url}/replay`)).body).toEqual({
      deliveries: 3,
      events: 6,
      waiting: 0,
    });
    expect((await garden.api("POST", `${url}/replay`)).body).toMatchObject({ deliveries: 0, events: 0 });
    await garden.drained();
    const [customer] = (await garden.api("GET", "/api/customers?search=joan@example.com")).body.items;
    expect(customer).toMatchObject({ orders: 2, valueMinor: 3998 });
  });

  test("only the last twenty are kept, and none longer than a week", async () => {
    const hook = await webhook("custom", "");
    await garden.api("PUT", `/api/webhooks/${hook.id}/signature`, { signature: { scheme: "none" } });
    for (let no = 0; no < 23; no++) await hook.send({ no }, {});
    const url = `/api/webhooks/${hook.id}/examples`;
    const items = (await garden.api("GET", url)).body.items;
    expect(items.map((one: { body: { no: number } }) => one.body.no)).toEqual(
      Array.from({ length: 20 }, (_, at) => 22 - at),
    );
    const { forgetOld } = await import("../rejections.ts");
    await forgetOld(garden.ctx.pool, new Date(Date.now() + 8 * 86_400_000));
    expect((await garden.api("GET", url)).body.items).toEqual([]);
  });

  test("what a rule cannot make an event of is kept with the reason, and made one later", async () => {
    const shop = await webhook("shopify");
    const broken = { ...order(4520, "kit@example.com"), total_price: "a lot" };
    const answer = await shop.fromShopify("orders/create", "d-9", broken);
    expect(answer.status).toBe(202);
    expect(answer.body.rejected[0]).toMatchObject({ code: "webhook.value_unusable" });
    const url = `/api/webhooks/${shop.id}`;
    const { rules, failed } = (await garden.api("GET", url)).body;
    expect(failed).toBe(1);
    const repaired = rules.map((rule: { amount: string }) => ({ ...rule, amount: rule.amount && "59.8" }));
    await garden.api("PUT", `${url}/rules`, {
      rules: repaired,
      deliveryId: 'header("x-shopify-webhook-id")',
    });
    expect((await garden.api("POST", `${url}/replay`)).body).toMatchObject({ deliveries: 1, waiting: 0 });
    await garden.drained();
    expect(await stored("Order Completed", "4520")).toMatchObject([{ minor: 5980 }]);
  });

  test("whoever may not see customers sees the shape of an example, and no value", async () => {
    const hook = await webhook("custom", "");
    await garden.api("PUT", `/api/webhooks/${hook.id}/signature`, { signature: { scheme: "none" } });
    await hook.send({ mail: "secret@example.com", list: [{ n: 1 }] }, {});
    const { createToken } = await import("../../../garden/index.ts");
    const { token } = await createToken(garden.ctx, { name: "reader", scopes: ["data:read"] });
    const answer = await garden.app.http.inject({
      url: `/api/webhooks/${hook.id}/examples`,
      headers: { authorization: `Bearer ${token}` },
    });
    expect(answer.json()).toMatchObject({
      masked: true,
      items: [{ body: { mail: "•••", list: [{ n: "•••" }] } }],
    });
  });

  test("a rule that cannot be read is refused with its place", async () => {
    const hook = await webhook("custom", "");
    const rule = { makes: "event", event: "X", person: {}, amount: "$.a | cents" };
    const { status, body } = await garden.api("PUT", `/api/webhooks/${hook.id}/rules`, { rules: [rule] });
    expect(status).toBe(400);
    expect(body.error).toMatchObject({
      code: "webhook.bad_rule",
      details: { rule: 1, field: "amount", at: 11 },
    });
  });
});

test("a body that is too deep, too large or no JSON is refused and not kept", async () => {
  const hook = await webhook("custom", "");
  await garden.api("PUT", `/api/webhooks/${hook.id}/signature`, { signature: { scheme: "none" } });
  const deep = `${"[".repeat(200)}${"]".repeat(200)}`;
  expect((await hook.send(`{"a":${deep}}`, {})).body.error.code).toBe("body.too_deep");
  expect((await hook.send(`{"a":`, {})).body.error.code).toBe("body.bad_json");
  expect((await hook.send(JSON.stringify({ a: "x".repeat(1_200_000) }), {})).status).toBe(413);
  expect((await hook.send(`{"a":"\\u0000\\ud800","__proto__":{"b":1}}`, {})).status).toBe(202);
  expect((await garden.api("GET", `/api/webhooks/${hook.id}/examples`)).body.items).toHaveLength(1);
});
