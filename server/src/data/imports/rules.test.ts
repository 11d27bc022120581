import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { recordAnswers } from "../consent/index.ts";
import { findCustomer } from "../identity/index.ts";
import { Mapping } from "./model.ts";
import { readyMappings } from "./ready.ts";
import { importFiles, sendFile } from "./testing.ts";

const header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
const Row = z.object({
  name: z.string(),
  recordKey: z.string(),
  customerId: z.number(),
  at: z.string(),
  minor: z.number().nullable(),
  currency: z.string(),
  garden: z.number().nullable(),
  // biome-ignore lint/suspicious/noExplicitAny: properties are what the event says
  properties: z.string().transform((text) => JSON.parse(text) as any),
});

let garden: TestGarden;
let number = 0;
beforeAll(async () => {
  garden = await openGarden({ currency: "GBP", timezone: "Europe/London" });
});

interface Changes {
  rules?: Partial<Mapping["rules"]>;
  source?: string;
  columns?: Record<string, string>;
  currency?: string;
  timezone?: string;
  basis?: object;
  name?: string;
}

/** Imports lines under a source of their own, so that tests do not meet; gives the import and its events. */
async function imported(body: string | string[] | Buffer, changes: Changes = {}) {
  const ready = readyMappings["uci-online-retail"]!;
  const source = changes.source ?? `shop-${++number}`;
  const mapping = {
    ...ready,
    source,
    files: { lines: { ...ready.files.lines, ...changes.columns } },
    rules: { ...ready.rules, ...changes.rules },
  };
  const text = Array.isArray(body) ? [header, ...body, ""].join("\n") : body;
  const file = await sendFile(garden, changes.name ?? "orders.csv", text);
  const one = await importFiles(garden, {
    mapping,
    files: [file],
    currency: changes.currency ?? "GBP",
    timezone: changes.timezone ?? "Europe/London",
    ...(changes.basis ? { basis: changes.basis } : {}),
  });
  return { one, result: one.result, source, events: await eventsOf(source) };
}

const eventsOf = (source: string) =>
  garden.ctx.events.query(
    Row,
    { like: `%:${source}:%` },
    `select name, record_key, customer_id, toString(happened_at) as at, amount_minor as minor, currency,
        amount_garden_minor as garden, toString(properties) as properties
      from events where record_key like {like:String} order by happened_at, record_key`,
  );

const refusal = (work: Promise<unknown>) =>
  work.then(
    () => "nothing was refused",
    (error: Error) => error.message,
  );

describe("what exports hold", () => {
  test("an order has its lines, its amount to the penny and its local time as an instant", async () => {
    const { events, result } = await imported([
      "1,A,Cup,6,2011-03-28 08:26:00,2.55,17850.0,United Kingdom",
      "1,P1,Plate,3,2011-03-28 08:26:00,3.333,17850.0,United Kingdom",
    ]);
    expect(result).toMatchObject({ read: 2, accepted: 2, orders: 1, customers: 1 });
    expect(events).toHaveLength(1);
    const [order] = events;
    // 6 × 2.55 = 15.30; 3 × 3.333 = 9.999, rounded by line.
    expect(order).toMatchObject({
      name: "Order Completed",
      at: "2011-03-28 07:26:00.000",
      minor: 2530,
      currency: "GBP",
      garden: 2530,
    });
    expect(order!.properties.products).toEqual([
      { product_id: "A", name: "Cup", quantity: 6, price: 2.55, amount_minor: 1530 },
      { product_id: "P1", name: "Plate", quantity: 3, price: 3.333, amount_minor: 1000 },
    ]);
    expect(await findCustomer(garden.ctx.pool, "user_id", "17850")).toBe(order!.customerId);
    const { rows } = await garden.ctx.pool.query("select traits from customers where id = $1", [
      order!.customerId,
    ]);
    expect(rows[0].traits).toEqual({ country: "United Kingdom" });
  });

  test("a cancellation is a refund and no order", async () => {
    const { events, result } = await imported([
      "2,A,Cup,6,2011-01-01 10:00:00,2.50,1,UK",
      "C3,A,Cup,-2,2011-01-05 10:00:00,2.50,1,UK",
      "4,P1,Plate,5,2011-01-06 10:00:00,1.00,1,UK",
      "4,A,Cup,-1,2011-01-06 10:00:00,2.50,1,UK",
    ]);
    expect(result).toMatchObject({ orders: 2, refunds: 2 });
    expect(
      events.map((event) => [
        event.name,
        event.recordKey.split(":")[2],
        event.minor,
        event.properties.order_id,
      ]),
    ).toEqual([
      ["Order Completed", "2", 1500, "2"],
      ["Order Refunded", "C3", -500, undefined],
      ["Order Completed", "4", 500, "4"],
      ["Order Refunded", "4", -250, "4"],
    ]);
  });

  test("a refund is set against the customer's latest earlier order of that product, where the rule says so", async () => {
    const lines = [
      "10,A,Cup,1,2011-01-01 10:00:00,2.50,7,UK",
      "11,A,Cup,1,2011-01-03 10:00:00,2.50,7,UK",
      "12,P1,Plate,1,2011-01-04 10:00:00,2.50,7,UK",
      "13,A,Cup,1,2011-01-09 10:00:00,2.50,7,UK",
      "C14,A,Cup,-1,2011-01-05 10:00:00,2.50,7,UK",
      "C15,Z,Bowl,-1,2011-01-05 10:00:00,2.50,7,UK",
    ];
    const { events, source } = await imported(lines, { rules: { refunds: "latest_order" } });
    const refunds = events.filter((event) => event.name === "Order Refunded");
    expect(refunds.map((event) => event.properties.order_id)).toEqual(["11", undefined]);
    // Orders of an earlier file count as well.
    const later = await imported(["C16,P1,Plate,-1,2011-02-01 10:00:00,2.50,7,UK"], {
      rules: { refunds: "latest_order" },
      source,
    });
    expect(later.events.find((event) => event.recordKey.endsWith(":C16"))!.properties.order_id).toBe("12");
  });

  test("lines that are no product count in the amount, or not at all", async () => {
    const lines = [
      "20,A,Cup,1,2011-01-01 10:00:00,2.00,1,UK",
      "20,POST,Postage,1,2011-01-01 10:00:00,18.00,1,UK",
      "20,gift_0001_20,Voucher,1,2011-01-01 10:00:00,1,1,UK",
    ];
    const counted = (await imported(lines)).events[0]!;
    expect(counted.minor).toBe(2100);
    expect(counted.properties.products.map((product: { product_id: string }) => product.product_id)).toEqual([
      "A",
    ]);
    expect(counted.properties.charges.map((charge: { code: string }) => charge.code)).toEqual([
      "POST",
      "gift_0001_20",
    ]);
    const without = await imported(lines, {
      rules: { nonProducts: { codes: ["POST", "GIFT_*"], treatment: "leave_out" } },
    });
    expect(without.events[0]).toMatchObject({ minor: 200 });
    expect(without.result.leftOutBy).toEqual({ non_product: 2 });
  });

  test("prices of 0 or below are left out and counted", async () => {
    const lines = [
      "30,A,Cup,1,2011-01-01 10:00:00,2.00,1,UK",
      "30,B,Lost,1,2011-01-01 10:00:00,0.0,1,UK",
      "31,B,Lost,-5,2011-01-01 10:00:00,0,,UK",
    ];
    const { events, result } = await imported(lines);
    expect(result).toMatchObject({ read: 3, accepted: 1, leftOut: 2, leftOutBy: { price_not_positive: 2 } });
    expect(events).toHaveLength(1);
    expect((await imported(lines, { rules: { pricesNotPositive: "keep" } })).result).toMatchObject({
      accepted: 3,
      leftOut: 0,
    });
  });

  test("lines without a customer count in revenue and never as a customer", async () => {
    const lines = ["40,A,Cup,1,2011-01-01 10:00:00,2.00,,UK", "41,A,Cup,1,2011-01-01 10:00:00,2.00,nan,UK"];
    const { events, result } = await imported(lines);
    expect(events.map((event) => [event.customerId, event.minor])).toEqual([
      [0, 200],
      [0, 200],
    ]);
    expect(result).toMatchObject({ customers: 0, linesWithoutCustomer: 2 });
    expect((await imported(lines, { rules: { withoutCustomer: "leave_out" } })).result.leftOutBy).toEqual({
      without_customer: 2,
    });
  });

  test("equal lines are kept as quantity, or dropped", async () => {
    const lines = ["50,A,Cup,2,2011-01-01 10:00:00,2.00,1,UK", "50,A,Cup,2,2011-01-01 10:00:00,2.00,1,UK"];
    const kept = await imported(lines);
    expect(kept.result).toMatchObject({ accepted: 2, equalLines: 1 });
    expect(kept.events[0]).toMatchObject({
      minor: 800,
      properties: { products: [{ product_id: "A", quantity: 4 }] },
    });
    const dropped = await imported(lines, { rules: { duplicates: "drop" } });
    expect(dropped.events[0]).toMatchObject({ minor: 400 });
    expect(dropped.result).toMatchObject({ accepted: 1, leftOutBy: { duplicate: 1 } });
  });

  test("a line that stands in two overlapping files counts once", async () => {
    const lines = [header, "55,A,Cup,2,2011-01-01 10:00:00,2.00,1,UK", ""].join("\n");
    const files = [await sendFile(garden, "a.csv", lines), await sendFile(garden, "b.csv", lines)];
    const mapping = { ...readyMappings["uci-online-retail"]!, source: "overlap" };
    const { result } = await importFiles(garden, {
      mapping,
      files,
      currency: "GBP",
      timezone: "Europe/London",
    });
    expect(result).toMatchObject({ read: 2, accepted: 1, leftOutBy: { overlap: 1 } });
  });

  test("amounts are rounded to the decimals of their currency, and wait for a rate in another one", async () => {
    const yen = await imported(["60,A,Cup,3,2011-01-01 10:00:00,33.4,1,JP"], { currency: "JPY" });
    expect(yen.events[0]).toMatchObject({ minor: 100, currency: "JPY", garden: null });
    expect(yen.result.withoutRate).toBe(1);
    await garden.ctx.pool.query(
      "insert into exchange_rates (currency, valid_from, rate) values ('KWD', '2011-01-01', 2.5), ('KWD', '2011-06-01', 3)",
    );
    const dinar = await imported(
      [
        "61,A,Cup,1,2011-05-31 10:00:00,1.2345,1,KW",
        "62,A,Cup,1,2011-06-01 10:00:00,1,1,KW",
        "63,A,Cup,1,2010-12-31 10:00:00,1,1,KW",
      ],
      { currency: "KWD" },
    );
    // 1.235 dinars at 2.5 are 3.0875 pounds; before the first rate there is none.
    expect(dinar.events.map((event) => [event.minor, event.garden])).toEqual([
      [1000, null],
      [1235, 309],
      [1000, 300],
    ]);
  });

  test("a currency column stands over the stated one", async () => {
    const text = `${header},Cur\n70,A,Cup,1,2011-01-01 10:00:00,2.00,1,UK,eur\n71,A,Cup,1,2011-01-01 10:00:00,2.00,1,UK,XXQ\n`;
    const { events, result } = await imported(text, { columns: { currency: "Cur" } });
    expect(events.map((event) => event.currency)).toEqual(["EUR"]);
    expect(result.rejectedBy).toEqual({ currency_unknown: 1 });
  });
});

describe("the same again", () => {
  const lines = ["80,A,Cup,1,2011-01-01 10:00:00,2.00,8,UK", "81,A,Cup,1,2011-01-02 10:00:00,2.00,8,UK"];

  test("changes nothing, in another order of lines too; a newer export updates", async () => {
    const first = await imported(lines);
    const again = await imported([...lines].reverse(), { source: first.source });
    expect(again.result).toMatchObject({ accepted: 0, updated: 0, unchanged: 2 });
    expect(again.events).toEqual(first.events);

    const newer = await imported(
      [lines[0]!.replace(",1,2011", ",5,2011"), lines[1]!, "82,A,Cup,1,2011-01-03 10:00:00,2.00,8,UK"],
      { source: first.source },
    );
    expect(newer.result).toMatchObject({ accepted: 1, updated: 1, unchanged: 1 });
    expect(newer.events.map((event) => event.minor)).toEqual([1000, 200, 200]);

    // Taken back, the state before it is there again, and can be updated anew.
    const undone = await garden.api("POST", `/api/imports/${newer.one.id}/undo`);
    expect(undone.body.state).toBe("undone");
    expect(await eventsOf(first.source)).toEqual(first.events);
  });

  test("an order that a newer export calls cancelled is taken back", async () => {
    const head = `${header},State\n`;
    const ask: Changes = { columns: { status: "State" }, rules: { notPurchased: ["Cancelled"] } };
    const first = await imported(
      `${head}90,A,Cup,1,2011-01-01 10:00:00,2.00,9,UK,paid\n91,A,Cup,1,2011-01-01 10:00:00,2.00,9,UK,cancelled\n`,
      ask,
    );
    expect(first.result).toMatchObject({ orders: 1, leftOutBy: { not_purchased: 1 } });
    const later = await imported(`${head}90,A,Cup,1,2011-01-01 10:00:00,2.00,9,UK,CANCELLED\n`, {
      ...ask,
      source: first.source,
    });
    expect(later.result.records).toMatchObject({ withdrawn: 1 });
    expect(later.events).toEqual([]);
    const back = await imported(`${head}90,A,Cup,1,2011-01-01 10:00:00,2.00,9,UK,paid\n`, {
      ...ask,
      source: first.source,
    });
    expect(back.events.map((event) => event.recordKey)).toEqual([`order:${first.source}:90`]);
  });
});

describe("consent", () => {
  test("the stated basis stands for new customers, and what somebody said stands over it", async () => {
    const { events } = await imported([
      "100,A,Cup,1,2011-01-01 10:00:00,2.00,said-no,UK",
      "101,A,Cup,1,2011-01-01 10:00:00,2.00,silent,UK",
    ]);
    const [no, silent] = await Promise.all(
      ["said-no", "silent"].map((id) => findCustomer(garden.ctx.pool, "user_id", id)),
    );
    expect(new Set(events.map((event) => event.customerId))).toEqual(new Set([no, silent]));
    const { rows } = await garden.ctx.pool.query(
      "select purpose, granted, basis from consent_current where customer_id = $1 order by purpose",
      [silent],
    );
    expect(rows).toEqual([
      { purpose: "measure", granted: true, basis: "contract" },
      { purpose: "personalise", granted: true, basis: "legitimate_interest" },
    ]);
    await garden.ctx.inTransaction((tx) =>
      recordAnswers(tx, [
        {
          customerId: no!,
          purpose: "measure",
          granted: false,
          basis: "consent",
          origin: "test",
          at: new Date(),
        },
      ]),
    );
    const later = await imported([
      "102,A,Cup,1,2011-02-01 10:00:00,2.00,said-no,UK",
      "103,A,Cup,1,2011-02-01 10:00:00,2.00,silent,UK",
    ]);
    expect(later.result).toMatchObject({ accepted: 1, leftOutBy: { no_consent: 1 } });
    expect(later.events.map((event) => event.customerId)).toEqual([silent]);
  });

  test("another basis can be stated, but not none for measuring", async () => {
    const { one, result } = await imported(["110,A,Cup,1,2011-01-01 10:00:00,2.00,unscored,UK"], {
      basis: { personalise: null },
    });
    expect(one.basis).toEqual({ measure: "contract", personalise: null, contact: null });
    expect(result.basis).toEqual(one.basis);
    const id = await findCustomer(garden.ctx.pool, "user_id", "unscored");
    const [row] = await garden.ctx.events.query(
      z.object({ profile: z.number() }),
      { id: id! },
      "select profile from customers where customer_id = {id:UInt64}",
    );
    expect(row).toEqual({ profile: 0 });
    expect(
      await refusal(imported(["111,A,Cup,1,2011-01-01 10:00:00,2.00,1,UK"], { basis: { measure: null } })),
    ).toMatch(/^basis\.measure_missing/);
  });
});

describe("files as they come", () => {
  const one = "200,A,Küche,2,2011-01-01 10:00:00,2.00,5,UK";

  test.each([
    ["a BOM", Buffer.from(`\ufeff${header}\n${one}\n`)],
    ["Windows-1252", Buffer.from(`${header}\n${one}\n`, "latin1")],
    ["semicolons", Buffer.from(`${header}\n${one}\n`.replaceAll(",", ";"))],
    [
      "tabs and Windows line ends",
      Buffer.from(`${header}\n${one}\n`.replaceAll(",", "\t").replaceAll("\n", "\r\n")),
    ],
    ["quotation marks around everything", Buffer.from(`${header}\n${one}\n`.replace(/[^,\n]+/g, '"$&"'))],
    ["carriage returns alone", Buffer.from(`${header}\n${one}\n`.replaceAll("\n", "\r"))],
    ["a header in capitals", Buffer.from(`${header.toUpperCase()}\n${one}\n`)],
  ])("%s is read", async (_what, body) => {
    const { events, result } = await imported(body);
    expect(result).toMatchObject({ read: 1, accepted: 1 });
    expect(events[0]).toMatchObject({
      minor: 400,
      properties: { products: [{ product_id: "A", name: "Küche", quantity: 2 }] },
    });
  });

  test("gzip is read, and a damaged one is named", async () => {
    const { gzipSync } = await import("node:zlib");
    const lines = Array.from({ length: 5000 }, (_, at) =>
      one.replace("200", `2${at}`).replace("2.00", String(1 + (at % 97) / 100)),
    );
    const packed = gzipSync([header, ...lines, ""].join("\n"));
    expect((await imported(packed, { name: "orders.csv.gz" })).result.read).toBe(5000);
    expect(await refusal(imported(packed.subarray(0, packed.length - 2000)))).toMatch(
      /^file\.gzip_broken: The file orders.csv is a damaged gzip/,
    );
    expect(await refusal(imported(packed.subarray(0, 40)))).toMatch(/^file\.(gzip_broken|empty)/);
  });

  test("German numbers and dates are understood", async () => {
    const text =
      'Bestellung;Artikel;Bezeichnung;Menge;Datum;Preis;Kunde;Land\n300;A;Tasse;2;28.03.2011 8:05;"1.234,50";7;DE\n301;A;Tasse;1;01.04.2011;0,99;7;DE\n';
    const columns = {
      order: "Bestellung",
      product: "Artikel",
      name: "Bezeichnung",
      quantity: "Menge",
      happenedAt: "Datum",
      price: "Preis",
      customer: "Kunde",
      country: "Land",
    };
    const { events } = await imported(text, { columns, timezone: "Europe/Berlin" });
    expect(events.map((event) => [event.at, event.minor])).toEqual([
      ["2011-03-28 06:05:00.000", 246_900],
      ["2011-03-31 22:00:00.000", 99],
    ]);
  });

  test("bad lines are rejected by reason and can be fetched as a CSV that no spreadsheet runs", async () => {
    const {
      one: done,
      result,
      events,
    } = await imported([
      "400,A,Cup,1,2011-01-01 10:00:00,2.00,1,UK",
      "401,A,Cup,many,2011-01-01 10:00:00,2.00,1,UK",
      "402,A,=cmd(),1,2011-01-01 10:00:00,free,1,UK",
      "403,A,Cup,1,2011-02-30 10:00:00,2.00,1,UK",
      "404,A,Cup,1,01.02.2011,2.00,1,UK",
      "405,A,Cup,1,1970-01-01 00:00:00,2.00,1,UK",
      "406,A,Cup,1,3000-01-01 00:00:00,2.00,1,UK",
      ",A,Cup,1,2011-01-01 10:00:00,2.00,1,UK",
      "407,A,Cup",
      "408,A,Cup,1,2011-01-01 10:00:00,2.00,1,UK,more",
      "409,A,Cup,1,2011-01-01 10:00:00,2.00,2.81772E+18,UK",
      "410,A,Cup,1,2011-01-01 10:00:00,2.00,1,UK",
      "410,B,Cup,1,2011-01-01 10:00:00,2.00,2,UK",
      "",
    ]);
    expect(result.rejectedBy).toEqual({
      quantity_not_number: 1,
      price_not_number: 1,
      date_unreadable: 1,
      date_other_format: 1,
      date_out_of_range: 2,
      order_missing: 1,
      too_few_columns: 1,
      too_many_columns: 1,
      customer_damaged: 1,
      two_customers: 2,
    });
    expect(result).toMatchObject({ read: 14, accepted: 1, leftOutBy: { blank: 1 } });
    expect(events).toHaveLength(1);
    const { body } = await garden.api("GET", `/api/imports/${done.id}/rejected.csv`);
    const lines = (body as string).replace("\ufeff", "").trim().split("\r\n");
    expect(lines).toHaveLength(13);
    expect(lines[0]).toBe(`file,row,reason,explanation,${header}`);
    expect(lines[2]).toBe(
      "orders.csv,4,price_not_number,The price is no number.,402,A,'=cmd(),1,2011-01-01 10:00:00,free,1,UK",
    );
  });

  test("a broken quotation mark costs its own line", async () => {
    const {
      one: done,
      result,
      events,
    } = await imported([
      "500,A,Cup,1,2011-01-01 10:00:00,2.00,1,UK",
      '501,A,"Cup,1,2011-01-01 10:00:00,2.00,1,UK',
      "502,A,Cup,1,2011-01-01 10:00:00,2.00,1,UK",
      '503,A,"Cup" of tea,1,2011-01-01 10:00:00,2.00,1,UK',
      '504,A,"Cup, with\nhandle",1,2011-01-01 10:00:00,2.00,1,UK',
      "505,A,Cup,1,2011-01-01 10:00:00,2.00,1,UK",
      '506,A,Cup,1,2011-01-01 10:00:00,2.00,1,"UK',
    ]);
    expect(result).toMatchObject({ read: 7, accepted: 4, rejectedBy: { broken_quote: 3 } });
    expect(events.map((event) => event.properties.order_id)).toEqual(["500", "502", "504", "505"]);
    const { body } = await garden.api("GET", `/api/imports/${done.id}/rejected.csv`);
    expect((body as string).match(/^orders\.csv,\d+,broken_quote/gm)).toEqual([
      "orders.csv,3,broken_quote",
      "orders.csv,5,broken_quote",
      "orders.csv,9,broken_quote",
    ]);
  });

  test("dates that are written in two ways, or could be, are refused with what to do", async () => {
    const line = (id: number, date: string) => `${id},A,Cup,1,${date},2.00,1,UK`;
    expect(await refusal(imported([line(1, "13/02/2011"), line(2, "02/13/2011")]))).toMatch(
      /^dates\.mixed: In the column InvoiceDate, 1 dates/,
    );
    expect(await refusal(imported([line(1, "03/04/2011"), line(2, "05/06/2011")]))).toMatch(
      /^dates\.ambiguous/,
    );
    const chosen = await imported([line(1, "03/04/2011"), line(2, "13/06/2011")], {
      rules: { dates: "mdy" },
    });
    expect(chosen.result.rejectedBy).toEqual({ date_unreadable: 1 });
    expect(chosen.events[0]!.at).toBe("2011-03-04 00:00:00.000");
  });

  test("numbers of which the decimals cannot be told are refused, and never taken a thousand times too small", async () => {
    const file = (...prices: string[]) => {
      const lines = prices.map((price, at) => `T${at};A;Cup;1;2011-03-04 10:00:00;${price};1;UK`);
      return `${[header.replaceAll(",", ";"), ...lines].join("\n")}\n`;
    };
    expect(await refusal(imported(file("1.000", "2.500", "7")))).toMatch(
      /^numbers\.ambiguous: The column UnitPrice does not tell whether \d\.\d00 /,
    );
    expect(await refusal(imported(file("1,000 €", "7")))).toMatch(/^numbers\.ambiguous/);
    const minorOf = async (text: string, rules = {}) =>
      (await imported(text, { rules })).events.map((event) => event.minor);
    expect(await minorOf(file("1.000", "2.500", "7"), { decimalMark: "," })).toEqual([100_000, 250_000, 700]);
    expect(await minorOf(file("1.000", "2.500", "7"), { decimalMark: "." })).toEqual([100, 250, 700]);
    expect(await minorOf(file("1.000", "12,50"))).toEqual([100_000, 1250]);
    expect(await minorOf(file("1.000", "1.000.000"))).toEqual([100_000, 100_000_000]);
    expect(await minorOf(file("1.250", "0.990"))).toEqual([125, 99]);
    expect(await minorOf(file("1000", "7"))).toEqual([100_000, 700]);
  });

  test.each([
    ["file.not_csv", "nothing but words\nand more words\n"],
    ["file.zip", Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 0, 1, 2, 3])],
    ["file.utf16", Buffer.from(`\ufeff${header}\n`, "utf16le")],
    ["file.no_rows", `${header}\n`],
    ["file.empty", " \n \n"],
    ["file.header_twice", `${header},Country\n${one},UK\n`],
    ["import.columns_missing", `${header.replace("CustomerID", "Customer")}\n${one}\n`],
    ["import.columns_missing", "a,b\n1,2\n"],
  ])("%s is refused before anything starts", async (code, body) => {
    expect(await refusal(imported(body as string))).toMatch(
      new RegExp(`^${code.replace(".", "\\.")}: .{20}`),
    );
  });

  test("an empty body, an unknown file, no currency and no zone are refused", async () => {
    await expect(sendFile(garden, "empty.csv", "")).rejects.toThrow("file.empty");
    const file = await sendFile(garden, "../../etc/passwd", `${header}\n${one}\n`);
    const start = async (ask: object) =>
      (await garden.api("POST", "/api/imports", { mapping: "uci-online-retail", files: [file], ...ask })).body
        .error.code;
    expect(await start({ timezone: "Europe/London" })).toBe("import.currency_missing");
    expect(await start({ timezone: "Europe/London", currency: "POUND" })).toBe("import.currency_unknown");
    expect(await start({ currency: "GBP" })).toBe("import.timezone_missing");
    expect(await start({ currency: "GBP", timezone: "London" })).toBe("import.timezone_unknown");
    expect(await start({ currency: "GBP", timezone: "Europe/London", mapping: "no-such" })).toBe(
      "mapping.missing",
    );
    expect(
      await start({
        currency: "GBP",
        timezone: "Europe/London",
        files: ["00000000-0000-4000-8000-000000000000"],
      }),
    ).toBe("file.missing");
    expect(
      (await garden.api("POST", "/api/imports", { mapping: "olist", files: ["/etc/passwd"] })).status,
    ).toBe(400);
    expect((await garden.api("GET", "/api/imports", undefined, "nobody")).status).toBe(401);
    expect(
      (await garden.api("POST", "/api/imports", { mapping: "olist", files: [file] }, "analyst")).status,
    ).toBe(403);
  });
});

describe("mappings and previews", () => {
  test("a preview shows columns, first lines and the mapping that fits", async () => {
    const file = await sendFile(
      garden,
      "export.csv",
      `${header}\n${Array.from({ length: 30 }, (_, at) => `${at},A,Cup,1,2011-01-01 10:00:00,2.00,1,UK`).join("\n")}\n`,
    );
    const { body } = await garden.api("POST", "/api/imports/preview", { files: [file] });
    expect(body.mapping).toMatchObject({ name: "uci-online-retail", missing: [] });
    expect(body.needs).toEqual({ currency: true, timezone: true });
    expect(body.basis).toEqual({ measure: "contract", personalise: "legitimate_interest", contact: null });
    const [shown] = body.files;
    expect(shown).toMatchObject({
      role: "lines",
      delimiter: ",",
      encoding: "utf-8",
      bom: false,
      problem: null,
    });
    expect(shown.rows).toHaveLength(20);
    expect(shown.columns[4]).toEqual({ name: "InvoiceDate", type: "date", dates: "iso" });
    expect(shown.columns[5]).toEqual({ name: "UnitPrice", type: "decimal" });
  });

  test("columns with other names are guessed, and a bad file has its problem beside it", async () => {
    const file = await sendFile(
      garden,
      "shop.csv",
      "Order ID;SKU;Qty;Unit Price;Order Date;Customer ID\n1;A;2;3,50;01.02.2011;9\n",
    );
    const words = await sendFile(garden, "letter.txt", "Dear all\n");
    const { body } = await garden.api("POST", "/api/imports/preview", { files: [file, words] });
    expect(body.mapping.mapping.files.lines).toEqual({
      order: "Order ID",
      product: "SKU",
      quantity: "Qty",
      price: "Unit Price",
      happenedAt: "Order Date",
      customer: "Customer ID",
    });
    expect(body.files[1].problem.code).toBe("file.not_csv");
  });

  test("a mapping is saved under a name, changed, used and deleted; the ready ones stay", async () => {
    const mapping = Mapping.parse({ ...readyMappings["uci-online-retail"], source: "mine" });
    expect((await garden.api("PUT", "/api/imports/mappings/mine", mapping)).body).toMatchObject({
      name: "mine",
      ready: false,
    });
    expect((await garden.api("PUT", "/api/imports/mappings/olist", mapping)).body.error.code).toBe(
      "mapping.ready",
    );
    expect((await garden.api("PUT", "/api/imports/mappings/mine", { ...mapping, files: {} })).status).toBe(
      400,
    );
    const { body } = await garden.api("GET", "/api/imports/mappings");
    expect(body.items.map((one: { name: string }) => one.name)).toEqual([
      ...Object.keys(readyMappings),
      "mine",
    ]);
    const file = await sendFile(garden, "o.csv", `${header}\n600,A,Cup,1,2011-01-01 10:00:00,2.00,1,UK\n`);
    expect(
      (
        await importFiles(garden, {
          mapping: "mine",
          files: [file],
          currency: "GBP",
          timezone: "Europe/London",
        })
      ).mapping.name,
    ).toBe("mine");
    expect((await garden.api("DELETE", "/api/imports/mappings/mine")).status).toBe(200);
    expect((await garden.api("GET", "/api/imports/mappings/mine")).status).toBe(404);
  });
});

test("an export that has both the price and the total of a line counts the total, and the price where that is missing", async () => {
  const { events } = await imported(
    `${header},Total\n1,A,Cup,2,2011-03-01 08:00,2.50,c1,UK,4.50\n2,A,Cup,2,2011-03-01 08:00,2.50,c2,UK,\n`,
    { columns: { lineTotal: "Total" } },
  );
  expect(events.map((event) => event.minor)).toEqual([450, 500]);
});
