import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fillGarden } from "./filled.ts";
import { tabStops } from "./looks.ts";
import { type Operator, openGarden } from "./operator.ts";
import { type RondellProcess, startRondell } from "./rondell.ts";
import { errorsIn, go, lookAt, looks, nameOf, pages, wear } from "./walk.ts";

/** Every page of the operators with something on it, in both languages, both schemes and two widths. */
describe.sequential("every page of a garden that is in use", () => {
  let rondell: RondellProcess;
  let operator: Operator;
  let paths: Record<string, string> = {};
  let more: Record<string, string> = {};

  beforeAll(async () => {
    rondell = await startRondell();
    operator = await openGarden(rondell, { brand: "Lindgrün", currency: "GBP", timezone: "Europe/London" });
  });
  afterAll(async () => {
    await operator?.close();
    await rondell?.stop();
  });

  test("is filled by the product's own doors", async () => {
    ({ paths, more } = await fillGarden(rondell, operator));
    expect(Object.keys(paths).sort()).toEqual(
      pages
        .map((page) => page.path)
        .filter((path) => path.includes("$"))
        .sort(),
    );
  });

  test.each(looks)(
    "reads well in $language, $scheme, wide and on a phone, and keeps nobody out",
    async (chosen) => {
      await wear(operator, chosen);
      const found: string[] = [];
      for (const page of pages) {
        await go(operator, paths[page.path] ?? page.path);
        found.push(
          ...(await lookAt(operator, page.path, {
            named: `${nameOf(page)}-${chosen.language}-${chosen.scheme}`,
          })),
        );
      }
      for (const [name, path] of Object.entries(more)) {
        await go(operator, path);
        found.push(
          ...(await lookAt(operator, path, { named: `${name}-${chosen.language}-${chosen.scheme}` })),
        );
      }
      expect(found).toEqual([]);
      expect(operator.faults.splice(0)).toEqual([]);
    },
  );

  test("is reached by the keyboard, part by part, and shows where one is", async () => {
    await wear(operator, looks[0]);
    const found: string[] = [];
    for (const path of [...pages.map((page) => paths[page.path] ?? page.path), ...Object.values(more)]) {
      await go(operator, path);
      found.push(...(await tabStops(operator.page)).map((trouble) => `${path}: ${trouble}`));
    }
    expect(found).toEqual([]);
    // Dialogs are left by Escape, and the focus returns to what opened them.
    const { page } = operator;
    await go(operator, "/settings/operators");
    const invite = page.getByRole("button", { name: "Invite" });
    await invite.focus();
    await page.keyboard.press("Enter");
    await page.getByRole("dialog").waitFor();
    await page.keyboard.press("Escape");
    await page.getByRole("dialog").waitFor({ state: "detached" });
    expect(await invite.evaluate((button) => button === document.activeElement)).toBe(true);
    expect(operator.faults.splice(0)).toEqual([]);
  });

  test("leaves no error in the server's log", () => {
    expect(errorsIn(rondell.output())).toEqual([]);
  });
});
