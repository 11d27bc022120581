import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Operator, openGarden, shots } from "./operator.ts";
import { type RondellProcess, startRondell } from "./rondell.ts";

let rondell: RondellProcess;
let operator: Operator;
let page: Page;
beforeAll(async () => {
  rondell = await startRondell();
  operator = await openGarden(rondell, { brand: "Lindgrün", currency: "EUR", timezone: "Europe/Berlin" });
  page = operator.page;
}, 300_000);
afterAll(async () => {
  await operator?.close();
  await rondell?.stop();
});

const csv = (name: string, lines: string[]) => ({
  name,
  mimeType: "text/csv",
  buffer: Buffer.from(`${lines.join("\n")}\n`),
});
const header = "Order ID,SKU,Title,Qty,Unit Price,Order Date,Customer ID,Currency";
const line = (order: number, customer: number) =>
  `${order},P${order % 7},Cup,2,3.50,2026-02-${String(1 + (order % 28)).padStart(2, "0")} 10:00:00,${customer},EUR`;
const shot = (name: string) => page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
const box = (label: string) => page.getByRole("combobox", { name: label, exact: true });
const start = () => page.getByRole("button", { name: "Start the import" });

async function choose(label: string, option: string) {
  await box(label).click();
  await page.getByRole("option", { name: option, exact: true }).click();
}

test("the page follows the mapping as it is edited, and a removed file leaves the edits", async () => {
  await page.goto(`${rondell.url}/imports/new`);
  const lines = Array.from({ length: 3000 }, (_, at) => line(at, 1000 + (at % 400)));
  await page
    .locator("input[type=file]")
    .setInputFiles([
      csv("export-2026.csv", [header, ...lines]),
      csv("export-2025.csv", [header, line(9001, 1001)]),
    ]);
  await page.getByRole("table").first().getByText("export-2025.csv").waitFor();
  // The file's name tells nothing about the shop: nothing is chosen silently.
  await page.getByText("Name where they are from.").waitFor();
  await page.getByLabel("Where they are from").fill("lisbon");
  await choose("The customer column holds", "a number of this source only");
  await page.getByText("Choose the time zone of the dates.").waitFor();
  expect(await box("Currency of the amounts").count()).toBe(0);

  // Without a currency column the currency is asked for.
  await choose("Currency", "none");
  await box("Currency of the amounts").waitFor();
  await choose("Currency", "Currency");
  await box("Currency of the amounts").waitFor({ state: "detached" });

  // A column that the file lacks is said where it is chosen; the file stays what it is.
  await page.getByRole("button", { name: "Remove export-2025.csv" }).click();
  await page.getByRole("table").first().getByText("export-2025.csv").waitFor({ state: "detached" });
  expect(await page.getByLabel("Where they are from").inputValue()).toBe("lisbon");
  expect(await box("The customer column holds").inputValue()).toBe("a number of this source only");
  await choose("Time zone of the dates", "Europe/Berlin");
  await shot("import-new");
  await start().click();
  await page.getByText("By which rules?").waitFor();
  await page.getByText("What came of it?").waitFor();
  const words = await page.locator("main").innerText();
  expect(words).toContain("The customer column holds numbers of “lisbon” only.");
  expect(words).toContain("Dates before 1990 and in the future are rejected.");
  expect(words).toContain("Dates are written year first.");
  expect(words).toMatch(/It counts for 400 customers from now on/);
  await shot("import-done");
});

test("several files of one's own are mapped from Olist's", async () => {
  await page.goto(`${rondell.url}/imports/new`);
  await page
    .locator("input[type=file]")
    .setInputFiles([
      csv("orders-porto.csv", ["no,when,buyer", "1,2026-02-01 10:00:00,a", "2,2026-02-02 10:00:00,b"]),
      csv("items-porto.csv", ["no,article,cost", "1,A,3.50", "1,B,2.00", "2,A,3.50"]),
    ]);
  await page.getByRole("button", { name: "Start from Olist" }).click();
  const kinds = page.getByRole("combobox", { name: "What the files hold" });
  const pills = page.locator(".mantine-MultiSelect-pill");
  for (const kind of ["Customers", "Payments", "Products", "Names of categories", "Reviews"])
    await pills.filter({ hasText: kind }).getByRole("button", { includeHidden: true }).click();
  await kinds.press("Escape");
  const group = (name: string) => page.getByRole("group", { name: new RegExp(`^${name}`) });
  const pick = async (role: string, field: string, option: string) => {
    await group(role).getByRole("combobox", { name: field, exact: true }).click();
    await page.getByRole("option", { name: option, exact: true }).click();
  };
  await pick("Orders", "File", "orders-porto.csv");
  await pick("Orders", "Order number", "no");
  await pick("Orders", "Date", "when");
  await pick("Orders", "Customer", "buyer");
  await pick("Items of orders", "File", "items-porto.csv");
  await pick("Items of orders", "Order number", "no");
  await pick("Items of orders", "Product number", "article");
  await pick("Items of orders", "Unit price", "cost");
  await pick("Orders", "Status", "none");
  await pick("Items of orders", "Freight", "none");
  await page.getByLabel("Where they are from").fill("porto");
  await choose("Currency of the amounts", "EUR");
  await choose("Time zone of the dates", "Europe/Berlin");
  await shot("import-several");
  await start().click();
  await page.getByText("What came of it?").waitFor();
  expect(await page.locator("main").innerText()).toMatch(/2 orders and 0 refunds of 2 customers/);
  expect(operator.faults).toEqual([]);
});

test("a file on its way shows how much was sent, and can be stopped", async () => {
  await page.goto(`${rondell.url}/imports/new`);
  const client = await page.context().newCDPSession(page);
  await client.send("Network.enable");
  const slow = { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: 1_500_000 };
  await client.send("Network.emulateNetworkConditions", slow);
  const lines = Array.from({ length: 160_000 }, (_, at) => line(at, at % 900));
  await page.locator("input[type=file]").setInputFiles([csv("large.csv", [header, ...lines])]);
  await page
    .getByText(/Sending large\.csv · [\d.]+ MB of [\d.]+ MB · [\d.]+ (MB|kB) a second · about/)
    .waitFor();
  await shot("import-sending");
  await page.getByRole("button", { name: "Stop sending" }).click();
  await page.getByText("Drop files here, or choose them.").waitFor();
  expect(await page.getByText("large.csv").count()).toBe(0);
});

test("the command line writes the rejected lines also when nothing could be used", async () => {
  const folder = await mkdtemp(join(tmpdir(), "rondell-rejected-"));
  const file = join(folder, "bad.csv");
  await writeFile(
    file,
    "InvoiceNo,StockCode,Description,Quantity,InvoiceDate,UnitPrice,CustomerID,Country\n1,A,Cup,many,2011-01-01 10:00:00,2.00,7,UK\n",
  );
  const asked = ["--mapping", "uci-online-retail", "--currency", "EUR", "--timezone", "Europe/Berlin"];
  const failed = await rondell
    .command("import", "orders", file, ...asked, "--rejected", join(folder, "rejected.csv"))
    .catch((error: Error & { stdout?: string; stderr?: string }) => `${error.stdout}${error.stderr}`);
  expect(failed).toContain("import.nothing_usable");
  expect(await readFile(join(folder, "rejected.csv"), "utf8")).toContain("quantity_not_number");
  await rm(folder, { recursive: true });
});

test("the pages are as wide as a phone, in German and in the dark too", async () => {
  await page.goto(`${rondell.url}/imports`);
  await page.getByRole("button", { name: "Deutsch" }).click();
  await page.getByRole("heading", { level: 1, name: "Importe" }).waitFor();
  await page.emulateMedia({ colorScheme: "dark" });
  await page.setViewportSize({ width: 390, height: 844 });
  const looksRight = async (name: string) => {
    await shot(name);
    const wide = await page.evaluate(() => document.documentElement.scrollWidth);
    expect(wide, `${name} is as wide as the phone`).toBeLessThanOrEqual(390);
  };
  await looksRight("imports-phone");
  await page.getByRole("link", { name: "export-2026.csv" }).click();
  await page
    .getByText("Was ist daraus geworden?")
    .or(page.getByText(/Nach welchen Regeln/))
    .first()
    .waitFor();
  await looksRight("import-done-phone");
  await page.goto(`${rondell.url}/imports/new`);
  await page.locator("input[type=file]").setInputFiles([csv("export.csv", [header, line(1, 7)])]);
  await page.getByText("Nennen Sie, woher sie stammen.").waitFor();
  await looksRight("import-new-phone");
  expect(operator.faults).toEqual([]);
});
