import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";

let garden: TestGarden;
let ada = "";
beforeAll(async () => {
  garden = await openGarden();
  const { writeKey } = await garden.source("server");
  const know = (userId: string, traits: object) => garden.send(writeKey, "/v1/identify", { userId, traits });
  await know("K-1", {
    email: "ada@example.com",
    firstName: "Ada",
    lastName: "Lovelace",
    phone: "+49 30 1234567",
  });
  await know("K-2", { email: "grace@example.com", firstName: "Grace", lastName: "Hopper" });
  await garden.send(writeKey, "/v1/track", {
    event: "Order Completed",
    userId: "K-2",
    properties: { order_id: "T-881", revenue: 5, currency: "EUR" },
  });
  await garden.drained();
  ada = (await people("Lovelace"))[0].id;
});

let made = 0;
const contact = (more: object = {}) => ({
  clientId: `client-${process.pid}-${++made}`,
  kind: "shop_visit",
  ...more,
});
const people = async (search: string) =>
  (await garden.api("GET", `/api/contacts/people?search=${encodeURIComponent(search)}`, undefined, "service"))
    .body.items;
const save = (body: object, as: "service" | "editor" | "analyst" = "service") =>
  garden.api("POST", "/api/contacts", body, as);
const stored = async (id: number) => {
  await garden.drained();
  return garden.ctx.events.query(
    z.object({ channel: z.string(), text: z.string(), customer: z.number() }),
    { id },
    `select channel, toString(properties) as text, customer_id as customer from events
      where name = 'Contact Recorded' and toString(properties.contact_id) = toString({id:UInt64})`,
  );
};

test.each([
  ["Lovelace", "name"],
  ["ada l", "name"],
  ["ADA@exam", "email"],
  ["030 123 45 67", "phone"],
  ["0049301234567", "phone"],
  ["K-1", "number"],
])("somebody is found by %s", async (said, by) => {
  expect(await people(said)).toMatchObject([{ id: ada, name: "Ada Lovelace", by }]);
});

test("somebody is found by the number of an order, and nobody by what means nothing", async () => {
  expect(await people("#T-881")).toMatchObject([{ name: "Grace Hopper", by: "order" }]);
  expect(await people("%%")).toEqual([]);
  expect(await people("'); drop table customers --")).toEqual([]);
});

test("a contact becomes one event with its channel, and its note stays out of it", async () => {
  const body = contact({
    customer: ada,
    topics: ["Advice"],
    mood: "good",
    note: "wears size 38, sister of Eve",
  });
  const first = await save(body);
  expect(first.status).toBe(201);
  // The page sends again what it does not know to have arrived.
  expect((await save(body)).body.id).toBe(first.body.id);
  const rows = await stored(first.body.id);
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatchObject({ channel: "shop" });
  expect(rows[0]!.text).not.toContain("sister");
  expect(JSON.parse(rows[0]!.text)).toMatchObject({ kind: "shop_visit", topics: ["Advice"], mood: "good" });
  const timeline = await garden.api("GET", `/api/customers/${ada}/timeline`, undefined, "service");
  const touchpoint = timeline.body.items.find((one: { name: string }) => one.name === "Contact Recorded");
  expect(touchpoint.words).toEqual({ title: "", text: "wears size 38, sister of Eve" });
});

test("a contact with nobody counts for nobody known", async () => {
  const { body } = await save(contact({ kind: "call" }));
  expect(body.customer).toBe(null);
  expect(await stored(body.id)).toMatchObject([{ channel: "hotline" }]);
});

test("what is taken back is gone, stored or still waiting", async () => {
  const known = await save(contact({ customer: ada, note: "to be gone" }));
  expect(await stored(known.body.id)).toHaveLength(1);
  expect((await garden.api("POST", `/api/contacts/${known.body.id}/undo`, undefined, "service")).status).toBe(
    200,
  );
  expect(await stored(known.body.id)).toEqual([]);

  await garden.app.work.of(garden.garden.id).pause();
  const waiting = await save(contact({ customer: ada }));
  await garden.api("POST", `/api/contacts/${waiting.body.id}/undo`, undefined, "service");
  garden.app.work.of(garden.garden.id).resume();
  expect(await stored(waiting.body.id)).toEqual([]);
  const { items } = (await garden.api("GET", "/api/contacts", undefined, "service")).body;
  expect(items.find((one: { id: number }) => one.id === known.body.id)).toMatchObject({
    undone: true,
    note: null,
  });
});

test("nobody takes back what another wrote down, but who may change data", async () => {
  const { body } = await save(contact(), "editor");
  const undo = (as: "service" | "owner") =>
    garden.api("POST", `/api/contacts/${body.id}/undo`, undefined, as);
  expect(await undo("service")).toMatchObject({
    status: 403,
    body: { error: { code: "contact.not_yours" } },
  });
  expect((await undo("owner")).status).toBe(200);
});

test("whoever does not want to be recorded is not", async () => {
  const { writeKey } = await garden.source("server");
  await garden.send(writeKey, "/v1/track", {
    event: "Consent Changed",
    userId: "K-2",
    context: { consent: { categoryPreferences: { measure: false } } },
  });
  await garden.drained();
  const [grace] = await people("Hopper");
  const asked = await garden.api("GET", `/api/contacts/people/${grace.id}`, undefined, "service");
  expect(asked.body.mayRecord).toBe(false);
  const answer = await save(contact({ customer: grace.id, note: "secret" }));
  expect(answer).toMatchObject({ status: 409, body: { error: { code: "contact.not_allowed" } } });
});

test("a kind is the garden's own; an unknown one, and one much too late, are refused", async () => {
  expect((await save(contact({ kind: "smoke_signal" }))).body.error.code).toBe("contact.kind_unknown");
  expect((await save(contact({ at: "2020-01-01T00:00:00Z" }))).body.error.code).toBe("contact.too_old");
  const settings = { kinds: [{ key: "smoke_signal", name: "Smoke signal", channel: "smoke" }], topics: [] };
  expect((await garden.api("PUT", "/api/contacts/settings", settings, "service")).status).toBe(403);
  expect((await garden.api("PUT", "/api/contacts/settings", settings)).status).toBe(200);
  expect((await save(contact({ kind: "smoke_signal" }))).status).toBe(201);
  expect((await save(contact({ kind: "smoke_signal" }), "analyst")).status).toBe(403);
});
