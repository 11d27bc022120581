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

test("an operator compares a proposed pair, merges it, finds it in the log, and takes it back", async () => {
  const { page } = operator;
  const { writeKey } = await operator.api<{ writeKey: string }>("POST", "/api/sources", {
    name: "Shop",
    kind: "server",
  });
  const identify = (userId: string, traits: object) => ({
    type: "identify",
    userId,
    traits,
    messageId: `${userId} ${JSON.stringify(traits)}`,
  });
  const answer = await fetch(`${rondell.url}/v1/batch`, {
    method: "POST",
    headers: { authorization: `Basic ${btoa(`${writeKey}:`)}`, "content-type": "application/json" },
    body: JSON.stringify({
      batch: [
        identify("1001", { name: "Ada Lind", email: "ada@brand.example", city: "Bonn" }),
        identify("1002", { name: "Ada Lindt", city: "Köln" }),
        identify("1002", { email: "ada@brand.example" }),
      ],
    }),
  });
  expect(answer.status).toBe(200);
  const waiting = async () => (await operator.api<{ total: number }>("GET", "/api/merge-proposals")).total;
  await expect.poll(waiting, { timeout: 20_000 }).toBe(1);

  await operator.open("/duplicates");
  await operator.shot("merges-duplicates");
  await page.getByRole("link", { name: "Compare and merge" }).click();
  await settled(page);
  await operator.shot("merges-compare");
  await page.getByRole("button", { name: "Merge", exact: true }).click();
  await page.waitForURL(/\/customers\/cus_/);
  await settled(page);
  await page
    .getByText(/^Ada Lind was merged into Ada Lindt$/)
    .first()
    .waitFor();
  await operator.shot("merges-customer");
  expect(await waiting()).toBe(0);

  await operator.open("/merges");
  const log = page.getByRole("listitem").filter({ hasText: "Ada Lind was merged into Ada Lindt" });
  expect(await log.count()).toBe(1);
  await operator.shot("merges-log");
  await page.getByRole("button", { name: "Take back" }).click();
  await page.getByRole("dialog").getByRole("button", { name: "Take back" }).click();
  await page.getByText("was taken out of").first().waitFor();
  expect(await waiting()).toBe(1);

  await operator.open("/settings/identity");
  await operator.shot("merges-rules");
  await page.setViewportSize({ width: 390, height: 844 });
  for (const [path, name] of [
    ["/settings/identity", "rules"],
    ["/duplicates", "duplicates"],
    ["/merges", "log"],
  ] as const) {
    await operator.open(path);
    await operator.shot(`merges-phone-${name}`);
  }
  await page.getByRole("link", { name: "Possible duplicates" }).first().click();
  await page.getByRole("link", { name: "Compare and merge" }).click();
  await settled(page);
  await operator.shot("merges-phone-compare");
});
