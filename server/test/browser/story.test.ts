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

  /** A call as the signed-in operator makes it: by the page's own session. */
  const api = <T>(method: string, path: string, body?: unknown) =>
    operator.page.evaluate(
      async ([method, path, body]) => {
        const answer = await fetch(path as string, {
          method: method as string,
          ...(body === null
            ? {}
            : { headers: { "content-type": "application/json" }, body: JSON.stringify(body) }),
        });
        if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
        return answer.json();
      },
      [method, path, body ?? null],
    ) as Promise<T>;

  test("the first visit sets the garden up", async () => {
    const { page } = operator;
    await page.goto(rondell.url);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByLabel("Your name").fill("Olga");
    await page.getByLabel("E-mail").fill(owner.email);
    await page.getByLabel("Password", { exact: true }).fill(owner.password);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByLabel("Brand name").fill("Lindgrün");
    await page.getByRole("combobox", { name: "Currency" }).fill("GBP");
    await page.getByRole("option", { name: /GBP/ }).first().click();
    await page.getByRole("combobox", { name: "Time zone" }).fill("London");
    await page
      .getByRole("option", { name: /London/ })
      .first()
      .click();
    await shot("setup");
    await page.getByRole("button", { name: "Create the garden" }).click();
    await page.getByRole("heading", { name: "First steps" }).waitFor();
    await shot("start");
    // Before the sign-in the page asks who is there, and is told that nobody is.
    const beforeSignIn = operator.faults.splice(0);
    expect(beforeSignIn.filter((fault) => !/401/.test(fault))).toEqual([]);
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
        "select count() as n, sum(amount_minor) as minor from events where name = 'Order Completed' and properties.order_id::String = 'o-1'",
      );
      return rows[0]?.n === 1 && rows;
    });
    expect(row?.minor).toBe(1990);
    await open("/customers?q=ada");
    await operator.page.getByRole("link", { name: "Ada Example" }).first().click();
    await operator.page.getByText("£19.90").first().waitFor();
    await shot("customer");
  });

  test("a survey answered in a browser moves the score, and belongs to its customer", async () => {
    const made = await api<{ id: string; slug: string }>("POST", "/api/surveys", {
      name: "After the order",
      slug: "after-the-order",
      language: "en",
      question: { en: "Would you recommend us?", de: "Würden Sie uns empfehlen?" },
    });
    await api("POST", `/api/surveys/${made.id}/publish`, {});
    const found = await api<{ items: { id: string }[] }>("GET", "/api/customers?search=ada");
    const customerId = found.items[0]!.id;
    const link = await api<{ url: string }>("POST", `/api/surveys/${made.id}/links`, { customerId });
    const customer = await visit({ viewport: { width: 390, height: 844 }, locale: "en-GB" });
    try {
      await customer.page.goto(link.url);
      await customer.page.getByRole("radio", { name: /^3\b/ }).check({ force: true });
      await customer.page.getByRole("textbox").fill("The parcel stood in the rain.");
      await customer.page.screenshot({ path: join(shots, "survey-phone.png"), fullPage: true });
      await customer.page.getByRole("button", { name: "Send the answer" }).click();
      await customer.page.getByText("Thank you.").waitFor();
      await customer.page.getByRole("link", { name: "See what you allow us" }).click();
      await customer.page.getByRole("heading", { name: "What you allow us" }).waitFor();
      await customer.page.screenshot({ path: join(shots, "consents-phone.png"), fullPage: true });
      expect(customer.faults).toEqual([]);
    } finally {
      await customer.close();
    }
    const answered = await until("the answer as an event", async () => {
      const rows = await ask<{ n: number }>("select count() as n from events where name = 'Survey Answered'");
      return rows[0]?.n === 1 && rows;
    });
    expect(answered[0]?.n).toBe(1);
    await open("/surveys");
    await operator.page.getByText("After the order").first().waitFor();
    await shot("surveys");
    await open(`/customers/${customerId}`);
    await operator.page.getByText("The parcel stood in the rain.").first().waitFor();
    const alerts = await api<{ alerts: unknown[] }>("GET", "/api/survey-alerts");
    expect(JSON.stringify(alerts)).toContain("rain");
  }, 120_000);

  test("an offer is decided, shown, accepted and counted", async () => {
    const { token } = (await rondell.command(
      "token",
      "create",
      "--name",
      "shop",
      "--scopes",
      "decide:read",
    )) as { token: string };
    const decide = async (body: object) => {
      const answer = await fetch(`${rondell.url}/v1/decide`, {
        method: "POST",
        headers: { authorization: `Bearer ${token}`, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      return (await answer.json()) as {
        decision: { id: string; offer: { productId: string } } | null;
        reason: string | null;
        arm?: string;
      };
    };
    const buyers = await ask<{ id: string }>(
      "select toString(subject_id) as id from events where name = 'Order Completed' and customer_id > 0 group by subject_id order by subject_id limit 40",
    );
    expect(buyers.length).toBeGreaterThan(0);
    const users = await api<{ items: { userId: string | null }[] }>("GET", "/api/customers?max=60");
    const outcomes = { treated: 0, holdout: 0 };
    let shown: string | undefined;
    const reasons = new Set<string | null>();
    for (const { userId } of users.items) {
      if (!userId) continue;
      const answer = await decide({ userId });
      if (userId !== "node-1") reasons.add(answer.reason);
      if (answer.arm === "treated") outcomes.treated++;
      if (answer.arm === "holdout") outcomes.holdout++;
      shown ??= answer.decision?.id;
    }
    if (!existsSync(uci)) return;
    expect(reasons).toEqual(new Set([null, "holdout"]));
    expect(outcomes.treated).toBeGreaterThan(outcomes.holdout);
    expect(shown).toBeDefined();
    for (const verb of ["shown", "accepted"]) {
      const answer = await fetch(`${rondell.url}/v1/decide/${verb}`, {
        method: "POST",
        headers: {
          authorization: `Basic ${Buffer.from(`${webKey}:`).toString("base64")}`,
          "content-type": "application/json",
        },
        body: JSON.stringify({ decisionId: shown }),
      });
      expect(answer.status).toBe(200);
    }
    const counts = await until("the offer's events", async () => {
      const rows = await ask<{ name: string; n: number }>(
        "select name, count() as n from events where name like 'Offer %' group by name order by name",
      );
      return rows.length === 3 && rows;
    });
    expect(counts.map((row) => row.name)).toEqual(["Offer Accepted", "Offer Decided", "Offer Shown"]);
    expect(counts.find((row) => row.name === "Offer Decided")?.n).toBe(outcomes.treated + outcomes.holdout);
    for (const [path, name] of [
      ["/offers", "offers"],
      ["/", "loop"],
    ] as const) {
      await open(path);
      await operator.page.waitForTimeout(1_000);
      await shot(name);
    }
  }, 120_000);

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
