import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { expect, test } from "vitest";
import { openGarden } from "../../../test/harness.ts";
import { readyMappings } from "./ready.ts";
import { importFiles, sendFile } from "./testing.ts";

const garden = await openGarden({ currency: "GBP", timezone: "Europe/London" });
const header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
const ready = readyMappings["uci-online-retail"]!;

async function imported(lines: readonly string[]) {
  const files = [await sendFile(garden, "orders.csv", [header, ...lines, ""].join("\n"))];
  const one = await importFiles(garden, {
    mapping: ready,
    files,
    currency: "GBP",
    timezone: "Europe/London",
  });
  return {
    ...one,
    rejected: join(garden.dataDir, "staging", "test", `rejected-${Number.parseInt(one.id.slice(4), 36)}.csv`),
  };
}

test("lines of somebody who was erased are left out and counted, and stand in no list of rejected lines", async () => {
  const lines = [
    "1,A,Cup,1,2011-01-20 10:00:00,2.00,gone-77,UK",
    "2,A,Cup,1,2011-01-20 10:00:00,2.00,other-88,UK",
  ];
  await imported(lines);
  const { rows } = await garden.ctx.pool.query("select kind from identifiers where value = 'gone-77'");
  const whom = { kind: rows[0].kind, value: "gone-77" };
  expect((await garden.api("POST", "/api/privacy/erasures", { whom })).status).toBe(201);
  const again = await imported([
    ...lines,
    "3,A,Cup,1,2011-02-20 10:00:00,2.00,gone-77,UK",
    "4,A,Cup,many,2011-02-20 10:00:00,2.00,gone-77,UK",
    "5,A,Cup,many,2011-02-20 10:00:00,2.00,other-88,UK",
  ]);
  expect(again.result).toMatchObject({ unchanged: 1, leftOutBy: { erased: 2 }, rejected: 2 });
  const list = await readFile(again.rejected, "utf8");
  expect(list).toContain("other-88");
  expect(list).not.toContain("gone-77");
  expect((await garden.api("GET", "/api/customers")).body.total).toBe(1);
});
