import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { beforeAll, describe, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { openText } from "../../garden/index.ts";
import { importFiles, sendFile } from "./testing.ts";

const folder = join(import.meta.dirname, "../../../../../shared/data/olist");
const there = existsSync(folder);
if (!there) console.warn(`Skipped: the Olist files are not at ${folder}.`);

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden({ currency: "BRL", timezone: "America/Sao_Paulo" });
});

const ask = { mapping: "olist", currency: "BRL", timezone: "America/Sao_Paulo" };
const Event = z.object({
  name: z.string(),
  recordKey: z.string(),
  customerId: z.number(),
  at: z.string(),
  minor: z.number().nullable(),
  // biome-ignore lint/suspicious/noExplicitAny: properties are what the event says
  properties: z.string().transform((text) => JSON.parse(text) as any),
});
const events = (like: string) =>
  garden.ctx.events.query(
    Event,
    { like },
    `select name, record_key, customer_id, toString(happened_at) as at, amount_minor as minor, toString(properties) as properties
      from events where record_key like {like:String} order by record_key`,
  );

/** The words of a review stand sealed in the database. */
const opened = <T extends { title: string; body: string }>(row: T): T => ({
  ...row,
  title: openText(garden.ctx, row.title, "review_texts.title"),
  body: openText(garden.ctx, row.body, "review_texts.body"),
});

describe("several files that belong together", () => {
  const files = {
    "customers.csv": [
      "customer_id,customer_unique_id,customer_zip_code_prefix,customer_city,customer_state",
      "k1,ann,1,santos,SP",
      "k2,ann,1,recife,PE",
      "k3,bob,2,natal,RN",
    ],
    "orders.csv": [
      "order_id,customer_id,order_status,order_purchase_timestamp",
      "o1,k1,delivered,2018-01-10 10:00:00",
      "o2,k2,shipped,2018-07-10 10:00:00",
      "o3,k3,canceled,2018-01-12 10:00:00",
      "o4,k3,delivered,2018-01-13 10:00:00",
      "o5,k9,delivered,2018-01-13 10:00:00",
    ],
    "items.csv": [
      "order_id,order_item_id,product_id,price,freight_value",
      "o1,1,p1,10.00,1.50",
      "o1,2,p1,10.00,1.50",
      "o2,1,p2,5.00,2.00",
      "o3,1,p2,5.00,2.00",
      "o5,1,p2,5.00,2.00",
      "o9,1,p2,5.00,2.00",
    ],
    "payments.csv": [
      "order_id,payment_sequential,payment_type,payment_value",
      "o1,1,voucher,3",
      "o1,2,credit_card,20",
    ],
    "products.csv": ["product_id,product_category_name", "p1,mesa"],
    "translation.csv": ["product_category_name,product_category_name_english", "mesa,table"],
    "reviews.csv": [
      "review_id,order_id,review_score,review_comment_title,review_comment_message,review_creation_date,review_answer_timestamp",
      'r1,o1,5,Ótimo,"Chegou ""antes"",\nobrigado",2018-01-20 00:00:00,2018-01-21 09:30:00',
      "r2,o3,1,,,2018-01-20 00:00:00,2018-01-21 09:30:00",
      "r3,o8,1,,,2018-01-20 00:00:00,2018-01-21 09:30:00",
      "r4,o2,good,,,2018-01-20 00:00:00,2018-01-21 09:30:00",
    ],
  };

  test("become orders and reviews of persons", async () => {
    const ids = await Promise.all(
      Object.entries(files).map(([name, lines]) => sendFile(garden, name, `${lines.join("\n")}\n`)),
    );
    const { result } = await importFiles(garden, { ...ask, files: ids });
    expect(result).toMatchObject({
      orders: 2,
      reviews: 2,
      customers: 2,
      rejectedBy: {
        order_without_lines: 1,
        order_not_in_files: 2,
        customer_not_in_files: 1,
        score_unreadable: 1,
      },
      leftOutBy: { not_purchased: 1 },
    });
    const [o1, o2] = await events("order:olist:o%");
    // 10 January is in summer time in São Paulo (UTC-2), 10 July is not (UTC-3).
    expect(o1).toMatchObject({
      at: "2018-01-10 12:00:00.000",
      minor: 2300,
      properties: {
        products: [{ product_id: "p1", category: "table", quantity: 2, price: 10, amount_minor: 2300 }],
        payment_types: ["credit_card", "voucher"],
        status: "delivered",
      },
    });
    expect(o2).toMatchObject({ at: "2018-07-10 13:00:00.000", minor: 700, customerId: o1!.customerId });
    const { rows: persons } = await garden.ctx.pool.query("select traits from customers where id = $1", [
      o1!.customerId,
    ]);
    expect(persons[0].traits).toEqual({ city: "recife" });

    const reviews = await events("review:olist:%");
    expect(reviews[0]).toMatchObject({
      name: "Review Submitted",
      recordKey: "review:olist:r1:o1",
      customerId: o1!.customerId,
      minor: null,
      properties: { review_id: "r1", order_id: "o1", score: 5, has_text: true, product_ids: ["p1"] },
    });
    expect(JSON.stringify(reviews)).not.toContain("obrigado");
    const { rows: texts } = await garden.ctx.pool.query(
      "select record_key, customer_id, title, body from review_texts",
    );
    expect(texts.map(opened)).toEqual([
      {
        record_key: "review:olist:r1:o1",
        customer_id: o1!.customerId,
        title: "Ótimo",
        body: 'Chegou "antes",\nobrigado',
      },
    ]);
  });

  test("a file that is needed and absent is refused", async () => {
    const id = await sendFile(garden, "orders.csv", `${files["orders.csv"].join("\n")}\n`);
    await expect(importFiles(garden, { ...ask, files: [id] })).rejects.toThrow(
      /^import\.file_missing: No file holds the items and the customers/,
    );
  });
});

describe.skipIf(!there)("the Olist files", () => {
  test("come in with every line accounted for, and change nothing when they come again", {
    timeout: 240_000,
  }, async () => {
    const names = readdirSync(folder).filter((name) => name.endsWith(".csv"));
    const files = await Promise.all(
      names.map((name) => sendFile(garden, name, readFileSync(join(folder, name)))),
    );
    const { result } = await importFiles(garden, { ...ask, files });
    expect(result).toMatchObject({
      orders: 3_363,
      reviews: 4_021,
      // Created, invoiced and shipped orders of which no item is in the files.
      rejectedBy: { order_without_lines: 7 },
      // Items of cancelled and unavailable orders, and such orders without items.
      leftOutBy: { not_purchased: 4_083 - 3_806 + 370 },
      accepted: 3_806 + 4_021,
    });
    const lines = Object.fromEntries(
      result.files.map((file: { role: string; lines: number }) => [file.role, file.lines]),
    );
    expect(lines).toMatchObject({
      orders: 3_980,
      items: 4_083,
      payments: 4_309,
      reviews: 4_021,
      customers: 3_980,
    });

    const [sums] = await garden.ctx.events.query(
      z.object({ minor: z.number(), buyers: z.number() }),
      {},
      `select sum(amount_garden_minor) as minor, uniqExact(customer_id) as buyers from events
        where name = 'Order Completed' and length(toString(properties.order_id)) = 32`,
    );
    // Prices and freight of the purchased items, reckoned apart from the product.
    expect(sums).toEqual({ minor: 55_957_939, buyers: 3_325 });
    const scores = await garden.ctx.events.query(
      z.object({ score: z.number(), n: z.number() }),
      {},
      `select properties.score::Int64 as score, count() as n from events
        where name = 'Review Submitted' and length(toString(properties.order_id)) = 32 group by score order by score`,
    );
    expect(scores.map((row) => row.n)).toEqual([1_286, 194, 327, 568, 1_646]);
    const { rows } = await garden.ctx.pool.query(
      "select title, body from review_texts where record_key not like '%:o1'",
    );
    expect(rows.map(opened).filter((row) => row.body !== "").length).toBe(2_051);

    const again = (await importFiles(garden, { ...ask, files })).result;
    expect(again).toMatchObject({ accepted: 0, updated: 0, unchanged: 3_806 + 4_021, newCustomers: 0 });
  });
});
