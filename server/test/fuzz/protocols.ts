import fc from "fast-check";
import { oddNumber, oddText, oddValue } from "./corpus.ts";

/** What a client of some protocol says: in the address, in the body, or in both. */
export interface Talk {
  query: [name: string, value: unknown][];
  body: { value: unknown } | undefined;
}

/** Mostly what a client says there, else anything at all. */
const mostly = <T>(usual: fc.Arbitrary<T>, odd: fc.Arbitrary<unknown> = oddText): fc.Arbitrary<unknown> =>
  fc.oneof({ weight: 5, arbitrary: usual }, { weight: 1, arbitrary: odd });
const some = (fields: Record<string, fc.Arbitrary<unknown>>, requiredKeys: string[] = []) =>
  fc.record(fields, { requiredKeys }) as fc.Arbitrary<Record<string, unknown>>;

const person = mostly(fc.constantFrom("u1", "u2", "fuzz"));
const browser = mostly(fc.constantFrom("a1", "a2", "7b7bf91197d4d358"));
const time = mostly(
  fc.constantFrom("2026-05-14T09:30:00Z", "1999-12-31", "9999-01-01T00:00:00Z", 1_780_000_000_000, "soon"),
  oddValue,
);
const event = mostly(fc.constantFrom("Order Completed", "Product Viewed", "Tea Tasted", "$identify"));
const page = mostly(fc.constantFrom("https://shop.example/tea?utm_source=a", "https://[::bad", "x:y", "/"));
const money = mostly(fc.constantFrom(19.9, "19.90", -3), fc.oneof(oddNumber, oddText));
const currency = mostly(fc.constantFrom("EUR", "USD", "JPY", "ZZZ"));
const objects = mostly(fc.dictionary(oddText, oddValue, { maxKeys: 4 }), oddValue);
const products = mostly(
  fc.array(some({ product_id: oddText, name: oddText, price: money, quantity: oddNumber }), { maxLength: 3 }),
  oddValue,
);

const call = some(
  {
    type: fc.constantFrom("track", "identify", "page", "screen", "group", "alias"),
    event,
    userId: person,
    anonymousId: browser,
    previousId: browser,
    groupId: mostly(fc.constantFrom("acme")),
    messageId: mostly(fc.string()),
    timestamp: time,
    sentAt: time,
    traits: objects,
    properties: mostly(some({ order_id: oddText, revenue: money, currency, products, url: page }), objects),
    context: mostly(
      some({ page: objects, campaign: objects, userAgent: oddText, ip: oddText, consent: objects }),
      oddValue,
    ),
  },
  ["type", "userId", "anonymousId", "event", "groupId", "previousId"],
);
const batch = fc.array(mostly(call, oddValue), { minLength: 1, maxLength: 5 });

const posthog = (key: string) => {
  const one = some(
    {
      event,
      distinct_id: person,
      uuid: mostly(fc.uuid()),
      timestamp: time,
      properties: mostly(
        some({ $current_url: page, $set: objects, $set_once: objects, token: fc.constant(key) }),
        objects,
      ),
      $set: objects,
    },
    ["event", "distinct_id"],
  );
  return fc.oneof(
    some(
      { api_key: fc.constant(key), batch: fc.array(mostly(one, oddValue), { maxLength: 4 }), sent_at: time },
      [...["api_key", "batch"]],
    ),
    fc.tuple(one, fc.constantFrom("api_key", "token")).map(([told, name]) => ({ ...told, [name]: key })),
    fc.array(one, { maxLength: 3 }).map((events) => events.map((told) => ({ ...told, api_key: key }))),
  );
};

const encoded = (value: unknown) => Buffer.from(JSON.stringify(value) ?? "").toString("base64url");
const selfDescribing = mostly(
  objects.map((data) => ({
    schema: "iglu:com.snowplowanalytics.snowplow/unstruct_event/jsonschema/1-0-0",
    data: { schema: "iglu:com.acme/tea_tasted/jsonschema/1-0-0", data },
  })),
  oddValue,
);
const snowplow = (key: string) =>
  some(
    {
      e: mostly(fc.constantFrom("pv", "pp", "se", "ue", "tr", "ti")),
      aid: fc.constant(key),
      eid: mostly(fc.uuid()),
      uid: person,
      duid: browser,
      dtm: mostly(fc.constantFrom("1780000000000", "-1", "1e400")),
      url: page,
      ue_px: selfDescribing.map(encoded),
      cx: selfDescribing.map(encoded),
      tr_id: oddText,
      ti_id: oddText,
      tr_tt: money.map(String),
      tr_cu: currency,
      se_ca: oddText,
      se_va: oddText,
    },
    ["e", "aid", "uid", "duid"],
  );

const matomo = (key: string) =>
  some(
    {
      idsite: fc.constant(key),
      rec: fc.constant("1"),
      rand: fc.nat().map(String),
      _id: browser,
      uid: person,
      url: page,
      urlref: page,
      action_name: oddText,
      idgoal: mostly(fc.constantFrom("0", "1")),
      ec_id: oddText,
      revenue: money.map(String),
      ec_items: mostly(fc.constant('[["sku","Cup",["a","b"],9.95,2]]')),
      cvar: mostly(fc.constant('{"1":["a","b"]}')),
      e_c: oddText,
      e_a: oddText,
      e_v: oddText,
      cdt: mostly(fc.constantFrom("2026-05-14 09:30:00", "1780000000")),
      cip: oddText,
      search: oddText,
    },
    ["idsite", "rec", "_id"],
  );

const measured = some(
  {
    client_id: browser,
    user_id: person,
    timestamp_micros: mostly(fc.constantFrom(1_780_000_000_000_000, "1780000000000000"), oddValue),
    user_properties: objects,
    consent: objects,
    events: fc.array(
      some(
        {
          name: mostly(fc.constantFrom("purchase", "page_view", "view_item", "refund")),
          params: mostly(some({ transaction_id: oddText, value: money, currency, items: products }), objects),
        },
        ["name"],
      ),
      { minLength: 1, maxLength: 3 },
    ),
  },
  ["client_id", "events"],
);

const pixel = (key: string) =>
  some(
    {
      writeKey: fc.constant(key),
      event,
      userId: person,
      anonymousId: browser,
      messageId: oddText,
      timestamp: time.map(String),
      revenue: money.map(String),
      consent: oddText,
      data: mostly(objects.map(encoded)),
    },
    ["writeKey", "event", "anonymousId"],
  );

const inBody = (values: fc.Arbitrary<unknown>) =>
  values.map((value): Talk => ({ query: [], body: { value } }));
const inAddress = (values: fc.Arbitrary<Record<string, unknown>>) =>
  values.map((value): Talk => ({ query: Object.entries(value), body: undefined }));

/** What the clients of a route say to it; undefined where the route's document says that itself. */
export function talkOf(method: string, url: string, key: string): fc.Arbitrary<Talk> | undefined {
  const path = url.replace(/\/$/, "");
  if (/^\/(v1|beacon\/v1|api\/public\/apps)\/(batch|b)$/.test(path))
    return inBody(some({ batch, sentAt: time }, ["batch"]));
  if (
    /^\/(v1|api\/public\/apps|api\/s|api\/s\/s2s)\/(identify|track|page|screen|group|alias|[itpsga])$/.test(
      path,
    )
  )
    return inBody(call);
  if (/^\/(batch|e|i\/v0\/e|capture|flags|decide)$/.test(path))
    return method === "GET"
      ? inAddress(posthog(key).map((told) => ({ data: encoded(told) })))
      : inBody(posthog(key));
  if (path.endsWith("/tp2"))
    return inBody(
      fc.array(snowplow(key), { minLength: 1, maxLength: 4 }).map((data) => ({
        schema: "iglu:com.snowplowanalytics.snowplow/payload_data/jsonschema/1-0-4",
        data,
      })),
    );
  if (path === "/i") return inAddress(snowplow(key));
  if (path.startsWith("/v1/pixel")) return inAddress(pixel(key));
  if (path.endsWith("/mp/collect"))
    return measured.map((value): Talk => ({ query: [["api_secret", key]], body: { value } }));
  if (/^\/(matomo|piwik)\.php$/.test(path)) {
    if (method === "GET") return inAddress(matomo(key));
    const bulk = fc.array(
      matomo(key).map((told) => `?${new URLSearchParams(told as Record<string, string>)}`),
      { maxLength: 4 },
    );
    return fc.oneof(inAddress(matomo(key)), inBody(bulk.map((requests) => ({ requests }))));
  }
  return undefined;
}
