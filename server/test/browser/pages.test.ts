import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { pages as allPages, type PageDefinition } from "../../../admin/src/shell/pages.ts";
import { fillGarden } from "./filled.ts";
import { fitted, missing, tabStops, troubles } from "./looks.ts";
import { type Operator, openGarden, operatorOn, settled, signIn, wordsOf } from "./operator.ts";
import { type RondellProcess, startRondell } from "./rondell.ts";

/** All pages inside the frame, as the admin UI itself lists them. */
const pages = allPages.filter((page) => page.access !== "public");

const looks = [
  { language: "en", scheme: "light" },
  { language: "de", scheme: "dark" },
] as const;
const widths = [1440, 390] as const;

/** Every page of the admin UI, for every kind of reader, in both languages, both schemes and two widths. */
describe.sequential("every page", () => {
  let rondell: RondellProcess;
  let operator: Operator;
  let paths: Record<string, string> = {};

  beforeAll(async () => {
    rondell = await startRondell();
    operator = await openGarden(rondell, { brand: "Lindgrün", currency: "GBP", timezone: "Europe/London" });
  });
  afterAll(async () => {
    await operator?.close();
    await rondell?.stop();
  });

  const pathOf = (page: PageDefinition) => paths[page.path] ?? page.path;
  const nameOf = (page: PageDefinition) => page.path.replace(/^\/|\$/g, "").replaceAll("/", "-") || "loop";

  /** Goes to a page as a link does, without loading the app anew, and waits until all of it is there. */
  async function go({ page }: Operator, path: string): Promise<void> {
    await page.evaluate((to) => {
      document.querySelector("h1")?.remove();
      history.pushState({}, "", to);
    }, path);
    await settled(page);
    // A page may ask its second question once the first is answered.
    await page.waitForTimeout(120);
    await settled(page);
  }

  async function look(seen: Operator, { language, scheme }: (typeof looks)[number]): Promise<void> {
    await seen.api("PATCH", "/api/me", { language });
    await seen.page.evaluate((scheme) => {
      localStorage.setItem("mantine-color-scheme-value", scheme);
    }, scheme);
    await seen.open("/start");
    await seen.page.locator(`html[lang=${language}][data-mantine-color-scheme=${scheme}]`).waitFor();
  }

  /**
   * A picture for eyes: what the screen shows, or with RONDELL_TALL_PICTURES the whole page, by a screen as
   * high as it, so that charts are not drawn anew.
   */
  async function picture(seen: Operator, name: string, width: number): Promise<void> {
    if (!process.env.RONDELL_TALL_PICTURES) return seen.shot(name);
    const height = await seen.page.evaluate(() => document.documentElement.scrollHeight);
    await seen.page.setViewportSize({ width, height: Math.max(900, Math.min(height, 5000)) });
    await seen.shot(name);
    await seen.page.setViewportSize({ width, height: 900 });
  }

  test("on its first day says what to do", async () => {
    const found: string[] = [];
    for (const page of pages.filter((one) => !one.path.includes("$"))) {
      await go(operator, page.path);
      found.push(...(await troubles(operator.page)).map((trouble) => `${page.path}: ${trouble}`));
      if (emptyAtFirst.includes(page.path) && !(await operator.page.locator(".empty").count()))
        found.push(`${page.path}: does not say that nothing is there`);
      await operator.shot(`empty-${nameOf(page)}`);
    }
    expect(found).toEqual([]);
    expect(operator.faults.splice(0)).toEqual([]);
  });

  test("is filled by the product's own doors", async () => {
    paths = await fillGarden(rondell, operator);
    expect(Object.keys(paths).sort()).toEqual(
      pages
        .map((page) => page.path)
        .filter((path) => path.includes("$"))
        .sort(),
    );
  });

  test.each(looks)("reads well in $language, $scheme, wide and on a phone", async (chosen) => {
    await look(operator, chosen);
    const found: string[] = [];
    for (const page of pages) {
      for (const width of widths) {
        await operator.page.setViewportSize({ width, height: 900 });
        if (width === widths[0]) await go(operator, pathOf(page));
        await fitted(operator.page);
        const told = await troubles(operator.page);
        found.push(...told.map((trouble) => `${page.path} at ${width}: ${trouble}`));
        await picture(operator, `${nameOf(page)}-${chosen.language}-${chosen.scheme}-${width}`, width);
      }
      await operator.page.setViewportSize({ width: widths[0], height: 900 });
    }
    expect(found).toEqual([]);
    expect(operator.faults.splice(0)).toEqual([]);
  });

  test("is reached by the keyboard, part by part, and shows where one is", async () => {
    await look(operator, looks[0]);
    const found: string[] = [];
    for (const page of pages) {
      await go(operator, pathOf(page));
      found.push(...(await tabStops(operator.page)).map((trouble) => `${page.path}: ${trouble}`));
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

  test("says what failed when the server cannot answer, and keeps its frame", async () => {
    const context = operator.page.context();
    const found: string[] = [];
    const faults: string[] = [];
    const see = async (one: PageDefinition) => {
      const page = await context.newPage();
      page.on("pageerror", (error) => faults.push(`${one.path}: ${error.message}`));
      let refused = 0;
      await page.route(/\/api\/(?!me(\?|$)|setup)/, async (route) => {
        refused++;
        await route.fulfill({
          status: 500,
          contentType: "application/json",
          body: JSON.stringify({ error: { code: "bug", message: "Something went wrong." } }),
        });
      });
      await page.goto(`${rondell.url}${pathOf(one)}`);
      if (!(await settled(page).then(yes, no))) found.push(`${one.path}: shows neither a page nor an error`);
      const alert = page.locator("main").getByRole("alert").first();
      // A page that asks nothing cannot fail; a form asks for the brand's colour alone, and can do without.
      if (
        refused > 0 &&
        one.path !== "/surveys/new" &&
        !(await alert.waitFor({ timeout: 10_000 }).then(yes, no))
      )
        found.push(`${one.path}: hides that the server could not answer`);
      if ((await page.getByRole("heading", { level: 1 }).count()) !== 1)
        found.push(`${one.path}: lost its heading`);
      await page.close();
    };
    // What fails is asked for once more after a second: several pages wait side by side.
    for (let at = 0; at < pages.length; at += 3) await Promise.all(pages.slice(at, at + 3).map(see));
    expect(found).toEqual([]);
    expect(faults).toEqual([]);
  });

  test.each([
    { role: "analyst", chosen: looks[0] },
    { role: "service", chosen: looks[1] },
  ] as const)("shows people of role $role what is theirs, and says what is not", async ({ role, chosen }) => {
    const email = `${role}@example.com`;
    const made = await operator.api<{ oneTimePassword: string }>("POST", "/api/operators", {
      name: role === "analyst" ? "Anna" : "Sami",
      email,
      role,
    });
    const seen = await operatorOn(rondell);
    try {
      await seen.open("/login");
      await signIn(seen.page, { email, password: made.oneTimePassword });
      await seen.page.getByRole("heading", { level: 1 }).first().waitFor();
      await seen.api("POST", "/api/me/password", {
        currentPassword: made.oneTimePassword,
        newPassword: "another garden of one's own",
      });
      seen.faults.splice(0);
      const { rights } = await seen.api<{ rights: string[] }>("GET", "/api/me");
      const found: string[] = [];
      await look(seen, chosen);
      for (const page of pages) {
        await seen.page.setViewportSize({ width: 1440, height: 900 });
        await go(seen, pathOf(page));
        const isOpen = !page.right || rights.includes(page.right);
        const words = await wordsOf(seen.page);
        if (page.path !== "/" && isOpen === words.includes(missing[chosen.language]))
          found.push(`${page.path}: ${isOpen ? "is closed" : "is open"}`);
        for (const width of widths) {
          await seen.page.setViewportSize({ width, height: 900 });
          await fitted(seen.page);
          const told = await troubles(seen.page);
          found.push(...told.map((trouble) => `${page.path} at ${width}: ${trouble}`));
        }
      }
      await seen.shot(`role-${role}-${chosen.language}`);

      expect(found).toEqual([]);
      expect(seen.faults).toEqual([]);
    } finally {
      await seen.close();
    }
  });

  test("leaves no error in the server's log", () => {
    const errors = rondell
      .output()
      .split("\n")
      .filter((line) => /"level":(50|60)/.test(line));
    expect(errors).toEqual([]);
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
