import { existsSync, mkdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { Analytics } from "@segment/analytics-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Visit, visit } from "./chrome.ts";
import { type RondellProcess, startRondell } from "./rondell.ts";
import { openShop } from "./shop.ts";

const root = resolve(import.meta.dirname, "../../..");
const shots = join(root, ".screenshots");
const uci = resolve(root, "../shared/data/online-retail-uci");

/**
 * The story of a new user, from the first visit to a measured offer, in a real browser against a
 * real server. Each step stands on the one before.
 */
describe.sequential("the loop turns once", () => {
  let rondell: RondellProcess;
  let operator: Visit;
  let webKey = "";
  const owner = { email: "olga@example.com", password: "a garden of one's own" };

  beforeAll(async () => {
    mkdirSync(shots, { recursive: true });
    rondell = await startRondell();
    operator = await visit({ viewport: { width: 1440, height: 900 } });
  });
  afterAll(async () => {
    await operator?.close();
    await rondell?.stop();
  });

  const shot = (name: string) =>
    operator.page.screenshot({ path: join(shots, `${name}.png`), fullPage: true });
  const open = async (path: string) => {
    await operator.page.goto(`${rondell.url}${path}`);
    await operator.page.waitForLoadState("networkidle").catch(() => {});
  };
  async function until<T>(what: string, ask: () => Promise<T | undefined | false>, ms = 20_000): Promise<T> {
    const end = Date.now() + ms;
    for (;;) {
      const found = await ask();
      if (found) return found;
      if (Date.now() > end) throw new Error(`${what} did not happen within ${ms} ms`);
      await new Promise((done) => setTimeout(done, 200));
    }
  }
  const ask = <T>(sql: string) => rondell.command("query", sql) as Promise<T[]>;

  test("the first visit sets the garden up", async () => {
    const { page } = operator;
    await page.goto(rondell.url);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByLabel("Your name").fill("Olga");
    await page.getByLabel("E-mail").fill(owner.email);
    await page.getByLabel("Password", { exact: true }).fill(owner.password);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByLabel("Brand name").fill("Lindgrün");
    await page.getByLabel("Currency").click();
    await page.getByLabel("Currency").fill("GBP");
    await page.getByRole("option", { name: /GBP/ }).first().click();
    await page.getByLabel("Time zone").click();
    await page.getByLabel("Time zone").fill("London");
    await page
      .getByRole("option", { name: /London/ })
      .first()
      .click();
    await shot("setup");
    await page.getByRole("button", { name: "Create the garden" }).click();
    await page.getByRole("heading", { name: "First steps" }).waitFor();
    await shot("start");
    const [settings] = await ask<{ one: number }>("select 1 as one");
    expect(settings?.one).toBe(1);
  });

  test("a website's events show up: first dropped for lack of consent, then kept", async () => {
    const source = (await rondell.command("source", "create", "--name", "Website", "--kind", "browser")) as {
      writeKey: string;
    };
    webKey = source.writeKey;
    const shop = await openShop(rondell.url, webKey);
    const visitor = await visit();
    try {
      await visitor.page.goto(shop.url);
      await visitor.page.getByRole("button", { name: "Look around" }).click();
      await open("/events");
      await operator.page.getByText("no consent").first().waitFor();
      await visitor.page.getByRole("button", { name: "Agree" }).click();
      await operator.page.getByText("kept", { exact: true }).first().waitFor();
      await shot("events");
      const rows = await until("the kept page view", async () => {
        const found = await ask<{ name: string }>("select name from events where name = 'Page Viewed'");
        return found.length > 0 && found;
      });
      expect(rows).toHaveLength(1);
      expect(visitor.faults).toEqual([]);
    } finally {
      await visitor.close();
      await shop.close();
    }
  });

  test("a server's events arrive with the unmodified Segment client for Node", async () => {
    const source = (await rondell.command(
      "source",
      "create",
      "--name",
      "Shop server",
      "--kind",
      "server",
    )) as { writeKey: string };
    const analytics = new Analytics({ writeKey: source.writeKey, host: rondell.url, flushAt: 3 });
    analytics.identify({ userId: "node-1", traits: { email: "ada@example.com", name: "Ada Example" } });
    analytics.track({
      userId: "node-1",
      event: "Order Completed",
      properties: {
        order_id: "o-1",
        revenue: 19.9,
        currency: "GBP",
        products: [{ product_id: "p1", name: "Tea", price: 9.95, quantity: 2 }],
      },
    });
    analytics.track({ userId: "node-1", event: "Product Viewed", properties: { product_id: "p2" } });
    await analytics.closeAndFlush();
    const [row] = await until("the order", async () => {
      const rows = await ask<{ n: number; minor: number }>(
        "select count() as n, sum(amount_minor) as minor from events where name = 'Order Completed'",
      );
      return rows[0]?.n === 1 && rows;
    });
    expect(row?.minor).toBe(1990);
    await open("/customers?q=ada");
    await operator.page.getByRole("link", { name: "Ada Example" }).first().click();
    await operator.page.getByText("£19.90").first().waitFor();
    await shot("customer");
  });

  test.skipIf(!existsSync(uci))(
    "real orders are imported, and insight is drawn from them (needs ../shared/data)",
    async () => {
      const result = (await rondell.command(
        "import",
        "orders",
        `${uci}/*.csv.gz`,
        "--mapping",
        "uci-online-retail",
        "--currency",
        "GBP",
        "--timezone",
        "Europe/London",
      )) as { read: number; customers: number };
      expect(result.read).toBe(245_903);
      expect(result.customers).toBe(3_002);
      await rondell.command("insight", "run");
      for (const [path, name] of [
        ["/", "loop"],
        ["/value", "value"],
        ["/lifecycle", "lifecycle"],
        ["/journeys", "journeys"],
        ["/customers", "customers"],
        ["/imports", "imports"],
        ["/offers", "offers"],
      ] as const) {
        await open(path);
        await operator.page.getByRole("heading", { level: 1 }).waitFor();
        await operator.page.waitForTimeout(800);
        await shot(name);
      }
    },
    300_000,
  );

  test("no page of the operator wrote an error into the console", () => {
    expect(operator.faults).toEqual([]);
  });

  test("the server logged no error", () => {
    const errors = rondell
      .output()
      .split("\n")
      .filter((line) => /"level":(50|60)/.test(line));
    expect(errors).toEqual([]);
  });
});
