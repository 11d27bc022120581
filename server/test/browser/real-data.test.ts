import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Operator, openGarden, settled, wordsOf, writtenBy } from "./operator.ts";
import { type RondellProcess, startRondell } from "./rondell.ts";

const shared = resolve(import.meta.dirname, "../../../../shared/data");
const uci = join(shared, "online-retail-uci");
const olist = join(shared, "olist");
const isThere = existsSync(uci) && existsSync(olist);
if (!isThere)
  console.warn(`Skipped: the real orders of ${shared} are not there. story.test.ts uses made-up ones.`);

interface Result {
  read: number;
  accepted: number;
  updated: number;
  unchanged: number;
  customers: number;
}

/** Real exports of real shops, larger and odder than the made-up ones of the story. */
describe.skipIf(!isThere)("real orders", () => {
  let rondell: RondellProcess;
  let operator: Operator;

  beforeAll(async () => {
    rondell = await startRondell();
    operator = await openGarden(rondell, { brand: "Gifts", currency: "GBP", timezone: "Europe/London" });
  });
  afterAll(async () => {
    await operator?.close();
    await rondell?.stop();
  });

  const panel = (question: string) => operator.page.getByRole("region", { name: question, exact: true });

  test("of the UCI come in by the command line, and every page of insight shows them", async () => {
    const result = (await rondell.command(
      ...["import", "orders", `${uci}/*.csv.gz`, "--mapping", "uci-online-retail"],
      ...["--currency", "GBP", "--timezone", "Europe/London"],
    )) as Result;
    expect(result).toMatchObject({ read: 245_903, customers: 3_002 });
    await rondell.command("insight", "run");

    const f = writtenBy("en", "GBP", "Europe/London");
    const { page } = operator;
    await operator.open("/value");
    const { report } = await operator.api<{
      report: { customers: number; scored: { model: string; valueMinor: { expected: number } } };
    }>("GET", "/api/insight/value");
    const value = await wordsOf(page);
    expect(value).toContain(f.money(report.scored.valueMinor.expected, { compact: true }));
    expect(value).toContain(f.number(report.customers));
    await operator.shot("uci-value");
    await operator.open("/lifecycle");
    const { now } = await operator.api<{ now: { customers: number }[] }>(
      "GET",
      "/api/insight/lifecycle?days=91",
    );
    const stages = await wordsOf(page, ".funnel");
    for (const { customers } of now) expect(stages).toContain(` ${f.number(customers)} `);
    await operator.open("/journeys");
    await page.locator(".funnel > li").first().waitFor();
    await operator.shot("uci-journeys");
    await operator.open("/");
    expect(await wordsOf(page, ".heart")).toContain("No decision yet");
    expect(await wordsOf(page, ".say")).toContain("Nothing happened in the last 28 days");
    await operator.shot("uci-loop");
    await operator.open("/customers?sort=value");
    await page.getByRole("row").nth(1).getByRole("link").first().click();
    await panel("What happened?").waitFor();
    await settled(page);
    await operator.shot("uci-customer");
  }, 600_000);

  test("chosen again on the page change nothing", async () => {
    const { page } = operator;
    await operator.open("/imports/new");
    const names = readdirSync(uci).filter((name) => name.endsWith(".csv.gz"));
    await page.locator("input[type=file]").setInputFiles(names.map((name) => join(uci, name)));
    await page.getByText(/The mapping “.*” is used\./).waitFor({ timeout: 60_000 });
    for (const [label, choice] of [
      ["Currency of the amounts", "GBP"],
      ["Time zone of the dates", "Europe/London"],
    ] as const) {
      await page.getByRole("combobox", { name: label }).fill(choice);
      await page.getByRole("option", { name: choice }).first().click();
    }
    await page.getByRole("button", { name: "Start the import" }).click();
    await page.getByRole("progressbar", { name: "Progress of the import" }).waitFor();
    await panel("What came of the lines?")
      .or(page.locator("section.strip"))
      .first()
      .waitFor({ timeout: 120_000 });
    const [newest] = (await operator.api<{ items: { result: Result }[] }>("GET", "/api/imports")).items;
    expect(newest?.result).toMatchObject({ read: 245_903, accepted: 0, updated: 0 });
    const strip = (await page.locator("section.strip").innerText()).replace(/\s+/g, " ");
    expect(strip).toContain(writtenBy("en", "GBP", "UTC").number(newest!.result.unchanged));
    await operator.shot("uci-again");
  }, 600_000);

  test("of Olist stay out of pounds until there is a rate, and pages say how many wait", async () => {
    const result = (await rondell.command(
      ...["import", "orders", `${olist}/*.csv`, "--mapping", "olist"],
      ...["--currency", "BRL", "--timezone", "America/Sao_Paulo"],
    )) as Result & { orders: number; reviews: number; withoutRate: number };
    expect(result.orders).toBeGreaterThan(0);
    expect(result.reviews).toBeGreaterThan(0);
    expect(result.withoutRate).toBeGreaterThan(0);
    const reviews = await operator.ask<{ n: number }>(
      "select count() as n from events where name = 'Review Submitted'",
    );
    expect(reviews[0]?.n).toBe(result.reviews);
    await operator.open("/");
    await panel("What needs you?")
      .getByText(/wait for an exchange rate/)
      .waitFor();
    await operator.shot("olist-loop");
    expect(operator.faults).toEqual([]);
  }, 600_000);
});
