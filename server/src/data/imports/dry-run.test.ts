import { beforeAll, expect, test } from "vitest";
import { openGarden, type TestGarden } from "../../../test/harness.ts";
import { readyMappings } from "./ready.ts";
import { ended, importFiles, sendFile } from "./testing.ts";

let garden: TestGarden;
beforeAll(async () => {
  garden = await openGarden({ currency: "GBP", timezone: "Europe/London" });
});

/** What each table of both engines holds, but for the imports themselves and what a job leaves. */
async function everything() {
  const { rows } = await garden.ctx.pool.query(
    "select table_name as name from information_schema.tables where table_schema = current_schema() and table_type = 'BASE TABLE'",
  );
  const counts: Record<string, number> = {};
  for (const { name } of rows as { name: string }[]) {
    if (/^(imports|import_files|audit.*|changes|audit_trail)$/.test(name)) continue;
    counts[name] = (await garden.ctx.pool.query(`select count(*)::int as n from "${name}"`)).rows[0].n;
  }
  for (const table of [
    "events_stored",
    "import_records",
    "superseded",
    "imports_shown",
    "customers_stored",
  ]) {
    const { z } = await import("zod");
    const [row] = await garden.ctx.events.query(
      z.object({ n: z.number() }),
      {},
      `select count() as n from ${table}`,
    );
    counts[`events.${table}`] = row!.n;
  }
  return counts;
}

const header = "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country";
const lines = [
  "1,A,Cup,1,2011-03-01 08:00,2.50,c1,UK",
  "2,A,Cup,1,2011-03-02 08:00,2.50,c2,UK",
  "3,A,Cup,x,2011-03-03 08:00,2.50,c3,UK",
];
const ask = { mapping: "uci-online-retail", currency: "GBP", timezone: "Europe/London" };

test("a try says what an import would do, writes nothing, and can then be done in earnest", async () => {
  expect(readyMappings["uci-online-retail"]).toBeDefined();
  const first = await sendFile(garden, "first.csv", [header, lines[0], ""].join("\n"));
  await importFiles(garden, { ...ask, files: [first] });
  const before = await everything();
  const file = await sendFile(garden, "all.csv", [header, ...lines, ""].join("\n"));
  const begun = await garden.api("POST", "/api/imports", { ...ask, files: [file], dryRun: true });
  const tried = await ended(garden, begun.body.id);
  expect(tried).toMatchObject({ state: "checked", dryRun: true });
  expect(tried.result).toMatchObject({
    accepted: 1,
    unchanged: 1,
    rejected: 1,
    customers: 2,
    newCustomers: 1,
  });
  expect(await everything()).toEqual(before);
  expect((await garden.api("POST", `/api/imports/${tried.id}/undo`)).body.error.code).toBe("import.not_done");

  await garden.api("POST", `/api/imports/${tried.id}/resume`);
  const done = await ended(garden, tried.id);
  expect(done).toMatchObject({ state: "done", dryRun: false });
  expect(done.result).toMatchObject({
    accepted: 1,
    unchanged: 1,
    rejected: 1,
    customers: 2,
    newCustomers: 1,
  });
});

test("a try of customers writes no trait, no identifier and no consent", async () => {
  const file = await sendFile(garden, "people.jsonl", '{"id":"p1","email":"p1@example.com","city":"Bath"}\n');
  const before = await everything();
  const begun = await garden.api("POST", "/api/imports", {
    mapping: {
      title: "",
      source: "crm",
      files: { persons: { customer: "id", email: "email", city: "city" } },
      rules: {},
    },
    files: [file],
    dryRun: true,
  });
  expect(await ended(garden, begun.body.id)).toMatchObject({
    state: "checked",
    result: { accepted: 1, newCustomers: 1 },
  });
  expect(await everything()).toEqual(before);
});
