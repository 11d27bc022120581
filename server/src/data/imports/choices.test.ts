import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { findCustomer, identifiersOf } from "../identity/index.ts";
import { guessSource } from "./guess.ts";
import type { Rules } from "./model.ts";
import { readyMappings } from "./ready.ts";
import { importFiles, sendFile } from "./testing.ts";

const header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";

let garden: TestGarden;
let number = 0;
beforeAll(async () => {
  garden = await openGarden({ currency: "GBP", timezone: "Europe/London" });
});

const Seen = z.object({ recordKey: z.string(), customerId: z.number(), minor: z.number() });

/** Imports files of lines by changed rules; gives the result and the orders that came of it. */
async function imported(files: string[][], rules: Partial<Rules>, source = `choice-${++number}`) {
  const ready = readyMappings["uci-online-retail"]!;
  const ids: string[] = [];
  for (const lines of files)
    ids.push(await sendFile(garden, "orders.csv", [header, ...lines, ""].join("\n")));
  const { result } = await importFiles(garden, {
    mapping: { ...ready, source, rules: { ...ready.rules, ...rules } },
    files: ids,
    currency: "GBP",
    timezone: "Europe/London",
  });
  const orders = await garden.ctx.events.query(
    Seen,
    { like: `order:${source}:%` },
    "select record_key, customer_id, amount_minor as minor from events where record_key like {like:String} order by record_key",
  );
  return { result, source, orders };
}

const line = (order: number, customer: string, more: { quantity?: number; at?: string } = {}) =>
  `${order},A,Cup,${more.quantity ?? 1},${more.at ?? "2011-01-01 10:00:00"},2.00,${customer},UK`;

test("customer 1001 of two shops is two customers, where the numbers are of the source only", async () => {
  const own: Partial<Rules> = { customerIds: { removeDecimals: true, kind: "source_id" } };
  const a = await imported([[line(1001, "1001.0")]], own, "shop-a");
  const b = await imported([[line(1001, "1001.0")]], own, "shop-b");
  expect(b.result).toMatchObject({ accepted: 1, updated: 0, newCustomers: 1 });
  expect(a.orders[0]!.customerId).not.toBe(b.orders[0]!.customerId);
  expect(await findCustomer(garden.ctx.pool, "customer_of:shop-a", "1001")).toBe(a.orders[0]!.customerId);
  const known = await identifiersOf(garden.ctx.pool, [b.orders[0]!.customerId]);
  expect(known.map(({ kind, value }) => [kind, value])).toEqual([["customer_of:shop-b", "1001"]]);
  const again = await imported([[line(1001, "1001.0")]], own, "shop-a");
  expect(again.result).toMatchObject({ unchanged: 1, newCustomers: 0 });
  // The brand's own numbers are one customer, whichever source brings them.
  const web = await imported([[line(1, "7")]], {});
  const till = await imported([[line(1, "7")]], {});
  expect(till.orders[0]!.customerId).toBe(web.orders[0]!.customerId);
});

test("a guessed mapping names the shop by its file, or not at all, and says whose numbers it would share", async () => {
  expect(guessSource("orders-lisbon-2026-03-01.csv.gz")).toBe("lisbon");
  expect(guessSource("Bestellungen_Café Grün_2026.csv")).toBe("cafe-grun");
  expect(guessSource("orders_export (2).csv")).toBe("");
  const text = "Order ID,SKU,Qty,Unit Price,Order Date,Customer ID\n1,A,2,3.50,2011-02-01,9\n";
  const preview = async (name: string, body = text) =>
    (await garden.api("POST", "/api/imports/preview", { files: [await sendFile(garden, name, body)] })).body;
  const nameless = await preview("export.csv");
  expect(nameless.mapping).toMatchObject({ name: null, mapping: { source: "" } });
  expect(nameless.sharedWith).toContain("choice-1");
  const { mapping } = await preview("lisbon.csv");
  expect(mapping.mapping).toMatchObject({ source: "lisbon", rules: { customerIds: { kind: "user_id" } } });
  const mails = await preview("lisbon.csv", text.replace(",9\n", ",ada@example.org\n"));
  expect(mails.mapping.mapping.rules.customerIds.kind).toBe("email");
  expect(mails.sharedWith).toEqual([]);
  // Nothing can be imported by a mapping that names no source.
  const file = await sendFile(garden, "export.csv", text);
  const refused = await garden.api("POST", "/api/imports", {
    mapping: nameless.mapping.mapping,
    files: [file],
    currency: "GBP",
    timezone: "Europe/London",
  });
  expect(refused.status).toBe(400);
});

test("the preview follows the edited mapping: roles, missing columns, and what must be asked for", async () => {
  const text = "Order ID,SKU,Qty,Unit Price,Order Date,Customer ID,Currency\n1,A,2,3.50,2011-02-01,9,GBP\n";
  const files = [await sendFile(garden, "lisbon.csv", text)];
  const ask = async (mapping?: object) =>
    (await garden.api("POST", "/api/imports/preview", { files, ...(mapping ? { mapping } : {}) })).body;
  const first = await ask();
  expect(first.needs).toEqual({ currency: false, timezone: true });
  expect(first.fields.lines.needed).toContain("quantity");
  const { mapping } = first.mapping;
  const { currency: _gone, ...columns } = mapping.files.lines;
  const cleared = await ask({ ...mapping, source: "", files: { lines: columns } });
  expect(cleared).toMatchObject({ needs: { currency: true }, mapping: { name: null } });
  const wrong = await ask({ ...mapping, files: { lines: { ...columns, product: "Article" } } });
  expect(wrong.files[0]).toMatchObject({ role: "lines", missing: ["Article"] });
});

test.each<[string, Partial<Rules>, string[][], object, number[]]>([
  [
    "lines that stand in two files count twice, where the rule says so",
    { overlap: "keep" },
    [[line(1, "5")], [line(1, "5")]],
    { accepted: 2, leftOut: 0 },
    [400],
  ],
  [
    "lines that stand in two files count once by default",
    {},
    [[line(1, "5")], [line(1, "5")]],
    { accepted: 1, leftOutBy: { overlap: 1 } },
    [200],
  ],
  [
    "lines of quantity 0 are kept, where the rule says so",
    { zeroQuantity: "keep" },
    [[line(1, "5", { quantity: 0 })]],
    { accepted: 1, leftOut: 0 },
    [0],
  ],
  [
    "an order of two customers is rejected by default",
    {},
    [[line(1, "5"), line(1, "6"), line(2, "5")]],
    { accepted: 1, rejectedBy: { two_customers: 2 } },
    [200],
  ],
  [
    "dates before the first year are rejected",
    { firstYear: 2011 },
    [[line(1, "5", { at: "2010-12-30 10:00:00" }), line(2, "5")]],
    { accepted: 1, rejectedBy: { date_out_of_range: 1 } },
    [200],
  ],
  [
    "and taken, where an earlier one is set",
    { firstYear: 1985 },
    [[line(1, "5", { at: "1986-12-30 10:00:00" })]],
    { accepted: 1, rejected: 0 },
    [200],
  ],
])("%s", async (_what, rules, files, result, amounts) => {
  const done = await imported(files, rules);
  expect(done.result).toMatchObject({
    ...result,
    writing: { dates: "iso", reviewDates: "iso", decimalMark: "." },
  });
  expect(done.orders.map((order) => order.minor)).toEqual(amounts);
});

test("an order of two customers is the first one's, where the rule says so", async () => {
  const { orders, result } = await imported(
    [[line(1, "first"), line(1, "second"), line(1, ""), line(2, "second")]],
    { twoCustomers: "first" },
  );
  expect(result).toMatchObject({ accepted: 4, rejected: 0, customers: 2 });
  const [first, second] = await Promise.all(
    ["first", "second"].map((id) => findCustomer(garden.ctx.pool, "user_id", id)),
  );
  expect(orders.map(({ customerId, minor }) => [customerId, minor])).toEqual([
    [first, 600],
    [second, 200],
  ]);
});
