import { beforeAll, describe, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../../test/harness.ts";
import { preferencesOfRudder } from "./rudder-consent.ts";
import { stored } from "./testing.ts";

/** What RudderStack's browser client counts on. Its client for Node is in `segment.test.ts`: it speaks that protocol. */
let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden();
});
const origin = "https://shop.example";
const basic = (key: string) => `Basic ${Buffer.from(`${key}:`).toString("base64")}`;

describe("the settings that the browser client asks for", () => {
  const ask = (headers: Record<string, string>, url = "/sourceConfig/?p=npm&v=3.34.1&build=modern") =>
    garden.app.http.inject({ url, headers: { origin, ...headers } });

  test("let it send everything, and nothing about itself to its vendor", async () => {
    const { writeKey } = await garden.source("browser");
    for (const answer of [
      await ask({ authorization: basic(writeKey) }),
      await ask({}, `/sourceConfig?writeKey=${writeKey}`),
    ]) {
      expect(answer.statusCode).toBe(200);
      expect(answer.headers["access-control-allow-origin"]).toBe(origin);
      expect(answer.json().source).toMatchObject({
        writeKey,
        enabled: true,
        config: { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } },
        destinations: [],
      });
    }
  });

  test("are nobody's without a key", async () => {
    for (const headers of [{}, { authorization: basic("wk_nobody") }])
      expect((await ask(headers as Record<string, string>)).statusCode).toBe(404);
  });
});

test.each([
  ["GET", "/sourceConfig/"],
  ["POST", "/v1/track"],
])("a page may ask before it sends its heads by %s to %s", async (method, url) => {
  const asked = "anonymousid,authorization,content-type,sentat";
  const answer = await garden.app.http.inject({
    method: "OPTIONS",
    url,
    headers: { origin, "access-control-request-method": method, "access-control-request-headers": asked },
  });
  expect(answer.statusCode).toBe(204);
  expect(answer.headers["access-control-allow-headers"]).toBe(asked);
  expect(answer.headers["access-control-allow-origin"]).toBe(origin);
});

test("what a page sends as it is left has its key in the address", async () => {
  const { id, writeKey } = await garden.source("server");
  const send = (key: string) =>
    garden.app.http.inject({
      method: "POST",
      url: `/beacon/v1/batch?writeKey=${key}`,
      headers: { "content-type": "text/plain", origin },
      payload: JSON.stringify({
        batch: [
          {
            type: "track",
            event: "Left",
            userId: "",
            anonymousId: "left-1",
            messageId: "left-1",
            originalTimestamp: "2026-05-14T09:30:00.000Z",
            context: { sessionId: 1795361375862, sessionStart: true, timezone: "GMT+0000" },
          },
        ],
      }),
    });
  expect((await send("wk_nobody")).statusCode).toBe(401);
  for (let n = 0; n < 2; n++) expect((await send(writeKey)).statusCode).toBe(200);
  const events = (await stored(garden)).filter((event) => event.source === id);
  expect(events).toMatchObject([{ name: "Left", at: "2026-05-14T09:30:00.000Z" }]);
});

test("a clock that is ahead is set right by the head that says when it was sent", async () => {
  const { id, writeKey } = await garden.source("server");
  const ahead = (ms: number) => new Date(Date.now() + ms).toISOString();
  const sent = Date.now();
  const answer = await garden.send(
    writeKey,
    "/v1/track",
    { event: "Ahead", anonymousId: "ahead", originalTimestamp: ahead(3_600_000) },
    { sentat: ahead(3_600_000) },
  );
  expect(answer.status).toBe(200);
  const [event] = (await stored(garden)).filter((one) => one.source === id);
  expect(Math.abs(new Date(event!.at).getTime() - sent)).toBeLessThan(60_000);
});

describe("the answers of a consent tool", () => {
  test("are those of the client's own words", () => {
    const consentManagement = {
      provider: "custom",
      allowedConsentIds: ["a", 7],
      deniedConsentIds: ["b", null],
    };
    expect(preferencesOfRudder({ consentManagement })).toEqual({ a: true, 7: true, b: false });
    for (const odd of [undefined, null, "x", [], {}, { allowedConsentIds: "a" }])
      expect(preferencesOfRudder({ consentManagement: odd })).toBeUndefined();
  });

  test("decide what is kept", async () => {
    const { id, writeKey } = await garden.source("browser");
    const send = (event: string, consentManagement: object) =>
      garden.send(writeKey, "/v1/track", { event, anonymousId: event, context: { consentManagement } });
    await send("Allowed", { allowedConsentIds: ["Analytics"], deniedConsentIds: ["Advertising"] });
    await send("Denied", { allowedConsentIds: [], deniedConsentIds: ["Analytics"] });
    const events = (await stored(garden)).filter((event) => event.source === id);
    expect(events.map((event) => event.name)).toEqual(["Allowed"]);
  });
});
