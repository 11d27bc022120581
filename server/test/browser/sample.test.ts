import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Operator, openGarden, settled, until, wordsOf } from "./operator.ts";
import { type RondellProcess, startRondell } from "./rondell.ts";

interface Sample {
  garden: { id: string } | null;
  job: { state: string; progress: number | null; error: string | null } | null;
  truth: { summary: { customers: number; events: number } | null } | null;
}

/** The wizard's first door: a small sample garden grows, is entered, is marked, and is dropped. */
describe.sequential("the sample garden", () => {
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

  const sample = () => operator.api<Sample>("GET", "/api/sample");

  test("grows with progress, beside the brand's own garden", async () => {
    const { page } = operator;
    // The page asks for 5,000 customers over two years; a smaller world is enough to see it grow.
    await page.route("**/api/sample", (route) =>
      route.request().method() === "POST"
        ? route.continue({
            postData: JSON.stringify({ customers: 60, weeks: 16, daysAtOnce: 7, insightEveryWeeks: 8 }),
          })
        : route.continue(),
    );
    await operator.open("/start");
    await page.getByRole("link", { name: "Look around" }).click();
    await page.getByRole("button", { name: "Grow the sample garden" }).click();
    const bar = page.getByRole("progressbar", { name: "How far has it grown?" });
    await bar.waitFor();
    await operator.shot("sample-growing");
    const shares = new Set<string>();
    const { truth } = await until<Sample>(
      "the growth",
      async () => {
        shares.add((await bar.getAttribute("aria-valuenow", { timeout: 500 }).catch(() => null)) ?? "gone");
        const now = await sample();
        if (now.job?.state === "failed") throw new Error(now.job.error ?? "failed");
        return now.truth?.summary ? now : undefined;
      },
      150_000,
    );
    expect([...shares].filter((share) => share !== "gone").length).toBeGreaterThan(1);
    await page.getByRole("button", { name: "Enter the sample garden" }).waitFor();
    const words = await wordsOf(page);
    expect(words).toContain(`${truth!.summary!.customers} simulated people`);
    await operator.shot("sample-ready");
  });

  test("marks every page as synthetic, and shows what its customers did", async () => {
    const { page } = operator;
    await page.getByRole("button", { name: "Enter the sample garden" }).click();
    const banner = page.getByRole("complementary", { name: "Sample garden" });
    await banner.waitFor();
    await settled(page);
    expect(
      (await page.locator("section.station .v").allInnerTexts()).some((text) => /[1-9]/.test(text)),
    ).toBe(true);
    await operator.shot("sample-loop");
    for (const path of ["/customers", "/value", "/experiments", "/settings"]) {
      await operator.open(path);
      await banner.waitFor();
    }
  });

  test("is dropped, and leaves the brand's own garden as it was", async () => {
    const { page } = operator;
    await operator.open("/sample");
    await page.getByRole("button", { name: "Drop", exact: true }).click();
    await page.getByRole("dialog").getByRole("button", { name: "Drop", exact: true }).click();
    await page.getByRole("button", { name: "Grow the sample garden" }).waitFor({ timeout: 60_000 });
    expect(await page.getByRole("complementary", { name: "Sample garden" }).count()).toBe(0);
    expect((await sample()).garden).toBeNull();
    await operator.open("/");
    expect(await wordsOf(page)).toContain("The bed is dug, nothing planted");
    expect(operator.faults).toEqual([]);
  });
});
