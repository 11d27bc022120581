import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BrowserContextOptions, Locator, Page } from "playwright-core";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { visit } from "./chrome.ts";
import { madeUpOrders } from "./fixtures/orders.ts";
import { type Operator, openGarden, shots, until } from "./operator.ts";
import { type RondellProcess, startRondell } from "./rondell.ts";
import { type Shop, serve } from "./shop.ts";

interface Stored {
  name: string;
  visitor: number;
  campaign: string;
  channel: string;
  properties: Record<string, unknown>;
}
type Script = {
  track(name: string, properties?: object): void;
  identify(userId: string, traits?: object): void;
  consent(said?: Record<string, boolean>): void;
};

/** A visitor of the shop, and everything that their browser asked for. */
interface Visitor {
  page: Page;
  requests: { url: string; body: string }[];
  /** What was sent about the visitor. */
  sent(): string[];
  /** Cookies, and what lies in both storages. */
  stored(): Promise<{ cookies: Record<string, string>; entries: string[] }>;
  /** Calls the script as the page does. */
  call(work: (script: Script) => void): Promise<void>;
}

const body = `<h1>Tea</h1><nav><a href="/second">Second</a> <a href="#" data-rondell-consent>Privacy choices</a></nav>
  <a id="out" href="http://localhost:9/elsewhere?secret=1" onclick="event.preventDefault()">Elsewhere</a>
  <form name="newsletter" onsubmit="event.preventDefault()">
    <input name="email" type="email"><input name="token" type="hidden" value="hidden"><input name="pin" type="password">
    <button>Send</button>
  </form><div style="height:3000px"></div><p>The end</p>`;

/** What the script does on a website, seen from a real browser: a shop on another origin than the server. */
describe.sequential("the script on a brand's website", () => {
  let rondell: RondellProcess;
  let operator: Operator;
  let shop: Shop;
  let sourceId = "";
  const foreign: string[] = [];

  beforeAll(async () => {
    rondell = await startRondell();
    operator = await openGarden(rondell, { brand: "Lindgrün", currency: "GBP", timezone: "Europe/London" });
    const { id, snippet } = await operator.api<{ id: string; snippet: string }>("POST", "/api/sources", {
      name: "Shop",
      kind: "browser",
    });
    sourceId = id;
    const html = (content: string, { lang = "en", script = snippet } = {}) =>
      `<!doctype html><html lang="${lang}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
       <title>Tea</title><link rel="icon" href="data:,">${script}</head><body>${content}</body></html>`;
    shop = await serve({
      "/": html(body),
      "/second": html(`<h1>Second</h1>`),
      "/de": html(`<h1>Tee</h1>`, { lang: "de-DE" }),
      "/early": html(`<h1>Early</h1>`, {
        script: `${snippet}<script>rondell.track("Said Early"); rondell.ready(() => rondell.track("Said Ready"))</script>`,
      }),
      "/implied": html(`<h1>Tea</h1>`, { script: await impliedSnippet() }),
      "/strict": html(
        `<meta http-equiv="content-security-policy" content="default-src 'none'; script-src 'unsafe-inline' ${rondell.url}; connect-src ${rondell.url}"><h1>Strict</h1>`,
      ),
      "/survey": html(
        `<h1>Tell us</h1><a data-rondell-survey="tea">Answer</a><div data-rondell-survey="tea"></div>`,
      ),
      "/offers": html(
        `<h1>Teas</h1><div style="height:1500px"></div><div data-rondell-slot="below" data-rondell-href="/second?p={productId}"></div>`,
      ),
    });
  });
  afterAll(async () => {
    await operator?.close();
    await rondell?.stop();
    await shop?.close();
  });

  /** Of a source that measures on a basis of its own. */
  async function impliedSnippet(): Promise<string> {
    const { snippet } = await operator.api<{ snippet: string }>("POST", "/api/sources", {
      name: "Club",
      kind: "browser",
      consentMode: "basis",
      statedBasis: { measure: "legitimate_interest" },
    });
    return snippet.replace('data-consent="ask"', 'data-consent="implied" data-privacy-url="/second"');
  }

  async function asVisitor(
    see: (visitor: Visitor) => Promise<void>,
    options: BrowserContextOptions & { signal?: boolean } = {},
  ): Promise<void> {
    const { signal, ...rest } = options;
    const seen = await visit({ viewport: { width: 1100, height: 800 }, locale: "en-GB", ...rest });
    const { page } = seen;
    if (signal)
      await page.addInitScript(() => {
        Object.defineProperty(navigator, "globalPrivacyControl", { get: () => true });
      });
    const requests: Visitor["requests"] = [];
    page.on("request", (request) => {
      requests.push({ url: request.url(), body: request.postData() ?? "" });
      const { origin, protocol } = new URL(request.url());
      if (/^http/.test(protocol) && origin !== shop.url && origin !== rondell.url)
        foreign.push(request.url());
    });
    try {
      await see({
        page,
        requests,
        sent: () => requests.filter(({ body }) => body).map(({ body }) => body),
        async stored() {
          const cookies = await page.context().cookies();
          const entries = await page.evaluate(() => [
            ...Object.keys(localStorage),
            ...Object.keys(sessionStorage),
          ]);
          return {
            cookies: Object.fromEntries(cookies.map(({ name, value }) => [name, decodeURIComponent(value)])),
            entries,
          };
        },
        call: (work) =>
          page.evaluate(
            (source) => new Function("rondell", `(${source})(rondell)`)(Reflect.get(window, "rondell")),
            work.toString(),
          ),
      });
    } finally {
      await seen.close();
    }
  }

  /** For eyes: no test compares it. */
  const shot = (page: Page, name: string) =>
    page.screenshot({ path: join(shots, `${name}.png`), animations: "disabled" });
  const dialog = (page: Page) => page.getByRole("dialog");
  const idOf = async (visitor: Visitor) =>
    JSON.parse((await visitor.stored()).cookies.rondell ?? "{}").anonymousId as string;
  /** The kept events of whoever viewed a page with this search, in their order. */
  const kept = (mark: string) =>
    operator.ask<Stored>(
      `select name, visitor_id as visitor, campaign, channel, properties from events
       where visitor_id in (select visitor_id from events where properties.search::String like '%${mark}%')
       order by happened_at`,
    );
  const keptBy = (mark: string, count: number) =>
    until(`${count} events of ${mark}`, async () => {
      const rows = await kept(mark);
      return rows.length >= count && rows;
    });
  const names = (rows: Stored[]) => rows.map((row) => row.name).sort();

  test("nothing is stored or sent before the visitor has answered", async () => {
    await asVisitor(async (visitor) => {
      const { page } = visitor;
      await page.goto(`${shop.url}/?mark=before`);
      await dialog(page).waitFor();
      await visitor.call((script) => script.track("Product Viewed", { product_id: "T1" }));
      await visitor.call((script) => script.identify("ada", { email: "ada@example.com" }));
      await page.locator("#out").click();
      await page.getByRole("button", { name: "Send" }).click();
      await page.mouse.wheel(0, 4000);
      await page.waitForTimeout(800);
      await dialog(page).focus();
      await page.keyboard.press("Escape");
      await dialog(page).waitFor({ state: "detached" });
      expect(await visitor.stored()).toEqual({ cookies: {}, entries: [] });
      await page.goto(`${shop.url}/second`);
      await dialog(page).waitFor();
      expect(visitor.sent()).toEqual([]);
      expect(
        visitor.requests
          .filter(({ url }) => url.startsWith(rondell.url))
          .map(({ url }) => new URL(url).pathname),
      ).toEqual(
        Array.from({ length: 2 }, () => [
          "/rondell.js",
          "/rondell/consent.js",
          expect.stringMatching(/^\/v1\/projects\/wk_[^/]+\/purposes$/),
        ]).flat(),
      );
    });
  });

  test("the banner is answered by keyboard, and what is allowed is kept", async () => {
    await asVisitor(async (visitor) => {
      const { page } = visitor;
      await page.goto(`${shop.url}/?mark=keyboard&utm_source=letter&utm_medium=email&utm_campaign=spring`);
      await dialog(page).waitFor();
      expect(await dialog(page).getAttribute("aria-labelledby")).toBe("title");
      await page.getByRole("heading", { name: "Lindgrün asks: what may we use?" }).waitFor();
      await page.getByText("We record what you look at and buy here, to improve our shop.").waitFor();
      const buttons = dialog(page).getByRole("button");
      const looks = await buttons.evaluateAll((all) =>
        all.map((one) => {
          const { backgroundColor, color, borderColor, fontWeight, fontSize } = getComputedStyle(one);
          return { backgroundColor, color, borderColor, fontWeight, fontSize, height: one.clientHeight };
        }),
      );
      expect(looks).toHaveLength(3);
      expect(new Set(looks.map((look) => JSON.stringify(look))).size).toBe(1);
      await shot(page, "banner-light");
      // The dialog has the focus: two boxes, then refusing, then allowing.
      for (let step = 0; step < 4; step++) await page.keyboard.press("Tab");
      await page.keyboard.press("Enter");
      await dialog(page).waitFor({ state: "detached" });
      const rows = await keptBy("mark=keyboard", 3);
      expect(names(rows)).toEqual(["Consent Granted", "Consent Granted", "Page Viewed"]);
      expect(rows.find((row) => row.name === "Page Viewed")).toMatchObject({
        campaign: "spring",
        channel: "email",
        properties: { path: "/", title: "Tea" },
      });
      const [cookie, ...others] = await page.context().cookies();
      expect(others).toEqual([]);
      expect(cookie).toMatchObject({ name: "rondell", sameSite: "Lax", domain: "127.0.0.1", path: "/" });
      const id = await idOf(visitor);
      expect(JSON.parse(visitor.sent()[0]!).batch[0]).toMatchObject({
        anonymousId: id,
        context: { consent: { categoryPreferences: { measure: true, personalise: true } } },
      });
      // Kept, and nobody is asked again.
      await page.goto(`${shop.url}/?mark=keyboard-again`);
      await keptBy("mark=keyboard-again", 4);
      expect(await dialog(page).count()).toBe(0);
      expect(await idOf(visitor)).toBe(id);
      // What the page said before the script was there waited for it.
      await page.goto(`${shop.url}/early`);
      expect(names(await keptBy("mark=keyboard", 7))).toEqual(
        expect.arrayContaining(["Said Early", "Said Ready"]),
      );
      await until("an empty queue", async () => (await visitor.stored()).entries.length === 0);
    });
  });

  test("the banner speaks German, and a no is remembered without an id", async () => {
    await asVisitor(
      async (visitor) => {
        const { page } = visitor;
        await page.goto(`${shop.url}/de`);
        await page.getByRole("heading", { name: "Lindgrün fragt: Was dürfen wir verwenden?" }).waitFor();
        await shot(page, "banner-phone-de");
        expect(await dialog(page).evaluate((one) => getComputedStyle(one).animationName)).toBe("none");
        const overflow = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overflow).toBeLessThanOrEqual(0);
        await page.getByRole("button", { name: "Alles ablehnen" }).click();
        await page.reload();
        const handle = page.getByRole("button", { name: "Datenschutz" });
        await handle.waitFor();
        await shot(page, "banner-handle-de");
        expect(await dialog(page).count()).toBe(0);
        expect(await visitor.stored()).toEqual({
          cookies: { rondell: '{"answers":{"measure":false,"personalise":false}}' },
          entries: [],
        });
        expect(visitor.sent()).toEqual([]);
        await handle.click();
        await page.getByRole("checkbox", { name: "Besuche und Käufe messen" }).check();
        await page.getByRole("button", { name: "Angekreuztes erlauben" }).click();
        await until("an event", async () => visitor.sent().length > 0);
        const [first] = JSON.parse(visitor.sent()[0]!).batch;
        expect(first.context.consent.categoryPreferences).toEqual({ measure: true, personalise: false });
      },
      { viewport: { width: 390, height: 844 }, locale: "de-DE", reducedMotion: "reduce" },
    );
  });

  test("what was withdrawn stops at once, is told to the server, and leaves nothing behind", async () => {
    await asVisitor(
      async (visitor) => {
        const { page } = visitor;
        await page.goto(`${shop.url}/?mark=withdrawn`);
        await dialog(page).waitFor();
        await shot(page, "banner-dark");
        await page.getByRole("button", { name: "Allow all" }).click();
        await keptBy("mark=withdrawn", 3);
        const id = await idOf(visitor);
        const tab = await page.context().newPage();
        await tab.goto(`${shop.url}/second`);
        await until("the other tab", async () => (await kept("mark=withdrawn")).length === 4);
        const sentByTab: string[] = [];
        tab.on("request", (request) => sentByTab.push(request.url()));
        await page.getByRole("link", { name: "Privacy choices" }).click();
        await dialog(page).waitFor();
        expect(
          await page
            .getByRole("checkbox")
            .evaluateAll((all) => all.map((one) => (one as HTMLInputElement).checked)),
        ).toEqual([true, true]);
        await page.getByRole("button", { name: "Refuse all" }).click();
        expect(await visitor.stored()).toEqual({
          cookies: { rondell: '{"answers":{"measure":false,"personalise":false}}' },
          entries: [],
        });
        const sent = visitor.sent().length;
        expect(JSON.parse(visitor.sent().at(-1)!).batch[0]).toMatchObject({
          event: "Consent Withdrawn",
          anonymousId: id,
          context: { consent: { categoryPreferences: { measure: false, personalise: false } } },
        });
        await visitor.call((script) => script.track("Product Viewed", { product_id: "T1" }));
        await tab.evaluate(() => (Reflect.get(window, "rondell") as Script).track("Product Viewed"));
        await page.reload();
        await page.waitForTimeout(800);
        expect(visitor.sent()).toHaveLength(sent);
        expect(sentByTab).toEqual([]);
        // The server goes by it as well: whoever sends for this visitor is not heard any more.
        const { writeKey } = JSON.parse(visitor.sent()[0]!);
        await until("the no at the server", async () => {
          const live = await operator.api<{ items: { name: string; outcome: string }[] }>(
            "GET",
            "/api/events/live",
          );
          return live.items.some((one) => one.name === "Consent Withdrawn" && one.outcome === "withdrawn");
        });
        await fetch(`${rondell.url}/v1/track`, {
          method: "POST",
          body: JSON.stringify({
            writeKey,
            anonymousId: id,
            event: "Product Viewed",
            timestamp: "2020-01-01T00:00:00Z",
            context: { consent: { categoryPreferences: { measure: true } } },
          }),
        });
        await until("the event", async () => {
          const live = await operator.api<{ items: { name: string; outcome: string }[] }>(
            "GET",
            "/api/events/live",
          );
          return live.items.some((one) => one.name === "Product Viewed" && one.outcome === "withdrawn");
        });
      },
      { colorScheme: "dark" },
    );
  });

  test("single-page views, forms, outbound clicks, and what is said while the page is left", async () => {
    await asVisitor(async (visitor) => {
      const { page } = visitor;
      await page.goto(`${shop.url}/?mark=single`);
      await page.getByRole("button", { name: "Allow all" }).click();
      await page.evaluate(() => {
        history.pushState({}, "", "/teas?mark=single");
        document.title = "Teas";
        history.replaceState({ scroll: 1 }, "", "/teas?mark=single");
      });
      await page.waitForTimeout(300);
      await page.goBack();
      await page.waitForTimeout(300);
      await page.locator("#out").click();
      await page.locator("[name=email]").fill("ada@example.com");
      await page.getByRole("button", { name: "Send" }).click();
      await page.mouse.wheel(0, 9000);
      await page.waitForFunction(() => scrollY > 2000);
      await page.goto("about:blank");
      const rows = await keptBy("mark=single", 8);
      expect(names(rows)).toEqual([
        ...["Consent Granted", "Consent Granted", "Form Submitted", "Outbound Link Clicked"],
        ...["Page Scrolled", "Page Viewed", "Page Viewed", "Page Viewed"],
      ]);
      const views = rows.filter((row) => row.name === "Page Viewed").map((row) => row.properties);
      expect(views.map(({ path, title }) => [path, title])).toEqual([
        ["/", "Tea"],
        ["/teas", "Teas"],
        ["/", "Teas"],
      ]);
      expect(views[1]?.referrer).toBe(`${shop.url}/?mark=single`);
      const one = (name: string) => rows.find((row) => row.name === name)?.properties;
      expect(one("Form Submitted")).toMatchObject({ form: "newsletter", fields: ["email"] });
      expect(one("Outbound Link Clicked")).toMatchObject({ url: "http://localhost:9/elsewhere" });
      expect(one("Page Scrolled")).toMatchObject({ depth: 100 });
      expect(visitor.sent().join()).not.toContain("ada@example.com");
    });
  });

  test("what happened without a network, or with the server away, arrives once", async () => {
    await asVisitor(async (visitor) => {
      const { page } = visitor;
      await page.goto(`${shop.url}/?mark=offline`);
      await page.getByRole("button", { name: "Allow all" }).click();
      await keptBy("mark=offline", 3);
      await page.context().setOffline(true);
      await visitor.call((script) => script.track("Said Offline"));
      await page.waitForTimeout(600);
      expect((await visitor.stored()).entries).toHaveLength(1);
      await page.context().setOffline(false);
      await keptBy("mark=offline", 4);

      await page.route("**/v1/batch", (route) => route.abort());
      await visitor.call((script) => script.track("Said To Nobody"));
      await page.waitForTimeout(600);
      await page.reload();
      await page.waitForTimeout(600);
      const waiting = (await visitor.stored()).entries.length;
      expect(waiting).toBeGreaterThanOrEqual(2);
      await page.unroute("**/v1/batch");
      await page.reload();
      await until("an empty queue", async () => (await visitor.stored()).entries.length === 0);
      const rows = await keptBy("mark=offline", 7);
      expect(names(rows).filter((name) => name.startsWith("Said"))).toEqual([
        "Said Offline",
        "Said To Nobody",
      ]);
    });
  });

  test("a server that is busy says when to come back", async () => {
    await asVisitor(async (visitor) => {
      const { page } = visitor;
      const times: number[] = [];
      await page.route("**/v1/batch", (route) => {
        times.push(Date.now());
        return times.length > 1
          ? route.continue()
          : route.fulfill({
              status: 429,
              headers: {
                "access-control-allow-origin": shop.url,
                "access-control-expose-headers": "Retry-After",
                "retry-after": "2",
              },
            });
      });
      await page.goto(`${shop.url}/?mark=busy`);
      await page.getByRole("button", { name: "Allow all" }).click();
      await keptBy("mark=busy", 3);
      expect(times).toHaveLength(2);
      expect(times[1]! - times[0]!).toBeGreaterThanOrEqual(2_000);
    });
  });

  test("a browser that says no for its visitor is never asked, nor does anything stay", async () => {
    await asVisitor(
      async (visitor) => {
        const { page } = visitor;
        await page.goto(`${shop.url}/?mark=signal`);
        await page.waitForTimeout(800);
        expect(await dialog(page).count()).toBe(0);
        await visitor.call((script) => script.consent({ measure: true, personalise: true }));
        await visitor.call((script) => script.track("Product Viewed"));
        await page.getByRole("link", { name: "Privacy choices" }).click();
        await page.getByText("Your browser has answered").waitFor();
        await shot(page, "banner-signal");
        await page.getByRole("button", { name: "Close" }).click();
        expect(await page.evaluate(() => document.activeElement?.textContent)).toBe("Privacy choices");
        await page.waitForTimeout(500);
        expect(await visitor.stored()).toEqual({ cookies: {}, entries: [] });
        expect(visitor.sent()).toEqual([]);
      },
      { signal: true },
    );
  });

  test("where measuring is implied it begins unasked, and ends with a no", async () => {
    await asVisitor(async (visitor) => {
      const { page } = visitor;
      await page.goto(`${shop.url}/implied?mark=implied`);
      await page.getByText("Visits are measured already; you can refuse that here.").waitFor();
      await keptBy("mark=implied", 1);
      expect(JSON.parse(visitor.sent()[0]!).batch[0].context.consent).toEqual({ categoryPreferences: {} });
      expect(await page.getByRole("checkbox", { name: "Measuring" }).isChecked()).toBe(true);
      await shot(page, "banner-implied");
      await page.getByRole("link", { name: "More about privacy" }).waitFor();
      await page.getByRole("button", { name: "Allow what is ticked" }).click();
      // What was left as it stood is no yes.
      expect((await visitor.stored()).cookies.rondell).toContain('"answers":{"personalise":false}');
      await page.getByRole("button", { name: "Privacy" }).click();
      await page.getByRole("button", { name: "Refuse all" }).click();
      const { cookies, entries } = await visitor.stored();
      expect(JSON.parse(cookies.rondell!)).toEqual({ answers: { measure: false, personalise: false } });
      expect(entries).toEqual([]);
      await page.reload();
      await page.waitForTimeout(500);
      expect(JSON.parse(visitor.sent().at(-1)!).batch).toMatchObject([{ event: "Consent Withdrawn" }]);
    });
  });

  test("the banner looks the same where a page forbids inline styles", async () => {
    await asVisitor(async ({ page }) => {
      await page.goto(`${shop.url}/strict`);
      await dialog(page).waitFor();
      const place = (found: Locator) => found.evaluate((one) => getComputedStyle(one).position);
      expect(await place(dialog(page))).toBe("fixed");
      await page.getByRole("button", { name: "Refuse all" }).click();
      expect(await place(page.getByRole("button", { name: "Privacy" }))).toBe("fixed");
    });
  });

  test("a survey stands in the page, and its answer belongs to the visitor", async () => {
    const survey = await operator.api<{ id: string }>("POST", "/api/surveys", {
      name: "Tea",
      slug: "tea",
      language: "en",
      question: { en: "Would you recommend us?", de: "Würden Sie uns empfehlen?" },
    });
    await operator.api("POST", `/api/surveys/${survey.id}/publish`, {});
    await asVisitor(async (visitor) => {
      const { page } = visitor;
      await page.goto(`${shop.url}/survey?mark=survey`);
      const link = page.getByRole("link", { name: "Answer" });
      await until(
        "the link",
        async () => (await link.getAttribute("href")) === `${rondell.url}/s/tea?lang=en`,
      );
      expect(await page.locator("iframe").count()).toBe(0);
      await page.getByRole("button", { name: "Allow all" }).click();
      const frame = page.frameLocator("iframe");
      await frame.getByRole("radio", { name: /^9\b/ }).check({ force: true });
      await frame.getByRole("button", { name: "Send the answer" }).click();
      await frame.getByText("Thank you.").waitFor();
      await shot(page, "survey-frame");
      expect(await link.getAttribute("href")).toContain(`aid=${await idOf(visitor)}`);
      const rows = await keptBy("mark=survey", 3);
      const customers = await until("the answer", async () => {
        const found = await operator.ask<{ n: number }>(
          "select uniqExact(customer_id) as n from events where name = 'Survey Answered' or properties.search::String like '%mark=survey%' having countIf(name = 'Survey Answered') = 1",
        );
        return found.length > 0 && found;
      });
      expect(customers).toEqual([{ n: 1 }]);
      expect(rows.length).toBeGreaterThan(0);
      await visitor.call((script) => script.consent({ measure: false, personalise: false }));
      await page.locator("iframe").waitFor({ state: "detached" });
      expect(await link.getAttribute("href")).toBe(`${rondell.url}/s/tea?lang=en`);
    });
  });

  test("an offer fills its slot, counts as shown when it is seen, and as accepted when it is clicked", async () => {
    const folder = await mkdtemp(join(tmpdir(), "rondell-orders-"));
    const midnight = new Date(new Date().toISOString().slice(0, 10));
    const orders = madeUpOrders({ seed: 4, customers: 300, until: midnight });
    await writeFile(join(folder, "orders.csv"), orders.csv);
    await rondell.command(
      ...["import", "orders", join(folder, "orders.csv"), "--mapping", "uci-online-retail"],
      ...["--currency", "GBP", "--timezone", "Europe/London"],
    );
    await rm(folder, { recursive: true, force: true });
    await rondell.command("insight", "run");
    const [{ product } = { product: "" }] = await until("the products", () =>
      operator.ask<{ product: string }>(
        "select p.product_id::String as product from events array join properties.products[] as p where name = 'Order Completed' group by product order by count() desc limit 1",
      ),
    );
    const counts = () =>
      operator.ask<{ name: string; n: number }>(
        "select name, count() as n from events where name in ('Offer Shown', 'Offer Accepted') group by name order by name",
      );
    let isTreated = false;
    // Some visitors are held back.
    for (let tries = 0; tries < 6 && !isTreated; tries++) {
      await asVisitor(async (visitor) => {
        const { page } = visitor;
        await page.goto(`${shop.url}/second`);
        await page.getByRole("button", { name: "Allow all" }).click();
        await page.evaluate(
          (product) =>
            (Reflect.get(window, "rondell") as Script).track("Product Viewed", { product_id: product }),
          product,
        );
        const id = await idOf(visitor);
        await until("the view", async () => {
          const rows = await operator.ask<{ n: number }>(
            "select count() as n from events where name = 'Product Viewed' and happened_at > now() - interval 1 minute",
          );
          return rows[0]!.n > tries;
        });
        const decided = page.waitForResponse(
          (answer) => answer.url().endsWith("/v1/decide") && answer.request().method() === "POST",
        );
        await page.goto(`${shop.url}/offers`);
        const { decision, reason } = (await (await decided).json()) as {
          decision: object | null;
          reason: string;
        };
        expect(id).toBeTruthy();
        isTreated = decision !== null;
        if (!isTreated) {
          expect(reason).toBe("nothing_to_offer");
          return;
        }
        await page.locator(".rondell-offer-title").waitFor();
        await page.waitForTimeout(1500);
        expect(await counts()).toEqual([]);
        await page.locator("[data-rondell-slot]").scrollIntoViewIfNeeded();
        await shot(page, "offer-slot");
        await until("the display", async () => (await counts()).length === 1);
        expect(await counts()).toEqual([{ name: "Offer Shown", n: 1 }]);
        await page.locator(".rondell-offer").click();
        await page.getByRole("heading", { name: "Second" }).waitFor();
        await until("the click", async () => (await counts()).length === 2);
        expect(await counts()).toEqual([
          { name: "Offer Accepted", n: 1 },
          { name: "Offer Shown", n: 1 },
        ]);
      });
    }
    expect(isTreated).toBe(true);
  });

  test("the connect page shows these lines in both languages, and heard what they sent", async () => {
    const { page } = operator;
    await operator.open(`/connect?source=${sourceId}`);
    await page.getByText(/^It works: .* and was kept\.$/).waitFor();
    const lines = await page
      .getByRole("region", { name: "The script for your pages" })
      .locator("pre")
      .innerText();
    expect(lines).toContain(`<script async src="${rondell.url}/rondell.js"\n  data-write-key="wk_`);
    await operator.shot("connect-script");
    await page.getByRole("button", { name: "Deutsch" }).click();
    await page.getByRole("heading", { name: "Das Skript für Ihre Seiten" }).waitFor();
    await operator.shot("connect-script-de");
    expect(operator.faults).toEqual([]);
  });

  test("the script is small, may stand in any page, and is asked for once an hour", async () => {
    const answer = await fetch(`${rondell.url}/rondell.js`, { headers: { origin: shop.url } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get("content-type")).toContain("javascript");
    expect(answer.headers.get("cache-control")).toBe("public, max-age=3600, stale-while-revalidate=86400");
    expect(answer.headers.get("access-control-allow-origin")).toBe(shop.url);
    expect(answer.headers.get("etag")).toBeTruthy();
    for (const path of ["/rondell/rondell.js", "/rondell/..%2fpackage.json", "/rondell/consent.js.new"])
      expect((await fetch(`${rondell.url}${path}`)).ok && path).toBe(false);
  });

  test("no page ever asked a third host for anything", () => {
    expect(foreign).toEqual([]);
  });
});
