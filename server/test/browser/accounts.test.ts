import { afterAll, beforeAll, expect, test } from "vitest";
import { type Operator, openGarden, settled } from "./operator.ts";
import { type RondellProcess, startRondell } from "./rondell.ts";

let rondell: RondellProcess;
let operator: Operator;
beforeAll(async () => {
  rondell = await startRondell();
  operator = await openGarden(rondell, { brand: "Lindgrün", currency: "EUR", timezone: "Europe/Berlin" });
});
afterAll(async () => {
  await operator?.close();
  await rondell?.stop();
});

async function tell(calls: object[]): Promise<void> {
  const { writeKey } = await operator.api<{ writeKey: string }>("POST", "/api/sources", {
    name: "Shop",
    kind: "server",
  });
  const answer = await fetch(`${rondell.url}/v1/batch`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${writeKey}:`)}`, "content-type": "application/json" },
    body: JSON.stringify({ batch: calls.map((call, at) => ({ messageId: `m${at}`, ...call })) }),
  });
  expect(answer.status).toBe(200);
}
const identify = (userId: string, name: string) => ({ type: "identify", userId, traits: { name } });
const group = (userId: string, groupId: string, traits: object) => ({
  type: "group",
  userId,
  groupId,
  traits,
});
const order = (userId: string, id: string, revenue: number) => ({
  ...{ type: "track", userId, event: "Order Completed" },
  properties: { order_id: id, revenue, currency: "EUR", products: [{ product_id: "tea", name: "Tea" }] },
});

test("an operator finds an account, puts it below another, adds a member and says what they are", async () => {
  const { page } = operator;
  await operator.open("/accounts");
  await page.getByText("There are no accounts yet").waitFor();
  await operator.shot("accounts-empty");
  await tell([
    identify("1001", "Ada Lind"),
    identify("1002", "Ben Falk"),
    identify("1003", "Cleo Hahn"),
    group("1001", "lindner", { name: "Lindner Holding", industry: "Hotels", size: 420, role: "decider" }),
    group("1002", "lindner-ost", { name: "Lindner Ost", domain: "ost.lindner.example", role: "buyer" }),
    order("1001", "o1", 120),
    order("1002", "o2", 80.5),
    order("1002", "o3", 40),
  ]);
  const total = async () => (await operator.api<{ total: number }>("GET", "/api/accounts")).total;
  await expect.poll(total, { timeout: 20_000 }).toBe(2);

  await operator.open("/accounts");
  await operator.shot("accounts-list");
  await page.getByRole("link", { name: "Lindner Ost" }).click();
  await page.waitForURL(/\/accounts\/acc_/);
  await settled(page);
  await page.getByRole("button", { name: "Belongs to" }).click();
  const dialog = page.getByRole("dialog");
  await dialog.getByLabel("Account that it belongs to").fill("lindner h");
  await dialog.getByRole("button", { name: "Choose" }).click();
  await dialog.waitFor({ state: "hidden" });
  await page.getByRole("navigation", { name: "Belongs to" }).getByRole("link").click();
  await page.getByRole("heading", { name: "Lindner Holding", level: 1 }).waitFor();
  await settled(page);
  await page.getByRole("button", { name: "Add member" }).click();
  await dialog.getByLabel("Name, e-mail or identifier").fill("cleo");
  await dialog.getByRole("button", { name: "Choose" }).click();
  await dialog.getByRole("textbox", { name: "Role" }).fill("user");
  await operator.shot("accounts-add-member");
  await dialog.getByRole("button", { name: "Add member" }).click();
  await dialog.waitFor({ state: "hidden" });
  const members = page.getByRole("table", { name: "Who belongs to it?" });
  await members.getByRole("row", { name: /Cleo Hahn.*user/ }).waitFor();
  await page.setViewportSize({ width: 1440, height: 1500 });
  await operator.shot("accounts-page");
  await members.getByRole("link", { name: "Ada Lind" }).click();
  await page.getByText("Which company do they belong to?").waitFor();
  await settled(page);
  await operator.shot("accounts-customer");

  await operator.open("/accounts");
  await page.getByRole("link", { name: "Lindner Holding" }).click();
  await page.waitForURL(/\/accounts\/acc_/);
  await settled(page);
  const address = new URL(page.url()).pathname;
  await page.emulateMedia({ colorScheme: "dark" });
  await operator.open(address);
  await operator.shot("accounts-page-dark");
  await page.emulateMedia({ colorScheme: "light" });
  await page.setViewportSize({ width: 390, height: 1800 });
  for (const [path, name] of [
    ["/accounts", "list"],
    [address, "page"],
  ] as const) {
    await operator.open(path);
    await operator.shot(`accounts-phone-${name}`);
    const wider = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
    expect(wider, path).toBeLessThanOrEqual(0);
  }
  expect(operator.faults).toEqual([]);
});
