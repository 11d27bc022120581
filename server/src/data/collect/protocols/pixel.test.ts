import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../../test/harness.ts";
import { callOf } from "./pixel.ts";
import { oddText, stored } from "./testing.ts";

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden();
});
const own = async (id: number) => (await stored(garden)).filter((event) => event.source === id);
const get = (path: string, told: Record<string, string>, headers: Record<string, string> = {}) =>
  garden.app.http.inject({ url: `${path}?${new URLSearchParams(told)}`, headers });

test("an image tells an event once, at its own time, in its own words", async () => {
  const { id, writeKey } = await garden.source("server");
  const told = {
    writeKey,
    event: "Mail Opened",
    userId: "p1",
    messageId: "open-1",
    timestamp: "2024-01-02T03:04:05.678Z",
    subject: oddText,
  };
  for (let n = 0; n < 2; n++) {
    const answer = await get("/v1/pixel", told);
    expect([answer.statusCode, answer.headers["content-type"], answer.headers["cache-control"]]).toEqual([
      200,
      "image/gif",
      "no-store",
    ]);
  }
  expect(await own(id)).toMatchObject([
    { name: "Mail Opened", at: told.timestamp, properties: { subject: oddText } },
  ]);
});

test("a page without a name, a call in the address, and a whole call as base64", async () => {
  const { id, writeKey } = await garden.source("server");
  const headers = {
    referer: "https://shop.example/tea?utm_source=x",
    "user-agent": "Mozilla/5.0 (X11; Linux x86_64)",
  };
  expect((await get("/v1/pixel", { writeKey, anonymousId: "a1" }, headers)).statusCode).toBe(200);
  expect((await get("/v1/pixel/screen", { writeKey, anonymousId: "a1" })).statusCode).toBe(200);
  const data = Buffer.from(
    JSON.stringify({ writeKey, event: "Packed", userId: "p1", properties: { note: oddText } }),
  ).toString("base64");
  expect((await get("/v1/pixel/track", { data })).statusCode).toBe(200);
  const events = await own(id);
  expect(events.map((event) => event.name)).toEqual(["Packed", "Page Viewed", "Screen Viewed"]);
  expect(events[0]!.properties).toEqual({ note: oddText });
  expect(events[1]!.properties).toMatchObject({ path: "/tea" });
});

test("without a key, a person or a right kind it is refused", async () => {
  const { writeKey } = await garden.source("server");
  expect((await get("/v1/pixel", { event: "x", userId: "u" })).statusCode).toBe(401);
  expect((await get("/v1/pixel", { writeKey, event: "x" })).statusCode).toBe(400);
  expect((await get("/v1/pixel/dance", { writeKey, userId: "u" })).statusCode).toBe(400);
  for (const data of ["{", "!", "bnVsbA==", "[]"])
    expect((await get("/v1/pixel", { writeKey, data })).statusCode).toBe(400);
});

test("a source that asks keeps it where a category was granted", async () => {
  const { id, writeKey } = await garden.source("browser");
  await get("/v1/pixel", { writeKey, event: "Asked", anonymousId: "c1" });
  await get("/v1/pixel", { writeKey, event: "Granted", anonymousId: "c2", consent: "Analytics, Other" });
  expect((await own(id)).map((event) => event.name)).toEqual(["Granted"]);
});

test("names with a meaning to JavaScript are properties like others", () => {
  const told = JSON.parse('{"__proto__":"x","constructor":"y","event":"e"}') as Record<string, unknown>;
  const { properties } = callOf(told, {});
  expect(Object.entries(properties as object)).toEqual([
    ["__proto__", "x"],
    ["constructor", "y"],
  ]);
  expect(callOf({ data: ["x"] }, {})).toMatchObject({ type: "page" });
});
