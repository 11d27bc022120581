import { afterAll, beforeAll, expect, test } from "vitest";
import { type Operator, openGarden, settled, until } from "./operator.ts";
import { type RondellProcess, startRondell } from "./rondell.ts";
import { go, lookAt, looks, wear } from "./walk.ts";

let rondell: RondellProcess;
let operator: Operator;
beforeAll(async () => {
  rondell = await startRondell();
  operator = await openGarden(rondell, { brand: "Lindgrün", currency: "EUR", timezone: "Europe/Berlin" });
  const { api } = operator;
  const rules = await api<object>("GET", "/api/traffic-rules");
  await api("PUT", "/api/traffic-rules", { ...rules, internalDomains: ["brand.example"] });
  const { writeKey } = await api<{ writeKey: string }>("POST", "/api/sources", {
    name: "App",
    kind: "server",
  });
  const bot = { context: { userAgent: "Googlebot/2.1 (+http://www.google.com/bot.html)" } };
  const batch = [
    { type: "identify", userId: "olga", traits: { email: "olga@brand.example", name: "Olga Brand" } },
    { type: "track", userId: "olga", event: "Product Viewed" },
    { type: "track", userId: "crawler", event: "Product Viewed", ...bot },
  ];
  const answer = await fetch(`${rondell.url}/v1/batch`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${writeKey}:`)}`, "content-type": "application/json" },
    body: JSON.stringify({ batch: batch.map((call, at) => ({ messageId: `m${at}`, ...call })) }),
  });
  expect(answer.status).toBe(200);
  const flagged = () => api<{ counts: unknown[] }>("GET", "/api/traffic/flagged");
  await until("the flags", async () => (await flagged()).counts.length === 2);
});
afterAll(async () => {
  await operator?.close();
  await rondell?.stop();
});

test.each(looks)("the page of traffic shows what was flagged in $language, $scheme", async (chosen) => {
  await wear(operator, chosen);
  await go(operator, "/settings/traffic");
  const named = `traffic-flagged-${chosen.language}-${chosen.scheme}`;
  expect(await lookAt(operator, "/settings/traffic", { named })).toEqual([]);
});

test("rules can be saved only when something has changed, and somebody can be counted again", async () => {
  const { page } = operator;
  await wear(operator, looks[0]);
  await go(operator, "/settings/traffic");
  const save = page.getByRole("button", { name: "Save" });
  expect(await save.getAttribute("aria-disabled")).toBe("true");
  await page.getByLabel("Domains", { exact: false }).first().fill("");
  expect(await save.getAttribute("aria-disabled")).toBeNull();
  await save.click();
  await page.getByText("Saved", { exact: false }).first().waitFor();
  await settled(page);
  expect(await save.getAttribute("aria-disabled")).toBe("true");
  await page.getByRole("button", { name: "Count them again" }).first().click();
  await page.getByRole("dialog").getByRole("button", { name: "Count them again" }).click();
  await page.getByText("From the next event on they count.").waitFor();
  expect(operator.faults.splice(0)).toEqual([]);
});
