import fc from "fast-check";
import { expect, test } from "vitest";
import { faultOf } from "../check.ts";
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
const runs = { numRuns: 2_000 };
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
