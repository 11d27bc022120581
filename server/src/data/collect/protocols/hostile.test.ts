import fc from "fast-check";
import { expect, test, vi } from "vitest";
import { faultOf } from "../check.ts";
import { bodiesOf } from "../webhooks/accept.ts";
import { masked } from "../webhooks/look.ts";
import { faultOfExpression, type Rule } from "../webhooks/rules.ts";
import { Signature, verify } from "../webhooks/schemes.ts";
import { deliveryIdOf, translate } from "../webhooks/translate.ts";
import { faultsOf, callsOf as ofGa4 } from "./ga4.ts";
import { callsOf as ofMatomo } from "./matomo.ts";
import { callOf as ofPixel } from "./pixel.ts";
import { callsOf as ofPosthog } from "./posthog.ts";
import { preferencesOfRudder } from "./rudder-consent.ts";
import { callsOf as ofSnowplow } from "./snowplow.ts";

/** Whatever comes is made into calls, which the check then takes or refuses: nothing throws, and nothing leaks. */
const now = new Date("2026-05-14T09:30:00Z");

/** Words that these protocols use, and others that mean something to JavaScript. */
const name = fc.constantFrom(
  ..."event events name params items data e eid uid duid aid tr_id ti_id ue_pr ue_px co cx schema type tr ti ue".split(
    " ",
  ),
  ..."batch properties distinct_id uuid timestamp offset sent_at $set $set_once $groups $time $lib alias".split(
    " ",
  ),
  ..."user_properties value client_id user_id timestamp_micros consent transaction_id analytics_storage".split(
    " ",
  ),
  ..."rec idgoal ec_id ec_items cvar _cvar _pks cdt uid _id e_c e_a url rand ping cip dimension1".split(" "),
  ..."consentManagement allowedConsentIds __proto__ constructor toString hasOwnProperty".split(" "),
);
const text = fc.oneof(
  fc.string({ maxLength: 12 }),
  name,
  fc.constantFrom(
    "1",
    "0",
    "tr",
    "ti",
    "ue",
    "purchase",
    "view_item",
    "$identify",
    "$pageview",
    "$create_alias",
    "GRANTED",
    "2026-05-14 09:30:00",
    "9e99",
    "[[1,[],{},null]]",
    '{"1":["a","b"]}',
    '{"schema":"iglu:a/b/jsonschema/1-0-0","data":{"schema":"iglu:com.snowplowanalytics.snowplow/link_click/jsonschema/1","data":[]}}',
  ),
);
const odd = fc.letrec((tie) => ({
  value: fc.oneof(
    { maxDepth: 5 },
    text,
    fc.double(),
    fc.boolean(),
    fc.constant(null),
    fc.array(tie("value"), { maxLength: 4 }),
    tie("object"),
  ),
  // As it comes out of JSON: `__proto__` is a name like others there.
  object: fc.array(fc.tuple(name, tie("value")), { maxLength: 7 }).map((pairs) => Object.fromEntries(pairs)),
})) as { value: fc.Arbitrary<unknown>; object: fc.Arbitrary<Record<string, unknown>> };

const judged = (calls: readonly unknown[]) => {
  for (const call of calls) {
    faultOf(call, undefined, () => 0, now);
    JSON.stringify(call);
  }
};
/** Inputs of each test: a few with every change, as many as `npm run fuzz` says in its long form. */
const runs = { numRuns: Number(process.env.RONDELL_FUZZ_RUNS ?? 2_000) };
vi.setConfig({ testTimeout: Math.max(240_000, runs.numRuns * 20) });
const holds = <T>(arbitrary: fc.Arbitrary<T>, check: (value: T) => void) =>
  fc.assert(
    fc.property(arbitrary, (value) => {
      check(value);
      expect(Object.keys(Object.prototype)).toEqual([]);
      expect(({} as Record<string, unknown>).event).toBeUndefined();
    }),
    runs,
  );

test("PostHog", () => holds(odd.value, (body) => judged(ofPosthog(body, {}))));
test("Google Analytics 4", () =>
  holds(odd.object, (body) => {
    judged(ofGa4(body).map(({ call }) => call));
    faultsOf(body, now);
  }));
test("Snowplow", () => holds(fc.array(odd.value, { maxLength: 5 }), (events) => judged(ofSnowplow(events))));
test("Matomo", () =>
  holds(fc.array(fc.tuple(name, text), { maxLength: 10 }), (pairs) =>
    judged(ofMatomo({ ...Object.fromEntries(pairs), rec: "1" }, { writer: { trusted: true }, now })),
  ));
test("an image", () => holds(odd.object, (told) => judged([ofPixel(told, {})])));
test("RudderStack's consent", () => holds(odd.object, (context) => preferencesOfRudder(context)));

/** Paths as rules write them: to what is there, to everything, and into names with a meaning. */
const expression = fc
  .oneof(
    fc.constantFrom(
      "",
      "$",
      "$.__proto__.event",
      "$.constructor.name",
      "$.items[*].value",
      "$.data[0].data",
      "'x'",
    ),
    fc.tuple(name, name).map(([outer, inner]) => `$.${outer}.${inner}`),
    name.map((one) => `$.${one}`),
  )
  .filter((text) => !faultOfExpression(text));
const named = fc
  .array(fc.tuple(name, expression), { maxLength: 4 })
  .map((pairs) => Object.fromEntries(pairs.filter(([key]) => key !== "__proto__")));
const rule: fc.Arbitrary<Rule> = fc.record({
  makes: fc.constantFrom("event", "person"),
  event: fc.constantFrom("Bought", "__proto__", "x\0y", ""),
  when: fc.array(
    fc.record({
      value: expression,
      is: fc.constantFrom("equal", "one_of", "contains", "given", "not_given"),
      to: text,
    }),
    { maxLength: 1 },
  ),
  person: fc.record({
    userId: expression,
    email: expression,
    phone: expression,
    externalId: expression,
    traits: named,
  }),
  consents: named,
  ...{ time: expression, amount: expression, currency: expression, properties: named },
  products: fc.option(fc.record({ list: expression, fields: named })),
});

test("webhooks, whatever comes and whatever the rules say", () =>
  holds(
    fc.tuple(odd.value, fc.array(rule, { minLength: 1, maxLength: 3 }), fc.dictionary(text, text)),
    ([body, rules, headers]) => {
      for (const one of bodiesOf(body)) {
        deliveryIdOf({ body: one, headers }, "$.data.uid");
        const made = translate({ body: one, headers }, "d", rules, { system: "shop", salt: "s" });
        judged(made.flatMap(({ calls }) => calls));
        masked(one);
      }
    },
  ));

test("a condition that meets an object asks it nothing", () => {
  const body = { toString: false, kind: { toString: 1, valueOf: 1 } };
  const bought = {
    ...{ makes: "event" as const, event: "Bought", time: "", amount: "", currency: "" },
    person: { userId: "u1", email: "", phone: "", externalId: "", traits: {} },
    ...{ consents: {}, properties: {}, products: null },
  };
  const fits = (value: string, is: "equal" | "not_equal" | "one_of" | "contains" | "given", to: string) =>
    translate({ body, headers: {} }, "d", [{ ...bought, when: [{ value, is, to }] }], {
      system: "shop",
      salt: "s",
    }).length === 1;
  expect(fits("$", "equal", "1")).toBe(false);
  expect(fits("$", "not_equal", "1")).toBe(true);
  expect(fits("$.kind", "one_of", "1,2")).toBe(false);
  expect(fits("$.kind", "contains", "valueOf")).toBe(true);
  expect(fits("$.kind", "given", "")).toBe(true);
  expect(fits("$.toString", "equal", "false")).toBe(true);
});

test("signatures of webhooks are right or wrong, and nothing else", () =>
  holds(
    fc.tuple(
      fc.constantFrom("shopify", "stripe", "zendesk", "typeform", "github", "hmac", "header", "basic"),
      fc.dictionary(
        fc.constantFrom(
          "stripe-signature",
          "x-shopify-hmac-sha256",
          "x-zendesk-webhook-signature",
          "x-zendesk-webhook-signature-timestamp",
          "typeform-signature",
          "x-hub-signature-256",
          "x-sign",
          "authorization",
        ),
        fc.oneof(
          text,
          fc.constantFrom(
            "t=1,v1=zz",
            "t=NaN,v1=",
            "t=1e400",
            "sha256=",
            "sha256=é",
            "Basic !!!",
            "Basic OjpqOg==",
            "2026-02-30T99:99:99Z",
          ),
        ),
      ),
      fc.uint8Array({ maxLength: 20 }),
    ),
    ([scheme, headers, bytes]) => {
      const signature = Signature.parse({ scheme, header: "x-sign", user: "u" });
      expect(verify(signature, "secret", { headers, raw: Buffer.from(bytes), now })).not.toEqual({
        proved: true,
      });
    },
  ));

test("what is too deep to be written down is made into calls like all else", () => {
  const deep = JSON.parse(`${'{"a":'.repeat(50_000)}1${"}".repeat(50_000)}`) as Record<string, unknown>;
  ofPosthog(
    { batch: [{ event: "x", distinct_id: "u", timestamp: deep, uuid: deep, properties: { $set: deep } }] },
    {},
  );
  ofGa4({
    client_id: "c",
    timestamp_micros: 1,
    user_properties: { a: { value: deep } },
    events: [
      { name: "purchase", timestamp_micros: deep, params: { transaction_id: "o", a: deep, items: [deep] } },
    ],
  });
  ofSnowplow([{ e: "ue", eid: deep, dtm: deep, co: deep }]);
  ofPixel({ data: deep, event: deep, x: deep }, {});
});

test("an order that is told again and again takes its lines along once", () => {
  const batch = Array.from({ length: 2_400 }, (_, n) => ({
    e: n % 2 ? "tr" : "ti",
    tr_id: "o",
    ti_id: "o",
    ti_sk: `${n}`,
  }));
  const calls = ofSnowplow(batch) as { properties: { products?: unknown[] } }[];
  expect(calls).toHaveLength(1_200);
  expect(
    calls
      .filter(({ properties }) => properties.products)
      .map(({ properties }) => properties.products!.length),
  ).toEqual([1_200]);
});
