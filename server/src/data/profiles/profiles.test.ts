import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { customersCsv } from "./export.ts";

let garden: TestGarden;
let server: string;

const order = (userId: string, number: string, more: object = {}, event = "Order Completed") => ({
  type: "track",
  event,
  messageId: number,
  userId,
  timestamp: new Date(Date.now() - 86_400_000).toISOString(),
  properties: { order_id: number, currency: "EUR", revenue: 20, ...more },
});

beforeAll(async () => {
  garden = await openGarden();
  server = (await garden.source("server")).writeKey;
  const batch = [
    ...Array.from({ length: 7 }, (_, n) => order(`u${n}`, `o${n}`)),
    order("u0", "d0", { currency: "USD" }),
    order("u0", "d1", { currency: "CHF" }, "Order Refunded"),
    {
      type: "identify",
      messageId: "i1",
      userId: "u1",
      traits: { name: '=Ada "A", L', email: "ada@example.com" },
    },
  ];
  expect((await garden.send(server, "/v1/batch", { batch })).status).toBe(200);
  await garden.drained();
});

test("a list says of each customer what is left out of the value, refunds too", async () => {
  const { body } = await garden.api("GET", "/api/customers?search=u0");
  expect(body.items[0]).toMatchObject({ orders: 2, valueMinor: 2000, unrated: 2 });
  const page = await garden.api("GET", `/api/customers/${body.items[0].id}`);
  expect(page.body.orders).toMatchObject({ orders: 2, unrated: 1, unratedRefunds: 1 });
  const other = await garden.api("GET", "/api/customers?search=u2");
  expect(other.body.items[0]).toMatchObject({ orders: 1, unrated: 0 });
});

test("what is left out of all sums is counted, orders and refunds, with their currencies", async () => {
  const { body } = await garden.api("GET", "/api/amounts/unrated");
  expect(body).toEqual({ orders: 1, refunds: 1, currencies: ["CHF", "USD"] });
});

test("the export holds every customer of the list, not only those of a page", async () => {
  const answer = await garden.app.http.inject({
    method: "GET",
    url: "/api/customers.csv?known=1",
    headers: await headersOf("owner"),
  });
  expect(answer.statusCode).toBe(200);
  expect(answer.headers["content-type"]).toContain("text/csv");
  const lines = answer.body.trim().split("\r\n");
  expect(answer.body.startsWith("\ufeff")).toBe(true);
  expect(lines[0]).toBe(
    "customer,customer_number,name,email,known,orders,paid_so_far,currency,amounts_without_rate,last_touchpoint",
  );
  expect(lines).toHaveLength(8);
  expect(lines.find((line) => line.includes(",u0,"))).toMatch(/,u0,,,yes,2,20\.00,EUR,2,\d{4}-/);
  expect(lines.find((line) => line.includes(",u1,"))).toContain(
    `"'=Ada ""A"", L",ada@example.com,yes,1,20.00,EUR,0,`,
  );
});

test("the export goes part by part, keeps to the set, and refuses before it begins", async () => {
  let text = "";
  let parts = 0;
  for await (const part of await customersCsv(garden.ctx, [], { search: "u3" }, 1)) {
    text += part;
    parts++;
  }
  expect(parts).toBeGreaterThan(1);
  expect(text.trim().split("\r\n")).toHaveLength(2);
  const seen = new Set<string>();
  for await (const part of await customersCsv(garden.ctx, [], {}, 3))
    for (const line of part.trim().split("\r\n")) seen.add(line.split(",")[1]!);
  expect(seen).toEqual(new Set(["customer_number", ...Array.from({ length: 7 }, (_, n) => `u${n}`)]));
  const unknown = await garden.api("GET", "/api/customers.csv?filter=nothing");
  expect([unknown.status, unknown.body.error.code]).toEqual([400, "customers.filter_unknown"]);
});

test("only who may read customers exports them", async () => {
  const answer = await garden.api("GET", "/api/customers.csv", undefined, "nobody");
  expect(answer.status).toBe(401);
});

async function headersOf(role: "owner") {
  const { createToken } = await import("../../garden/tokens/tokens.ts");
  const { rightsOfRole } = await import("../../garden/model.ts");
  const { token } = await createToken(garden.ctx, {
    name: `${role} export`,
    scopes: [...rightsOfRole[role]],
  });
  return { authorization: `Bearer ${token}` };
}
