import { writeFile } from "node:fs/promises";
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

/** A picture in light, in dark, and as a phone shows it, which has nothing to scroll sideways. */
async function shot(name: string) {
  for (const scheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme: scheme });
    await page.screenshot({ path: join(shots, `${name}-${scheme}.png`), fullPage: true });
  }
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 390, height: 844 });
  await page.waitForTimeout(300);
  await page.screenshot({ path: join(shots, `${name}-phone.png`), fullPage: true });
  const wider = await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth);
  expect(wider).toBeLessThanOrEqual(0);
  await page.setViewportSize({ width: 1440, height: 900 });
}

test("customers as lines of JSON are guessed, tried, imported in earnest, and taken back", async () => {
  await page.goto(`${rondell.url}/imports/new`);
  const lines = [
    '{"customer_id":"u1","email":"ada@example.com","first_name":"Ada","last_name":"Lovelace","city":"Bonn","tier":"gold"}',
    '{"customer_id":"u2","email":"nobody","first_name":"Bo"}',
  ];
  await page.locator("input[type=file]").setInputFiles({
    name: "crm.jsonl",
    mimeType: "application/x-ndjson",
    buffer: Buffer.from(lines.join("\n")),
  });
  const kind = page.getByRole("combobox", { name: "What the files bring" });
  await expect.poll(() => kind.inputValue()).toBe("Customers");
  await expect.poll(() => page.getByRole("combobox", { name: "First name" }).inputValue()).toBe("first_name");
  await shot("imports-kinds-new");
  await page.getByRole("button", { name: "Try first" }).click();
  await page.getByText("This was a try").waitFor();
  expect(await page.getByText("The e-mail address is none").count()).toBe(1);
  await shot("imports-kinds-tried");
  await page.getByRole("button", { name: "Import in earnest" }).click();
  await page.getByText("What came of it?").waitFor();
  await page.getByRole("button", { name: "Take back" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take back" }).click();
  await page.getByText("The import was taken back").waitFor();
  expect(operator.faults).toEqual([]);
});

test("a folder is watched, and tells what came of its last file", async () => {
  await page.goto(`${rondell.url}/imports`);
  await page.getByText("None yet. Files that another program").waitFor();
  await page.getByRole("combobox", { name: "Mapping", exact: true }).click();
  await page.getByRole("option", { name: "Zendesk: tickets" }).click();
  await page.getByRole("combobox", { name: "Time zone" }).click();
  await page.getByRole("option", { name: "Europe/Berlin" }).first().click();
  await page.getByRole("button", { name: "Watch a folder" }).click();
  const path = await page.locator(".folderpath").textContent();
  await writeFile(join(path!, "book.csv"), "%PDF-1.7");
  await page.getByText("book.csv").first().waitFor({ timeout: 60_000 });
  await page.getByText("is a PDF").first().waitFor();
  await page.getByRole("button", { name: "Change zendesk-tickets" }).click();
  await page.getByRole("combobox", { name: "When files are taken" }).click();
  await page.getByRole("option", { name: "on a day of the week" }).click();
  await page.getByRole("combobox", { name: "Day" }).click();
  await page.getByRole("option", { name: "Sunday" }).click();
  await page.locator("input[type=time]").fill("06:30");
  await shot("imports-kinds-folder-form");
  await page.getByRole("button", { name: "Save", exact: true }).click();
  await page.getByText("Sundays at 06:30").waitFor();
  await page.getByRole("button", { name: "Look into zendesk-tickets now" }).click();
  await page.getByText("asked for by Olga").waitFor({ timeout: 60_000 });
  await page.getByText("Nothing lay there.").waitFor();
  await shot("imports-kinds-folders");
  await page.getByRole("button", { name: "Stop watching zendesk-tickets" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Stop watching" }).click();
  await page.getByText("None yet. Files that another program").waitFor();
  expect(operator.faults).toEqual([]);
});
