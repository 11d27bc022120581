import { afterAll, beforeAll, describe, expect, test } from "vitest";
import type { PageDefinition } from "../../../admin/src/shell/pages.ts";
import { barriers } from "./barriers.ts";
import { troubles } from "./looks.ts";
import { type Operator, openGarden, operatorOn, settled, wordsOf } from "./operator.ts";
import { type RondellProcess, startRondell } from "./rondell.ts";
import { errorsIn, go, lookAt, looks, nameOf, pages } from "./walk.ts";

/** Every page of the operators before there is anything on it, and while the server cannot answer. */
describe.sequential("every page of a new garden", () => {
  let rondell: RondellProcess;
  let operator: Operator;

  beforeAll(async () => {
    rondell = await startRondell();
  });
  afterAll(async () => {
    await operator?.close();
    await rondell?.stop();
  });

  test("is reached by pages that keep nobody out: the first one, and the sign-in", async () => {
    const found: string[] = [];
    const seeAs = async (path: string, { language, scheme }: (typeof looks)[number]) => {
      const seen = await operatorOn(rondell, { locale: language, colorScheme: scheme });
      await seen.page.addInitScript(
        (scheme) => localStorage.setItem("mantine-color-scheme-value", scheme),
        scheme,
      );
      await seen.open(path);
      await seen.page.locator(`html[lang=${language}][data-mantine-color-scheme=${scheme}]`).waitFor();
      found.push(...(await lookAt(seen, path, { named: `${path.slice(1)}-${language}-${scheme}` })));
      await seen.close();
    };
    for (const look of looks) await seeAs("/setup", look);
    operator = await openGarden(rondell, { brand: "Lindgrün", currency: "GBP", timezone: "Europe/London" });
    for (const look of looks) await seeAs("/login", look);
    expect(found).toEqual([]);
  });

  test("on its first day says what to do", async () => {
    const found: string[] = [];
    for (const page of pages.filter((one) => !one.path.includes("$"))) {
      await go(operator, page.path);
      const told = [...(await troubles(operator.page)), ...(await barriers(operator.page))];
      found.push(...told.map((trouble) => `${page.path}: ${trouble}`));
      if (emptyAtFirst.includes(page.path) && !(await operator.page.locator(".empty").count()))
        found.push(`${page.path}: does not say that nothing is there`);
      await operator.shot(`empty-${nameOf(page)}`);
    }
    expect(found).toEqual([]);
    expect(operator.faults.splice(0)).toEqual([]);
  });

  test("says what failed when the server cannot answer, and keeps its frame", async () => {
    const context = operator.page.context();
    const found: string[] = [];
    const faults: string[] = [];
    /** One browser's tab walks through some of the pages: what fails is asked for again after a second. */
    const walk = async (some: PageDefinition[]) => {
      const page = await context.newPage();
      let at = "";
      page.on("pageerror", (error) => faults.push(`${at}: ${error.message}`));
      let refused = 0;
      await page.route(/\/api\/(?!me(\?|$)|setup)/, async (route) => {
        refused++;
        await route.fulfill({
          status: 500,
          contentType: "application/json",
          body: JSON.stringify({ error: { code: "bug", message: "Something went wrong." } }),
        });
      });
      await page.goto(`${rondell.url}/start`);
      await settled(page);
      for (const one of some) {
        at = one.path;
        refused = 0;
        // None of it is looked up: the server answers nothing.
        const isThere = await go({ page }, one.path.replace(/\$\w+/, "1")).then(yes, no);
        if (!isThere) found.push(`${one.path}: shows neither a page nor an error`);
        const alert = page.locator("main").getByRole("alert").first();
        // A page that asks nothing cannot fail; a form asks for the brand's colour alone, and can do without.
        if (
          refused > 0 &&
          one.path !== "/surveys/new" &&
          !(await alert.waitFor({ timeout: 60_000 }).then(yes, no))
        )
          found.push(
            `${one.path}: hides that the server could not answer, and says “${await wordsOf(page)}”`,
          );
        if ((await page.getByRole("heading", { level: 1 }).count()) !== 1)
          found.push(`${one.path}: lost its heading`);
        found.push(...(await barriers(page)).map((barrier) => `${one.path}: ${barrier}`));
      }
      await page.close();
    };
    // More side by side only wait for each other.
    const lanes = 3;
    await Promise.all(
      Array.from({ length: lanes }, (_, lane) => walk(pages.filter((_, place) => place % lanes === lane))),
    );
    expect(found).toEqual([]);
    expect(faults).toEqual([]);
  });

  test("leaves no error in the server's log", () => {
    expect(errorsIn(rondell.output())).toEqual([]);
  });
});

const yes = () => true;
const no = () => false;

/** Pages that have nothing to show in a new garden, and say what to do about it. */
const emptyAtFirst = [
  "/",
  "/catalogue",
  "/customers",
  "/duplicates",
  "/events",
  "/experiments",
  "/imports",
  "/journeys",
  "/lifecycle",
  "/offers",
  "/survey-alerts",
  "/surveys",
  "/value",
];
