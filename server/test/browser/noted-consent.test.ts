import { afterAll, beforeAll, expect, test } from "vitest";
import { type Operator, openGarden, settled, until } from "./operator.ts";
import { type RondellProcess, startRondell } from "./rondell.ts";
import { go, lookAt, looks, wear } from "./walk.ts";

let rondell: RondellProcess;
let operator: Operator;
let customer = "";
beforeAll(async () => {
  rondell = await startRondell();
  operator = await openGarden(rondell, { brand: "Lindgrün", currency: "EUR", timezone: "Europe/Berlin" });
  const { writeKey } = await operator.api<{ writeKey: string }>("POST", "/api/sources", {
    name: "Till",
    kind: "server",
  });
  const answer = await fetch(`${rondell.url}/v1/identify`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${writeKey}:`)}`, "content-type": "application/json" },
    body: JSON.stringify({ userId: "1001", traits: { name: "Ada Lind", email: "ada@example.org" } }),
  });
  expect(answer.status).toBe(200);
  const find = () => operator.api<{ items: { id: string }[] }>("GET", "/api/customers?search=1001");
  await until("the customer", async () => (await find()).items.length === 1);
  customer = (await find()).items[0]!.id;
});
afterAll(async () => {
  await operator?.close();
  await rondell?.stop();
});

test("an operator notes a yes by phone and a no in the shop, and takes the no back", async () => {
  const { page } = operator;
  await operator.open(`/customers/${customer}`);
  const panel = page.getByRole("region", { name: "What may we do?" });
  const note = page.getByRole("button", { name: "Note an answer" });
  const dialog = page.getByRole("dialog");
  await note.click();
  await dialog.getByRole("combobox", { name: "What was it about?" }).click();
  await page.getByRole("option", { name: "Messages from us" }).click();
  await dialog.getByRole("radio", { name: "Yes, allowed" }).check();
  // Without what shows it nothing is noted.
  await dialog.getByRole("button", { name: "Note it" }).press("Enter");
  await dialog.getByLabel("What shows it?").fill("Call 17");
  await dialog.getByRole("checkbox", { name: "Have it confirmed by e-mail first" }).uncheck();
  await dialog.getByRole("button", { name: "Note it" }).click();
  await dialog.waitFor({ state: "detached" });
  await page.getByText("Noted. It counts from now on.").waitFor();
  await panel.getByText("Granted", { exact: true }).first().waitFor();

  await note.click();
  await dialog.getByRole("combobox", { name: "What was it about?" }).click();
  await page.getByRole("option", { name: "Messages from us" }).click();
  await dialog.getByRole("radio", { name: "No, or withdrawn" }).check();
  await dialog.getByRole("radio", { name: "In the shop" }).check();
  await dialog.getByRole("button", { name: "Note it" }).click();
  await dialog.waitFor({ state: "detached" });
  await panel.getByText("Withdrawn", { exact: true }).first().waitFor();

  await panel.getByText(/entries in the ledger/).click();
  await panel.getByRole("button", { name: "Take back" }).first().click();
  await dialog.getByRole("button", { name: "Take back" }).click();
  await page.getByText("Taken back. What stood before counts again.").waitFor();
  await settled(page);
  const { items } = await operator.api<{ items: { act: string; origin: string }[] }>(
    "GET",
    `/api/customers/${customer}/consents`,
  );
  expect(items.slice(0, 3).map((one) => [one.act, one.origin])).toEqual([
    ["retracted", "shop"],
    ["answer", "shop"],
    ["answer", "phone"],
  ]);
  expect(operator.faults.splice(0)).toEqual([]);
});

test.each(looks)("the form reads well in $language, $scheme, wide and on a phone", async (chosen) => {
  await wear(operator, chosen);
  await go(operator, `/customers/${customer}`);
  const { page } = operator;
  const words = {
    en: ["Note an answer", "What was it about?", "Messages from us", "Yes, allowed"],
    de: ["Antwort vermerken", "Worum ging es?", "Nachrichten von uns", "Ja, erlaubt"],
  }[chosen.language];
  await page.locator("details summary").first().click();
  await operator.shot(`consent-ledger-${chosen.language}-${chosen.scheme}`);
  await page.getByRole("button", { name: words[0]! }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByRole("combobox", { name: words[1]! }).click();
  await page.getByRole("option", { name: words[2]! }).click();
  await dialog.getByRole("radio", { name: words[3]! }).check();
  const named = `consent-note-${chosen.language}-${chosen.scheme}`;
  expect(await lookAt(operator, "the form", { named })).toEqual([]);
});
