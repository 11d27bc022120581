import { expect, test } from "vitest";
import { openGarden } from "../../../test/harness.ts";

const garden = await openGarden();

const person = (name: string) => ({
  userId: `${name}-account`,
  anonymousId: `${name}-browser`,
  traits: { email: `${name}@example.org`, name: `Name of ${name}` },
});

test("an erased person is unreachable at once, and nothing that names them comes in again", async () => {
  const { writeKey } = await garden.source("server");
  const say = (body: object) => garden.send(writeKey, "/v1/batch", { batch: [body] });
  for (const name of ["greta", "otto"]) {
    await say({ type: "page", anonymousId: `${name}-browser`, name: "Home" });
    await say({ type: "identify", ...person(name) });
    await say({
      type: "track",
      userId: `${name}-account`,
      event: "Order Completed",
      properties: {
        order_id: `of-${name}`,
        total: 20,
        currency: "EUR",
        products: [{ product_id: "p1", price: 20, quantity: 1 }],
      },
    });
  }
  await garden.drained();
  const list = async () => (await garden.api("GET", "/api/customers")).body;
  expect((await list()).total).toBe(2);
  const [greta] = (await garden.api("GET", "/api/customers?search=greta-account")).body.items;

  const { status, body: erasure } = await garden.api("POST", "/api/privacy/erasures", {
    whom: { customerId: greta.id },
  });
  expect(status).toBe(201);
  const counts = Object.fromEntries(
    erasure.receipt.stores.map((one: { engine: string; store: string; count: number }) => [
      `${one.engine} ${one.store}`,
      one.count,
    ]),
  );
  expect(counts).toMatchObject({
    "clickhouse events_stored": 3,
    "postgres identifiers": 3,
    "postgres customers": 1,
    "postgres live_records": 1,
  });
  expect(JSON.stringify(erasure)).not.toContain("greta");

  expect((await list()).total).toBe(1);
  expect((await garden.api("GET", "/api/customers?search=greta")).body.items).toEqual([]);
  expect((await garden.api("GET", `/api/customers/${greta.id}`)).status).toBe(404);
  expect((await garden.api("GET", `/api/customers/${greta.id}/timeline`)).body.items ?? []).toEqual([]);
  expect(String((await garden.api("GET", "/api/customers.csv")).body)).not.toContain("greta");
  const asked = await garden.api("POST", "/api/query", {
    sql: "select (select count() from events_stored) as events, (select count() from customers_stored final) as people, (select count() from customer_links) as links",
  });
  expect(asked.body).toEqual([{ events: 3, people: expect.any(Number), links: expect.any(Number) }]);
  expect(JSON.stringify((await garden.api("GET", "/api/audit")).body)).not.toContain("greta");

  const before = (await garden.drops()).erased ?? 0;
  await say({ type: "track", userId: "greta-account", event: "Login" });
  await say({ type: "page", anonymousId: "greta-browser", name: "Home" });
  await say({ type: "identify", userId: "another", traits: { email: "Greta@Example.org" } });
  await say({ type: "track", userId: "otto-account", event: "Login" });
  await garden.drained();
  expect((await garden.drops()).erased).toBe(before + 3);
  expect((await list()).total).toBe(1);
  expect((await garden.api("GET", "/api/customers?search=another")).body.items).toEqual([]);

  // Who comes back of their own will is let in again.
  const back = { kind: "user_id", value: "greta-account" };
  expect((await garden.api("POST", "/api/privacy/suppressions/lift", back)).body).toEqual({ lifted: true });
  await say({ type: "track", userId: "greta-account", event: "Login" });
  await garden.drained();
  expect((await list()).total).toBe(2);

  const { rows } = await garden.ctx.pool.query("select hash from suppressions");
  expect(rows.length).toBeGreaterThan(2);
  expect(rows.every((row: { hash: Buffer }) => row.hash.length === 32)).toBe(true);
});

test("who may not erase is refused, and so is whoever does not exist", async () => {
  const whom = { customerId: "cus_zzzzzz" };
  expect((await garden.api("POST", "/api/privacy/erasures", { whom }, "service")).status).toBe(403);
  expect((await garden.api("POST", "/api/privacy/erasures", { whom }, "editor")).status).toBe(403);
  const missing = await garden.api("POST", "/api/privacy/erasures", { whom });
  expect(missing.body.error.code).toBe("customer.missing");
});
