import { expect, test } from "vitest";
import { refuseBadRules } from "../rules.ts";
import { deliveryIdOf, translate } from "../translate.ts";
import { readyMapping, readyMappings } from "./index.ts";

const namespace = { system: "sys", salt: "salt" };
function made(provider: string, body: unknown, headers: Record<string, string> = {}) {
  const { rules, deliveryId } = readyMapping(provider)!;
  const delivery = { body, headers };
  return translate(delivery, deliveryIdOf(delivery, deliveryId), rules, namespace);
}
const track = (results: ReturnType<typeof made>) => {
  const [only] = results;
  expect(results).toHaveLength(1);
  expect(only!.problems.filter((problem) => problem.stops)).toEqual([]);
  return only!.calls.find((call) => call.type === "track")!;
};

test("every ready mapping can be read", () => {
  for (const { rules } of readyMappings) refuseBadRules(rules);
});

test("Stripe: a single purchase, in the smallest unit of its currency", () => {
  const body = {
    id: "evt_1",
    type: "checkout.session.completed",
    created: 1_780_000_000,
    data: {
      object: {
        id: "cs_1",
        mode: "payment",
        amount_total: 2500,
        currency: "jpy",
        customer: "cus_1",
        payment_intent: "pi_1",
        customer_details: { email: "A@example.com", name: "Ada", phone: "+49 30 1234567" },
        metadata: {},
      },
    },
  };
  const results = made("stripe", body);
  expect(track(results)).toMatchObject({
    event: "Order Completed",
    messageId: "evt_1:Order Completed",
    anonymousId: "sys:cus_1",
    timestamp: "2026-05-28T20:26:40.000Z",
    properties: { order_id: "pi_1", revenue: 2500, currency: "jpy" },
  });
  expect(results[0]!.calls[0]).toMatchObject({
    type: "identify",
    traits: { email: "a@example.com", phone: "+49301234567", name: "Ada" },
  });
  // A subscription is told by its invoice.
  body.data.object.mode = "subscription";
  expect(made("stripe", body)).toEqual([]);
});

test("Stripe: of a running sum of refunds only what is new counts", () => {
  const body = {
    id: "evt_2",
    type: "charge.refunded",
    created: 1_780_000_000,
    data: {
      object: {
        id: "ch_1",
        amount_refunded: 1500,
        currency: "eur",
        payment_intent: "pi_1",
        customer: "cus_1",
      },
      previous_attributes: { amount_refunded: 500 },
    },
  };
  expect(track(made("stripe", body)).properties).toMatchObject({
    revenue: 10,
    order_id: "pi_1",
    refund_id: "evt_2",
  });
});

test("Stripe: a paid invoice of a subscription is an order", () => {
  const object = {
    id: "in_1",
    billing_reason: "subscription_cycle",
    amount_paid: 990,
    currency: "eur",
    customer: "cus_1",
    customer_email: "a@example.com",
    status_transitions: { paid_at: 1_780_000_000 },
    lines: { data: [{ description: "Tea box", quantity: 1, price: { product: "prod_1" } }] },
  };
  expect(
    track(made("stripe", { id: "evt_3", type: "invoice.paid", created: 1, data: { object } })),
  ).toMatchObject({
    timestamp: "2026-05-28T20:26:40.000Z",
    properties: {
      order_id: "in_1",
      revenue: 9.9,
      products: [{ product_id: "prod_1", name: "Tea box", quantity: 1 }],
    },
  });
});

test("Zendesk: tickets name a number, users tell whose it is", () => {
  const detail = {
    id: "35436",
    requester_id: "8447388090494",
    priority: "URGENT",
    via: { channel: "web" },
    tags: ["vip"],
  };
  const ticket = {
    id: "z1",
    type: "zen:event-type:ticket.created",
    time: "2026-05-14T10:00:00Z",
    detail,
    event: {},
  };
  expect(track(made("zendesk", ticket))).toMatchObject({
    event: "Ticket Created",
    anonymousId: "sys:8447388090494",
    properties: { ticket_id: "35436", priority: "urgent", tags: ["vip"], channel: "support" },
  });
  const changed = { ...ticket, type: "zen:event-type:ticket.status_changed" };
  expect(track(made("zendesk", { ...changed, event: { current: "SOLVED" } })).event).toBe("Ticket Solved");
  expect(made("zendesk", { ...changed, event: { current: "OPEN" } })).toEqual([]);
  const user = {
    id: "z2",
    type: "zen:event-type:user.created",
    detail: { id: "8447388090494", email: "a@example.com" },
  };
  expect(made("zendesk", user)[0]!.calls).toMatchObject([
    { type: "identify", anonymousId: "sys:8447388090494", traits: { email: "a@example.com" } },
  ]);
});

test("Typeform: the first e-mail names who answered; free text stays out", () => {
  const answers = [
    { type: "text", text: "my private words" },
    { type: "email", email: "a@example.com" },
    { type: "number", number: 9 },
    { type: "choice", choice: { label: "Berlin" } },
  ];
  const form_response = {
    form_id: "f1",
    submitted_at: "2026-05-14T10:00:00Z",
    definition: { title: "Visit" },
    answers,
  };
  const results = made("typeform", { event_id: "t1", event_type: "form_response", form_response });
  expect(track(results)).toMatchObject({
    event: "Form Answered",
    messageId: "t1:Form Answered",
    properties: { form_id: "f1", form: "Visit", score: 9, choices: ["Berlin"] },
  });
  expect(JSON.stringify(results)).not.toContain("private");
});

test("a call centre: one number is one person, and its digits stay out of the id", () => {
  const call = (from: string) => ({
    event: "call.ended",
    call: { id: "c1", from, direction: "inbound", duration: 95 },
  });
  const one = track(made("calls", call("0049 (30) 123-4567")));
  expect(one).toMatchObject({
    event: "Call Ended",
    properties: { duration_seconds: 95, channel: "hotline" },
  });
  expect(track(made("calls", call("+49301234567"))).anonymousId).toBe(one.anonymousId);
  expect(one.anonymousId).not.toContain("1234567");
});

test("who is not named is a visitor of this delivery alone", () => {
  const shop = (id: string) =>
    track(
      made(
        "shopify",
        { id: 1, total_price: "1", currency: "EUR" },
        { "x-shopify-topic": "orders/create", "x-shopify-webhook-id": id },
      ),
    );
  expect(shop("a").anonymousId).toBe(shop("a").anonymousId);
  expect(shop("a").anonymousId).not.toBe(shop("b").anonymousId);
});
