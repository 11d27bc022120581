import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";

let garden: TestGarden;
let key: string;
beforeAll(async () => {
  garden = await openGarden();
  key = (await garden.source("server")).writeKey;
  const rules = (await garden.api("GET", "/api/traffic-rules")).body;
  await garden.api("PUT", "/api/traffic-rules", {
    ...rules,
    ...{ internal: "set_aside", internalDomains: ["brand.example"], bots: "drop" },
  });
});

let messages = 0;
async function look(userId: string, more: object = {}) {
  const call = { type: "track", event: "Looked", userId, messageId: `m-${++messages}`, ...more };
  await garden.send(key, "/v1/batch", { batch: [call] });
  await garden.drained();
}
const flagged = async (as: "owner" | "analyst" | "service" = "owner") =>
  (await garden.api("GET", "/api/traffic/flagged", undefined, as)).body;

test("what is flagged is counted by rule and source, with examples; somebody can be counted again", async () => {
  const staff = { context: { traits: { email: "olga@brand.example" } } };
  await garden.send(key, "/v1/identify", {
    ...{ userId: "olga", messageId: "m-olga" },
    traits: { email: "olga@brand.example", name: "Olga Brand" },
  });
  await look("olga", staff);
  await look("ada");
  await look("crawler", { context: { userAgent: "Googlebot/2.1 (+http://www.google.com/bot.html)" } });
  const body = await flagged();
  expect(body.counts).toMatchObject([
    { traffic: "internal", fate: "set_aside", events: 2 },
    { traffic: "bot", fate: "drop", events: 1 },
  ]);
  const [example] = body.examples;
  expect(example).toMatchObject({ traffic: "internal", name: "Looked", customer: { name: "Olga Brand" } });

  // While the rule speaks of her she is set aside anew; without it she counts from then on.
  const { id } = example.customer;
  const rules = (await garden.api("GET", "/api/traffic-rules")).body;
  await garden.api("PUT", "/api/traffic-rules", { ...rules, internalDomains: [] });
  await look("olga");
  expect((await flagged()).counts[0].events).toBe(3);
  expect((await garden.api("DELETE", `/api/traffic/internal/${id}`, undefined, "analyst")).status).toBe(403);
  expect((await garden.api("DELETE", `/api/traffic/internal/${id}`)).status).toBe(200);
  expect((await garden.api("DELETE", `/api/traffic/internal/${id}`)).body.error.code).toBe(
    "traffic.not_internal",
  );
  expect((await garden.api("DELETE", "/api/traffic/internal/cus_nobody")).status).toBe(404);
  await look("olga");
  expect((await flagged()).counts[0].events).toBe(3);
});

test("who may not see people sees counts and no names", async () => {
  const { createToken } = await import("../../garden/index.ts");
  const { token } = await createToken(garden.ctx, { name: "counts", scopes: ["data:read"] });
  const answer = await garden.app.http.inject({
    url: "/api/traffic/flagged",
    headers: { authorization: `Bearer ${token}` },
  });
  const body = answer.json();
  expect(body.counts.length).toBeGreaterThan(0);
  expect(body.examples.map((one: { customer: unknown }) => one.customer)).toEqual(
    body.examples.map(() => null),
  );
  expect((await garden.api("GET", "/api/traffic/flagged", undefined, "service")).status).toBe(403);
});
