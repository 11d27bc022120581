import { beforeAll, expect, test } from "vitest";
import { z } from "zod";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { openText } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { consentsOf } from "../consent/index.ts";
import { findCustomer } from "../identity/index.ts";
import { readyMappings } from "./ready.ts";
import { importFiles, sendFile } from "./testing.ts";

const orderHeader = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
const reviewHeader = "review,order,score,title,text,at";

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden({ currency: "GBP", timezone: "Europe/London" });
});

interface Ask {
  source: string;
  lines: string[];
  reviews?: string[];
  basis?: object;
}

/** Imports order lines, and reviews where there are some; gives the import. */
async function imported({ source, lines, reviews, basis }: Ask) {
  const ready = readyMappings["uci-online-retail"]!;
  const files = [await sendFile(garden, `${source}.csv`, [orderHeader, ...lines, ""].join("\n"))];
  if (reviews)
    files.push(await sendFile(garden, `${source}-reviews.csv`, [reviewHeader, ...reviews, ""].join("\n")));
  const columns = {
    review: "review",
    order: "order",
    score: "score",
    title: "title",
    text: "text",
    happenedAt: "at",
  };
  return importFiles(garden, {
    mapping: { ...ready, source, files: { ...ready.files, ...(reviews ? { reviews: columns } : {}) } },
    files,
    currency: "GBP",
    timezone: "Europe/London",
    ...(basis ? { basis } : {}),
  });
}

const undo = async (one: { id: string }) => {
  const { status, body } = await garden.api("POST", `/api/imports/${one.id}/undo`);
  expect(status, JSON.stringify(body)).toBe(200);
};

const textsOf = async (source: string) => {
  const { rows } = await garden.ctx.pool.query(
    "select body from review_texts where record_key like $1 order by import_id",
    [`review:${source}:%`],
  );
  return rows.map((row: { body: string }) => openText(garden.ctx, row.body, "review_texts.body"));
};

/** Score and words of a customer's reviews, as the customer's timeline shows them. */
async function saidBy(id: string) {
  const customer = publicId("customer", (await findCustomer(garden.ctx.pool, "user_id", id))!);
  const { status, body } = await garden.api("GET", `/api/customers/${customer}/timeline`);
  expect(status).toBe(200);
  interface Item {
    name: string;
    properties: { score: number };
    words: { title: string; text: string } | null;
  }
  return (body.items as Item[])
    .filter((item) => item.name === "Review Submitted")
    .map((item) => ({ score: item.properties.score, words: item.words }));
}

test("an import that is taken back takes its own words of a review along, and no others", async () => {
  const lines = ["1,A,Cup,1,2011-01-01 10:00:00,2.00,words,UK"];
  await imported({ source: "words", lines, reviews: ["r1,1,4,Fine,It holds tea.,2011-01-03 10:00:00"] });
  const second = await imported({
    source: "words",
    lines,
    reviews: ["r1,1,2,Leaks,It leaks by now.,2011-01-03 10:00:00"],
  });
  expect(second.result).toMatchObject({ updated: 1, unchanged: 1 });
  expect(await saidBy("words")).toEqual([{ score: 2, words: { title: "Leaks", text: "It leaks by now." } }]);
  await undo(second);
  expect(await textsOf("words")).toEqual(["It holds tea."]);
  expect(await saidBy("words")).toEqual([{ score: 4, words: { title: "Fine", text: "It holds tea." } }]);
  const unseen = await garden.api(
    "GET",
    `/api/customers/${publicId("customer", 1)}/timeline`,
    undefined,
    "nobody",
  );
  expect(unseen.status).toBe(401);
});

const person = (id: string) => findCustomer(garden.ctx.pool, "user_id", id);

/** What stands for a person: purpose with basis, and the import that stated it. */
async function standing(id: string) {
  const customer = await person(id);
  if (customer === undefined) return undefined;
  const answers = await consentsOf(garden.ctx.pool, customer);
  answers.sort((a, b) => a.purpose.localeCompare(b.purpose));
  return answers.filter((one) => one.granted).map((one) => [one.purpose, one.basis, one.importId !== null]);
}

async function isCounted(customer: number): Promise<boolean> {
  const [row] = await garden.ctx.events.query(
    z.object({ n: z.number() }),
    { customer },
    "select count() as n from customers where customer_id = {customer:UInt64}",
  );
  return row!.n === 1;
}

test("an import that is taken back leaves nobody whom nothing else knows, and everybody else", async () => {
  const day = "2011-01-01 10:00:00,2.00";
  const first = await imported({
    source: "shop-a",
    lines: [`1,A,Cup,1,${day},alone,UK`, `2,A,Cup,1,${day},visits,UK`, `3,A,Cup,1,${day},both,UK`],
  });
  const second = await imported({ source: "shop-b", lines: [`1,B,Pot,1,${day},both,UK`] });
  expect(second.result).toMatchObject({ customers: 1, newCustomers: 0 });
  const { writeKey } = await garden.source("server");
  await garden.send(writeKey, "/v1/track", { userId: "visits", event: "Product Viewed", messageId: "v-1" });
  await garden.drained();
  const alone = (await person("alone"))!;
  expect(await isCounted(alone)).toBe(true);

  await undo(first);
  expect(await person("alone")).toBeUndefined();
  expect(await isCounted(alone)).toBe(false);
  const { rows } = await garden.ctx.pool.query(
    "select count(*)::int as n from consent_answers where customer_id = $1",
    [alone],
  );
  expect(rows[0].n).toBe(0);
  // One visits the website, which said itself by which basis; the other bought in the second shop.
  expect(await person("visits")).toBeDefined();
  expect((await standing("visits"))!.every(([, , byImport]) => !byImport)).toBe(true);
  expect(await standing("both")).toEqual([
    ["measure", "contract", true],
    ["personalise", "legitimate_interest", true],
  ]);

  await undo(second);
  expect(await person("both")).toBeUndefined();
  const again = await imported({ source: "shop-b", lines: [`1,B,Pot,1,${day},both,UK`] });
  expect(again.result).toMatchObject({ accepted: 1, newCustomers: 1 });
});

test("somebody who answered after the import stays with that answer", async () => {
  const one = await imported({
    source: "shop-c",
    lines: ["1,A,Cup,1,2011-01-01 10:00:00,2.00,speaks,UK"],
  });
  const id = (await person("speaks"))!;
  const { recordAnswers } = await import("../consent/index.ts");
  const said = { customerId: id, purpose: "contact", granted: true, basis: "consent" as const };
  await garden.ctx.inTransaction((tx) => recordAnswers(tx, [{ ...said, origin: "test", at: new Date() }]));
  await undo(one);
  expect(await standing("speaks")).toEqual([["contact", "consent", false]]);
});

test("a later import's statement replaces an earlier one's, never an answer, and the result says for how many", async () => {
  const line = (id: string, no: number) => `${no},A,Cup,1,2011-01-01 10:00:00,2.00,${id},UK`;
  const lines = [line("plain", 1), line("said-no", 2), line("said-yes", 3)];
  const first = await imported({ source: "basis", lines, basis: { contact: "consent" } });
  expect(first.result.stated).toEqual({
    measure: { applied: 3, withdrawn: 0, asBefore: 0, own: 0 },
    personalise: { applied: 3, withdrawn: 0, asBefore: 0, own: 0 },
    contact: { applied: 3, withdrawn: 0, asBefore: 0, own: 0 },
  });
  const { recordAnswers } = await import("../consent/index.ts");
  for (const [id, granted] of [
    ["said-no", false],
    ["said-yes", true],
  ] as const) {
    const said = {
      customerId: (await person(id))!,
      purpose: "personalise",
      granted,
      basis: "consent" as const,
    };
    await garden.ctx.inTransaction((tx) => recordAnswers(tx, [{ ...said, origin: "test", at: new Date() }]));
  }
  const second = await imported({
    source: "basis",
    lines,
    basis: { measure: "contract", personalise: "consent", contact: null },
  });
  expect(second.result).toMatchObject({ accepted: 0, unchanged: 3 });
  expect(second.result.stated).toEqual({
    measure: { applied: 0, withdrawn: 0, asBefore: 3, own: 0 },
    personalise: { applied: 1, withdrawn: 0, asBefore: 0, own: 2 },
    contact: { applied: 0, withdrawn: 3, asBefore: 0, own: 0 },
  });
  expect(await standing("plain")).toEqual([
    ["measure", "contract", true],
    ["personalise", "consent", true],
  ]);
  expect(await standing("said-no")).toEqual([["measure", "contract", true]]);
  expect(await standing("said-yes")).toEqual([
    ["measure", "contract", true],
    ["personalise", "consent", false],
  ]);
  const [reachable] = await garden.ctx.events.query(
    z.object({ n: z.number() }),
    { id: (await person("plain"))! },
    "select length(contact) as n from customers where customer_id = {id:UInt64}",
  );
  expect(reachable).toEqual({ n: 0 });
  // Taken back, what the first stated counts again.
  await undo(second);
  expect(await standing("plain")).toEqual([
    ["contact", "consent", true],
    ["measure", "contract", true],
    ["personalise", "legitimate_interest", true],
  ]);
});
