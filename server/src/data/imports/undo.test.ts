import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
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
  return rows.map((row: { body: string }) => row.body);
};

test("an import that is taken back takes its own words of a review along, and no others", async () => {
  const lines = ["1,A,Cup,1,2011-01-01 10:00:00,2.00,words,UK"];
  await imported({ source: "words", lines, reviews: ["r1,1,4,Fine,It holds tea.,2011-01-03 10:00:00"] });
  const second = await imported({
    source: "words",
    lines,
    reviews: ["r1,1,2,Leaks,It leaks by now.,2011-01-03 10:00:00"],
  });
  expect(second.result).toMatchObject({ updated: 1, unchanged: 1 });
  await undo(second);
  expect(await textsOf("words")).toEqual(["It holds tea."]);
});
