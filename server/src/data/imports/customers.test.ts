import { beforeAll, describe, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { findCustomer } from "../identity/index.ts";
import { customersById } from "../profiles/index.ts";
import { importFiles, sendFile } from "./testing.ts";

let garden: TestGarden;
let number = 0;
beforeAll(async () => {
  garden = await openGarden({ currency: "EUR", timezone: "Europe/Berlin" });
});

const columns = {
  customer: "id",
  email: "contact.email",
  firstName: "contact.first",
  lastName: "contact.last",
  city: "city",
};

/** Imports customers as lines of JSON, under a source of their own unless one is named. */
async function imported(lines: (object | string)[], ask: { source?: string; files?: object } = {}) {
  const source = ask.source ?? `crm-${++number}`;
  const text = lines.map((line) => (typeof line === "string" ? line : JSON.stringify(line))).join("\n");
  const file = await sendFile(garden, "customers.jsonl", `${text}\n`);
  const one = await importFiles(garden, {
    mapping: { title: "", source, files: { persons: ask.files ?? columns }, rules: {} },
    files: [file],
  });
  return { one, source, result: one.result };
}

const undo = async (one: { id: string }) => {
  const { status, body } = await garden.api("POST", `/api/imports/${one.id}/undo`);
  expect(status, JSON.stringify(body)).toBe(200);
};

async function customer(id: string, kind = "user_id") {
  const found = await findCustomer(garden.ctx.pool, kind, id);
  return found === undefined ? undefined : (await customersById(garden.ctx.pool, [found]))[0];
}

describe("a list of customers", () => {
  test("makes customers with their traits, from lines of JSON with objects in them", async () => {
    const { one, result } = await imported([
      {
        id: "a1",
        contact: { email: "Ada@Example.com", first: "Ada", last: "Lovelace" },
        city: "London",
        tier: "gold",
        visits: 7,
        vip: true,
      },
      { id: "a2", contact: { email: "", first: "Bo" }, city: null, zip: "01234" },
    ]);
    expect(one.kind).toBe("customers");
    expect(result).toMatchObject({
      read: 2,
      accepted: 2,
      customers: 2,
      newCustomers: 2,
      others: { "Customer Listed": 2 },
    });
    expect(await customer("a1")).toMatchObject({
      displayName: "Ada Lovelace",
      email: "ada@example.com",
      known: true,
      traits: { firstName: "Ada", city: "London", tier: "gold", visits: 7, vip: true },
    });
    expect((await customer("a2"))!.traits).toEqual({ firstName: "Bo", zip: "01234" });
    // The address is a way to the same customer.
    expect((await customer("ada@example.com", "email"))!.id).toBe((await customer("a1"))!.id);
  });

  test("imported again it changes nothing; a newer one updates", async () => {
    const line = { id: "b1", contact: { email: "bea@example.com" }, city: "Bonn" };
    const { source } = await imported([line]);
    expect((await imported([line], { source })).result).toMatchObject({ accepted: 0, unchanged: 1 });
    expect((await imported([{ ...line, city: "Köln" }], { source })).result).toMatchObject({
      updated: 1,
      newCustomers: 0,
    });
    expect((await customer("b1"))!.traits.city).toBe("Köln");
  });

  test("taken back, those whom nothing else knows are gone, and the others are as before", async () => {
    const first = await imported([
      { id: "c1", contact: { email: "cy@example.com", first: "Cy" }, city: "Kiel" },
    ]);
    const second = await imported([
      { id: "c1", contact: { email: "cy@example.com", first: "Cyrus" }, city: "Kiel", tier: "silver" },
      { id: "c2", contact: { email: "dee@example.com" } },
    ]);
    expect((await customer("c1"))!).toMatchObject({ displayName: "Cyrus", traits: { tier: "silver" } });
    await undo(second.one);
    expect((await customer("c1"))!).toMatchObject({ displayName: "Cy" });
    expect((await customer("c1"))!.traits).not.toHaveProperty("tier");
    expect(await customer("c2")).toBeUndefined();
    expect(await customer("dee@example.com", "email")).toBeUndefined();
    await undo(first.one);
    expect(await customer("c1")).toBeUndefined();
    expect(await customer("cy@example.com", "email")).toBeUndefined();
  });

  test("imports taken back in the order in which they came leave what the later one said, then nothing", async () => {
    const keeper = await imported([{ id: "d1", contact: { email: "" }, city: "Ulm" }]);
    const first = await imported([{ id: "d1", contact: { email: "" }, city: "Trier" }]);
    const second = await imported([{ id: "d1", contact: { email: "" }, city: "Mainz" }]);
    await undo(first.one);
    expect((await customer("d1"))!.traits.city).toBe("Mainz");
    await undo(second.one);
    expect((await customer("d1"))!.traits.city).toBe("Ulm");
    await undo(keeper.one);
    expect(await customer("d1")).toBeUndefined();
  });

  test("who is known by an address alone becomes the customer with the number; two numbers with one address are proposed", async () => {
    await imported([{ contact: { email: "eve@example.com" }, id: "", city: "Jena" }]);
    const before = (await customer("eve@example.com", "email"))!;
    await imported([{ id: "e1", contact: { email: "eve@example.com" }, city: "Jena" }]);
    expect((await customer("e1"))!.id).toBe(before.id);
    await imported([{ id: "e2", contact: { email: "eve@example.com" }, city: "Jena" }]);
    const other = (await customer("e2"))!;
    expect(other.id).not.toBe(before.id);
    const { rows } = await garden.ctx.pool.query(
      "select reason from merge_proposals where customer_a = $1 and customer_b = $2",
      [Math.min(before.id, other.id), Math.max(before.id, other.id)],
    );
    expect(rows).toEqual([{ reason: "same_email" }]);
  });

  test("lines that are no JSON, name nobody, or hold no address are rejected with what to do", async () => {
    const { one, result } = await imported([
      { id: "f1", contact: { email: "fay@example.com" } },
      '{"id": "f2", "contact"',
      { id: "", contact: { email: "null" } },
      { id: "f3", contact: { email: "fay at example" } },
      { id: "2.81772E+18", contact: {} },
    ]);
    expect(result).toMatchObject({
      accepted: 1,
      rejectedBy: { json_broken: 1, person_missing: 1, email_unreadable: 1, customer_damaged: 1 },
    });
    const list = await garden.app.http.inject({ url: `/api/imports/${one.id}/rejected.csv` });
    expect(list.statusCode).toBe(401);
  });
});
