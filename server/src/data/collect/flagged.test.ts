import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { firstOfDays } from "./drops.ts";

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
  expect(example).toMatchObject({
    traffic: "internal",
    name: "Looked",
    customer: { name: "Olga Brand", internal: true },
  });

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

test("whom a network gave away is not remembered, and counts again when its rule is changed", async () => {
  const rules = (await garden.api("GET", "/api/traffic-rules")).body;
  await garden.api("PUT", "/api/traffic-rules", { ...rules, internalNetworks: ["203.0.113.0/24"] });
  await look("theo", { context: { ip: "203.0.113.9" } });
  const [example] = (await flagged()).examples;
  expect(example).toMatchObject({ traffic: "internal", customer: { internal: false } });
  // What is not offered is refused too.
  expect((await garden.api("DELETE", `/api/traffic/internal/${example.customer.id}`)).body.error.code).toBe(
    "traffic.not_internal",
  );
  const asideBefore = (await flagged()).examples.length;
  await garden.api("PUT", "/api/traffic-rules", { ...rules, internalNetworks: [] });
  await look("theo", { context: { ip: "203.0.113.9" } });
  expect((await flagged()).examples).toHaveLength(asideBefore);
});

test("who was joined into a customer is remembered with them", async () => {
  await look("ida");
  await look("ida", { userId: undefined, anonymousId: "ida-phone", context: { internal: true } });
  await look("ida", { anonymousId: "ida-phone" });
  const { rowCount } = await garden.ctx.pool.query(
    "delete from internal_people where customer_id in (select customer_id from identifiers where value = 'ida')",
  );
  expect(rowCount).toBe(1);
  const ofIda = async () => (await flagged()).examples[0].customer;
  expect(await ofIda()).toMatchObject({ internal: true });
  expect((await garden.api("DELETE", `/api/traffic/internal/${(await ofIda()).id}`)).status).toBe(200);
  expect(await ofIda()).toMatchObject({ internal: false });
});

test("days are those of the garden's zone", async () => {
  await garden.ctx.pool.query("delete from drop_counts");
  await garden.ctx.pool.query(
    "insert into drop_counts (day, source_id, reason, events) select day::date, (select min(id) from sources), 'bot', n from (values ('2026-03-09', 1), ('2026-03-10', 10), ('2026-03-11', 100)) v (day, n)",
  );
  // In Berlin it is half past midnight of the next day.
  garden.clock.now = new Date("2026-03-10T23:30:00Z");
  const ofDays = async (days: number) =>
    (await garden.api("GET", `/api/traffic/flagged?days=${days}`)).body.counts[0].events;
  expect(await ofDays(1)).toBe(100);
  expect(await ofDays(2)).toBe(110);
  const dropped = (await garden.api("GET", "/api/events/drops?days=2")).body.items;
  expect(dropped.map(({ day }: { day: string }) => day)).toEqual(["2026-03-11", "2026-03-10"]);
  expect(await firstOfDays(garden.ctx, 1)).toEqual({
    day: "2026-03-11",
    at: new Date("2026-03-10T23:00:00Z"),
  });
  // Across the change of the clocks a day begins at its own midnight.
  garden.clock.now = new Date("2026-03-30T12:00:00Z");
  expect((await firstOfDays(garden.ctx, 3)).at).toEqual(new Date("2026-03-27T23:00:00Z"));
});
