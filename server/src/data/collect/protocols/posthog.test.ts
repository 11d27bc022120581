import { gzipSync } from "node:zlib";
import { PostHog } from "posthog-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../../test/harness.ts";
import type { Json } from "../model.ts";
import { callsOf } from "./posthog.ts";
import { listening, oddText, openLine, stored, until } from "./testing.ts";

let garden: TestGarden;
let line: Awaited<ReturnType<typeof openLine>>;
beforeAll(async () => {
  garden = await openGarden();
  line = await openLine(await listening(garden));
});
afterAll(() => line.close());

const past = new Date("2024-01-02T03:04:05.678Z");
const own = async (id: number) => (await stored(garden)).filter((event) => event.source === id);

describe("PostHog's client for Node", () => {
  test.each([
    ["answers 503 and 429, and loses one", [503, 429, "lost"] as const],
    ["loses the first answer, and delivers the next request twice", ["lost", "twice"] as const],
  ])("over a line that %s: each event once, at its own time, in its own words", async (fault, faults) => {
    const { id, writeKey } = await garden.source("server");
    line.breaks(...faults);
    const client = new PostHog(writeKey, {
      host: line.url,
      flushAt: 20,
      flushInterval: 200,
      fetchRetryDelay: 200,
      disableGeoip: true,
    });
    const distinctId = `u ${fault}`;
    const timestamp = past;
    client.capture({
      distinctId,
      event: "$pageview",
      timestamp,
      properties: {
        $current_url: "https://shop.example/tea?utm_source=google&utm_medium=cpc",
        title: oddText,
      },
    });
    client.identify({ distinctId, properties: { email: "anna@example.com", city: oddText } });
    client.capture({
      distinctId,
      event: "Order Completed",
      timestamp,
      properties: { order_id: `p-${id}`, revenue: 19.9, currency: "EUR", note: oddText },
    });
    client.alias({ distinctId, alias: `older ${fault}` });
    client.groupIdentify({
      groupType: "company",
      groupKey: "acme",
      properties: { name: "ACME" },
      distinctId,
    });
    client.capture({ distinctId: `older ${fault}`, event: "Product Viewed", timestamp });
    await client.flush().catch(() => {});
    await until(async () => (await own(id)).length >= 6);
    await client.shutdown();
    const events = await own(id);
    expect(events.map((event) => event.name)).toEqual([
      "Customer Aliased",
      "Customer Identified",
      "Group Joined",
      "Order Completed",
      "Page Viewed",
      "Product Viewed",
    ]);
    for (const at of [3, 4, 5]) expect(events[at]!.at).toBe(past.toISOString());
    expect(events[3]!.properties).toMatchObject({ order_id: `p-${id}`, revenue: 19.9, note: oddText });
    expect(events[4]!.properties).toMatchObject({ path: "/tea", title: oddText });
    expect(line.seen.map(({ status }) => status)).toEqual(expect.arrayContaining([faults[0]]));
    expect(line.seen.filter(({ path }) => path !== "/batch/")).toEqual([]);
  });

  test("hears that there are no flags", async () => {
    const { writeKey } = await garden.source("server");
    line.breaks();
    const client = new PostHog(writeKey, { host: line.url, disableGeoip: true });
    expect(await client.getAllFlags("u1")).toEqual({});
    expect(await client.isFeatureEnabled("new", "u1", { sendFeatureFlagEvents: false })).toBeFalsy();
    await client.shutdown();
    expect(line.seen.map(({ path, status }) => `${path} ${status}`)).toContain("/flags/?v=2 200");
  });
});

describe("PostHog's client in pages", () => {
  const events = (writeKey: string, name: string) => ({
    api_key: writeKey,
    batch: [
      {
        uuid: `${name}-1`,
        event: "$pageview",
        properties: { distinct_id: name, $device_id: name, $lib: "web", title: oddText },
      },
      {
        uuid: `${name}-2`,
        event: "$identify",
        properties: { distinct_id: `user ${name}`, $anon_distinct_id: name, $device_id: name, $lib: "web" },
        $set: { city: oddText },
      },
      {
        uuid: `${name}-3`,
        event: "Order Completed",
        timestamp: past.toISOString(),
        properties: {
          distinct_id: `user ${name}`,
          $user_id: `user ${name}`,
          $device_id: name,
          $lib: "web",
          order_id: name,
          note: oddText,
        },
      },
    ],
  });
  const base64 = (body: object) => Buffer.from(JSON.stringify(body)).toString("base64");
  const encodings: [string, string, (body: object) => string | Buffer, string][] = [
    ["gzip that calls itself text", "/e/?ip=0&_=1", (body) => gzipSync(JSON.stringify(body)), "text/plain"],
    [
      "gzip with its parameter",
      "/e/?compression=gzip-js",
      (body) => gzipSync(JSON.stringify(body)),
      "text/plain",
    ],
    ["plain JSON", "/e/", (body) => JSON.stringify(body), "application/json"],
    [
      "a form of base64",
      "/e/?compression=base64",
      (body) => `data=${encodeURIComponent(base64(body))}`,
      "application/x-www-form-urlencoded",
    ],
    ["base64 alone", "/e/?compression=base64", base64, "text/plain"],
    ["a form of JSON", "/e", (body) => `data=${encodeURIComponent(JSON.stringify(body))}`, "text/plain"],
  ];

  test.each(encodings)("is read in every encoding: %s", async (name, url, encode, type) => {
    const { id, writeKey } = await garden.source("server");
    for (let n = 0; n < 2; n++) {
      const answer = await garden.app.http.inject({
        method: "POST",
        url,
        headers: { "content-type": type, origin: "https://shop.example" },
        payload: encode(events(writeKey, name)),
      });
      expect([answer.statusCode, answer.json()]).toMatchObject([200, { status: 1, accepted: 3 }]);
      expect(answer.headers["access-control-allow-origin"]).toBe("https://shop.example");
    }
    const kept = await own(id);
    expect(kept.map((event) => event.name)).toEqual([
      "Customer Identified",
      "Order Completed",
      "Page Viewed",
    ]);
    expect(kept[1]).toMatchObject({ at: past.toISOString(), properties: { note: oddText } });
    // The page before and the order after are one person's.
    expect(new Set(kept.map((event) => event.customerId)).size).toBe(1);
  });

  test("is told of settings, also as a script, and that there is nothing more", async () => {
    const { writeKey } = await garden.source("browser");
    const get = (url: string) => garden.app.http.inject({ url });
    const settings = await get(`/array/${writeKey}/config`);
    expect(settings.json()).toMatchObject({
      sessionRecording: false,
      surveys: false,
      hasFeatureFlags: false,
    });
    const script = await get(`/array/${writeKey}/config.js`);
    const window: { _POSTHOG_REMOTE_CONFIG?: Json } = {};
    new Function("window", script.body)(window);
    expect(window._POSTHOG_REMOTE_CONFIG?.[writeKey]).toEqual({ config: settings.json(), siteApps: [] });
    expect((await get("/array/wk_nobody/config")).statusCode).toBe(404);
    const body = JSON.stringify({ token: writeKey, distinct_id: "x" });
    for (const path of ["/flags/?v=2", "/decide/?v=3"])
      for (const payload of [body, gzipSync(body)]) {
        const answer = await garden.app.http.inject({
          method: "POST",
          url: path,
          payload,
          headers: { "content-type": "text/plain" },
        });
        expect(answer.json()).toMatchObject({
          flags: {},
          featureFlags: {},
          errorsWhileComputingFlags: false,
        });
      }
  });
});

test("an unknown key is refused with 401, a broken body with 400, and one bad event loses no other", async () => {
  const { id, writeKey } = await garden.source("server");
  const send = (payload: string, url = "/batch/") =>
    garden.app.http.inject({ method: "POST", url, payload, headers: { "content-type": "application/json" } });
  expect((await send(JSON.stringify({ api_key: "phc_x", batch: [] }))).statusCode).toBe(401);
  expect((await send(JSON.stringify({ token: "phc_x" }), "/flags/")).statusCode).toBe(401);
  for (const broken of ["{", "data=e30", "", "hello"])
    expect((await send(broken)).statusCode).toBeGreaterThanOrEqual(400);
  const batch = [
    { event: "Nobody" },
    7,
    { event: "", distinct_id: "u" },
    { event: "Good", distinct_id: "u" },
  ];
  expect((await send(JSON.stringify({ api_key: writeKey, batch }))).json()).toMatchObject({
    accepted: 1,
    rejected: [{ code: "event.no_id" }, { code: "event.not_an_object" }, { code: "event.no_name" }],
  });
  const deep = `${'{"a":'.repeat(20_000)}1${"}".repeat(20_000)}`;
  const answer = await send(
    `{"api_key":"${writeKey}","batch":[{"event":"Deep","distinct_id":"u","properties":${deep}},{"event":"Flat","distinct_id":"u"}]}`,
  );
  expect(answer.json()).toMatchObject({ accepted: 1, rejected: [{ code: "event.too_deep" }] });
  expect((await own(id)).map((event) => event.name)).toEqual(["Flat", "Good"]);
});

describe("in our words", () => {
  const one = (event: object, outer: object = {}) => callsOf({ ...outer, batch: [event] }, {})[0];

  test.each<[string, object, object]>([
    [
      "a screen",
      { event: "$screen", distinct_id: "u", properties: { $screen_name: "Home" } },
      { type: "screen", name: "Home", userId: "u" },
    ],
    [
      "an alias",
      { event: "$create_alias", distinct_id: "u", properties: { alias: "a" } },
      { type: "alias", previousId: "a", userId: "u" },
    ],
    [
      "a group that a person is in",
      {
        event: "$groupidentify",
        distinct_id: "u",
        properties: { $group_type: "company", $group_key: "acme", $group_set: { name: "ACME" } },
      },
      { type: "group", groupId: "acme", traits: { name: "ACME" } },
    ],
    ["leaving a page", { event: "$pageleave", distinct_id: "u" }, { type: "track", event: "Page Left" }],
    [
      "seconds since 1970",
      { event: "x", distinct_id: "u", properties: { $time: 1_700_000_000.5 } },
      { timestamp: "2023-11-14T22:13:20.500Z" },
    ],
    [
      "an id of its own",
      { event: "x", distinct_id: "u", properties: { $insert_id: "i1" } },
      { messageId: "i1" },
    ],
    [
      "a no",
      { event: "$opt_out", distinct_id: "u" },
      { event: "Consent Withdrawn", context: { consent: { categoryPreferences: { measure: false } } } },
    ],
    ["a visitor", { event: "x", properties: { distinct_id: "v", $device_id: "v" } }, { anonymousId: "v" }],
    [
      "an event without a profile",
      { event: "x", distinct_id: "v", properties: { $process_person_profile: false } },
      { anonymousId: "v" },
    ],
    [
      "the campaign",
      {
        event: "$pageview",
        distinct_id: "u",
        properties: { utm_source: "google", utm_medium: "cpc", utm_term: null },
      },
      { context: { campaign: { source: "google", medium: "cpc" } }, properties: {} },
    ],
  ])("%s", (_name, event, call) => {
    expect(one(event)).toMatchObject(call);
  });

  test("visitors without cookies, and a group by itself, are nobody", () => {
    for (const event of [
      { event: "x", distinct_id: "$posthog_cookieless" },
      {
        event: "$groupidentify",
        distinct_id: "$company_acme",
        properties: { $group_type: "company", $group_key: "acme" },
      },
    ]) {
      expect(one(event)).not.toHaveProperty("userId");
      expect(one(event)).not.toHaveProperty("anonymousId");
    }
  });

  test("an event that sets traits is followed by them", () => {
    const event = {
      event: "x",
      uuid: "m",
      distinct_id: "u",
      properties: { $set: { plan: "gold" }, size: "M" },
    };
    expect(callsOf([event], {})).toMatchObject([
      { type: "track", messageId: "m", properties: { size: "M" } },
      { type: "identify", messageId: "m-set", traits: { plan: "gold" } },
    ]);
  });

  test("the time of an event that only says how long before it was sent", () => {
    expect(
      one({ event: "x", offset: 1500, distinct_id: "u" }, { sent_at: "2026-05-14T09:30:01.500Z" }),
    ).toMatchObject({
      timestamp: "2026-05-14T09:30:00.000Z",
      sentAt: "2026-05-14T09:30:01.500Z",
    });
  });
});
