import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { findCustomer } from "../identity/index.ts";
import { customersById } from "../profiles/index.ts";
import { forgetOld } from "./rejections.ts";

/** What clients of the Segment protocol count on, and what is let go of. */
let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden();
});

const post = (url: string, body: unknown, headers: Record<string, string> = {}) =>
  garden.app.http.inject({
    method: "POST",
    url,
    headers: { "content-type": "text/plain", ...headers },
    payload: JSON.stringify(body),
  });
const eventsNamed = async (name: string) =>
  (
    await garden.ctx.events.query(
      z.object({ n: z.number() }),
      { name },
      "select count() as n from events where name = {name:String}",
    )
  )[0]?.n;
const live = async (name: string) =>
  ((await garden.api("GET", "/api/events/live?max=200")).body.items as { name: string; outcome: string }[])
    .filter((item) => item.name === name)
    .map((item) => item.outcome);
const origin = "https://shop.example";

describe("a page of another site", () => {
  test.each(["track", "t", "identify", "i", "page", "p", "screen", "group", "alias", "batch", "b"])(
    "may ask before it sends to /v1/%s",
    async (path) => {
      const preflight = await garden.app.http.inject({
        method: "OPTIONS",
        url: `/v1/${path}`,
        headers: {
          origin,
          "access-control-request-method": "POST",
          "access-control-request-headers": "authorization,content-type,content-encoding",
        },
      });
      expect(preflight.statusCode).toBe(204);
      expect(preflight.headers).toMatchObject({ "access-control-allow-origin": origin });
      expect(preflight.headers["access-control-allow-methods"]).toContain("POST");
      for (const header of ["authorization", "content-type", "content-encoding"])
        expect(preflight.headers["access-control-allow-headers"]).toContain(header);
    },
  );

  test("can read every answer, a refusal too", async () => {
    const { writeKey } = await garden.source("server");
    const call = { writeKey, anonymousId: "reader", event: "Read" };
    const good = await post("/v1/track", call, { origin });
    const unknown = await post("/v1/track", { ...call, writeKey: "wk_nobody" }, { origin });
    const large = await post("/v1/track", { ...call, pad: "x".repeat(2_000_000) }, { origin });
    expect([good, unknown, large].map((answer) => answer.statusCode)).toEqual([200, 401, 413]);
    for (const answer of [good, unknown, large])
      expect(answer.headers["access-control-allow-origin"]).toBe(origin);
  });

  test("writes only where the source allows its origin", async () => {
    const { writeKey } = await garden.source("server", { origins: [origin] });
    const call = { writeKey, userId: "someone", event: "From A Page" };
    expect((await post("/v1/track", call, { origin })).statusCode).toBe(200);
    // A program has no origin, and whoever has the key can be one.
    expect((await post("/v1/track", call)).statusCode).toBe(200);
    for (const other of [
      "https://evil.example",
      "http://shop.example",
      "https://shop.example.evil.example",
    ]) {
      const refused = await post("/v1/track", call, { origin: other });
      expect([refused.statusCode, refused.json().error.code]).toEqual([403, "origin.not_allowed"]);
    }
    await garden.drained();
    expect(await eventsNamed("From A Page")).toBe(2);
    const rejected = (await garden.api("GET", "/api/events/rejected")).body.items as { code: string }[];
    expect(rejected.filter((one) => one.code === "origin.not_allowed")).toHaveLength(3);
  });
});

test("the write key may stand in the body of a call or a batch, or in the address", async () => {
  const { writeKey } = await garden.source("server");
  const call = { type: "track", userId: "k", event: "Keyed" };
  expect((await post("/v1/t", { ...call, writeKey })).statusCode).toBe(200);
  expect((await post("/v1/b", { batch: [call, call], writeKey })).statusCode).toBe(200);
  expect((await post(`/v1/track?writeKey=${writeKey}`, call)).statusCode).toBe(200);
  expect((await post("/v1/t", call)).statusCode).toBe(401);
  expect((await post("/v1/t", { ...call, writeKey: { toString: writeKey } })).statusCode).toBe(401);
  await garden.drained();
  expect(await eventsNamed("Keyed")).toBe(4);
});

test("a banner of another site may ask what the brand asks its visitors, and learns no more", async () => {
  const { writeKey } = await garden.source("browser");
  const asked = await garden.app.http.inject({
    url: `/v1/projects/${writeKey}/purposes`,
    headers: { origin },
  });
  expect(asked.headers["access-control-allow-origin"]).toBe(origin);
  expect(Object.keys(asked.json())).toEqual(["brand", "purposes"]);
  expect(asked.json().purposes[0]).toEqual({
    key: "measure",
    name: { en: "Measuring visits and purchases", de: "Besuche und Käufe messen" },
    wording: { en: expect.stringMatching(/^We record/), de: expect.stringMatching(/^Wir halten/) },
    wordingVersion: 1,
  });
  expect((await garden.app.http.inject({ url: "/v1/projects/wk_nobody/purposes" })).statusCode).toBe(404);
});

test("a body that another address cannot read is answered in our words too", async () => {
  const ask = async (payload: string, type = "application/json") => {
    const answer = await garden.app.http.inject({
      method: "POST",
      url: "/v1/decide",
      headers: { "content-type": type },
      payload,
    });
    return [answer.statusCode, answer.json().error.code, answer.json().error.message];
  };
  expect(await ask("{")).toEqual([400, "request.invalid", "The body is not valid JSON."]);
  expect(await ask("x".repeat(2_000_000))).toEqual([
    413,
    "body.too_large",
    "The body is longer than this address takes. Send less at a time.",
  ]);
  expect(await ask("a,b", "text/csv")).toEqual([
    415,
    "body.unsupported_type",
    "This address does not read such a body. Send JSON as application/json.",
  ]);
});

test("keys that mean something to JavaScript are data like others, or left out", async () => {
  const { writeKey } = await garden.source("browser");
  const hostile = '{"isAdmin":true,"toString":"x"}';
  const body = `{"writeKey":"${writeKey}","batch":[{"type":"identify","userId":"proto","messageId":"proto-1",
    "__proto__":{"userId":"somebody-else","event":"x"},
    "traits":{"__proto__":${hostile},"constructor":{"prototype":${hostile}},"hasOwnProperty":1,"plan":"gold"},
    "properties":{"__proto__":${hostile}},
    "context":{"__proto__":${hostile},"traits":{"__proto__":${hostile}},
      "consent":{"categoryPreferences":{"__proto__":true,"constructor":true,"toString":true,"Analytics":true}}}}]}`;
  const answer = await garden.send("", "/v1/batch", body, { "content-type": "text/plain" });
  expect(answer).toMatchObject({ status: 200, body: { accepted: 1 } });
  await garden.drained();
  expect(({} as Record<string, unknown>).isAdmin).toBeUndefined();
  const id = (await findCustomer(garden.ctx.pool, "user_id", "proto"))!;
  expect(await findCustomer(garden.ctx.pool, "user_id", "somebody-else")).toBeUndefined();
  const [customer] = await customersById(garden.ctx.pool, [id]);
  expect(customer!.traits).toEqual({
    constructor: { prototype: { isAdmin: true, toString: "x" } },
    hasOwnProperty: 1,
    plan: "gold",
  });
});

test("what a bot sends is dropped and counted", async () => {
  const { writeKey } = await garden.source("server");
  const before = (await garden.drops()).bot ?? 0;
  const page = (userAgent: string) => ({
    anonymousId: "crawler",
    event: "Crawled",
    context: { userAgent },
  });
  await garden.send(writeKey, "/v1/track", page("Mozilla/5.0 (compatible; Googlebot/2.1)"));
  await garden.send(writeKey, "/v1/track", page("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Firefox/140.0"));
  await garden.drained();
  expect((await garden.drops()).bot).toBe(before + 1);
  expect(await eventsNamed("Crawled")).toBe(1);
  expect((await live("Crawled")).sort()).toEqual(["bot", "kept"]);
});

// The last one: it moves the clock.
test("the live view forgets after an hour, and so does the store of what was dropped", async () => {
  const { writeKey } = await garden.source("browser");
  const consent = (Analytics: boolean) => ({ consent: { categoryPreferences: { Analytics } } });
  const call = { anonymousId: "hourly", event: "Hourly", userId: "hourly@example.org" };
  await garden.send(writeKey, "/v1/track", { ...call, context: consent(true) });
  await garden.send(writeKey, "/v1/track", { ...call, context: consent(false) });
  await garden.drained();
  expect((await live("Hourly")).sort()).toEqual(["kept", "withdrawn"]);
  const drops = async () =>
    (await garden.ctx.pool.query("select to_jsonb(recent_drops) as drop from recent_drops")).rows;
  expect((await drops()).length).toBeGreaterThan(0);
  expect(JSON.stringify(await drops())).not.toContain("hourly");

  const start = Date.now();
  garden.clock.now = new Date(start + 58 * 60_000);
  expect(await live("Hourly")).toHaveLength(2);
  garden.clock.now = new Date(start + 61 * 60_000);
  expect(await live("Hourly")).toEqual([]);
  await forgetOld(garden.ctx.pool, garden.ctx.now());
  expect(await drops()).toEqual([]);
  // Counted it stays, and what was kept is an event like all others.
  expect((await garden.drops()).withdrawn).toBeGreaterThan(0);
  expect(await eventsNamed("Hourly")).toBe(1);
});
