import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Analytics } from "@segment/analytics-node";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Visit, visit } from "./chrome.ts";
import { type MadeUpOrders, madeUpOrders } from "./fixtures/orders.ts";
import {
  type Operator,
  operatorOn,
  owner,
  settled,
  shots,
  signIn,
  until,
  wordsOf,
  writtenBy,
} from "./operator.ts";
import { type RondellProcess, startRondell } from "./rondell.ts";
import { openShop } from "./shop.ts";

interface Loop {
  stations: { station: string; value: number | null; of: number | null }[];
  effect: Effect;
  nps: { answers: number; estimate: { score: number } | null };
}
interface Effect {
  state: string;
  treated: { customers: number };
  holdout: { customers: number };
}
interface Decision {
  decision: { id: string; offer: { productId: string } } | null;
  reason: string | null;
  arm?: "treated" | "holdout";
}

/**
 * The story of a new user, from the first visit to a measured offer, in a real browser against a real
 * server. It needs nothing that is not in the project; each step stands on the one before.
 */
describe.sequential("the loop turns once", () => {
  let rondell: RondellProcess;
  let operator: Operator;
  let folder: string;
  let orders: MadeUpOrders;
  let webKey = "";
  let adaId = "";
  const f = writtenBy("en", "GBP", "Europe/London");

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "rondell-orders-"));
    const midnight = new Date(new Date().toISOString().slice(0, 10));
    orders = madeUpOrders({ seed: 20, customers: 400, until: midnight });
    await writeFile(join(folder, "orders.csv"), orders.csv);
    rondell = await startRondell();
    operator = await operatorOn(rondell);
  });
  afterAll(async () => {
    await operator?.close();
    await rondell?.stop();
    await rm(folder, { recursive: true, force: true });
  });

  const loopNow = () => operator.api<Loop>("GET", "/api/loop");
  /** What stands beside one bed of the loop. */
  const station = (name: string) =>
    operator.page.locator("section.station").filter({ has: operator.page.getByRole("heading", { name }) });
  const panel = (question: string) => operator.page.getByRole("region", { name: question, exact: true });

  /** A survey or a shop, seen by somebody else on a phone or in a browser of their own. */
  async function asCustomer(see: (seen: Visit) => Promise<void>, phone = true): Promise<void> {
    const seen = await visit(phone ? { viewport: { width: 390, height: 844 }, locale: "en-GB" } : {});
    try {
      await see(seen);
      expect(seen.faults).toEqual([]);
    } finally {
      await seen.close();
    }
  }

  test("the first visit sets the garden up, and leads to three doors", async () => {
    const { page } = operator;
    await page.goto(rondell.url);
    await page.getByRole("button", { name: "Continue" }).click();
    await page.getByLabel("Your name").fill(owner.name);
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
    await operator.shot("setup");
    await page.getByRole("button", { name: "Create the garden" }).click();
    await page.getByRole("heading", { name: "First steps" }).waitFor();
    await operator.shot("start");
    const doors = await page.locator(".doors h2").allTextContents();
    expect(doors).toEqual(["Explore the sample garden", "Import my data", "Connect my website"]);
    // Before the sign-in the page asks who is there, and is told that nobody is.
    expect(operator.faults.splice(0).filter((fault) => !/401/.test(fault))).toEqual([]);
    await operator.open("/");
    expect(await wordsOf(page)).toContain("The bed is dug, nothing planted");
  });

  test("the door to the website waits, says what is missing, and keeps what was allowed", async () => {
    const { page } = operator;
    await operator.open("/start");
    await page.getByRole("link", { name: "Show the snippet" }).click();
    await page.getByRole("button", { name: "Show the script" }).click();
    await page.getByText("Nothing has come yet.").waitFor();
    const snippet = await panel("Do you have Segment's client already?").locator("pre").innerText();
    webKey = /writeKey: "([^"]+)"/.exec(snippet)?.[1] ?? "";
    expect(webKey).not.toBe("");
    const shop = await openShop(snippet);
    try {
      await asCustomer(async (visitor) => {
        await visitor.page.goto(shop.url);
        await page.getByText(/It is connected: Page Viewed came at .* It was not kept\./).waitFor();
        await panel("Does it work?").getByText("connected", { exact: true }).waitFor();
        const missing = await wordsOf(page);
        expect(missing).toMatch(
          /As soon as the visitor allows .*Analytics.* in your consent tool, events are kept/,
        );
        await operator.shot("connect-dropped");
        expect(await operator.ask("select name from events")).toEqual([]);
        await visitor.page.goto(`${shop.url}/agreed`);
        await page.getByText(/It works: Page Viewed came at .* and was kept\./).waitFor();
        await operator.shot("connect-kept");
      }, false);
    } finally {
      await shop.close();
    }
    await page.getByRole("link", { name: "See all events" }).click();
    await panel("What comes in now?").waitFor();
    const rows = page.getByRole("row").filter({ hasText: "Viewed a page" });
    await rows.nth(1).waitFor();
    const outcomes = await rows.locator(".chip").allTextContents();
    expect(outcomes).toEqual(["kept", expect.stringMatching(/consent|withdrawn/)]);
    const kept = await until("the kept page view", async () => {
      const found = await operator.ask<{ name: string }>("select name from events");
      return found.length > 0 && found;
    });
    expect(kept).toEqual([{ name: "Page Viewed" }]);
    await operator.shot("events");
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
        products: [{ product_id: "T000", name: "Assam, tin", price: 9.95, quantity: 2 }],
      },
    });
    analytics.identify({ userId: "node-2", traits: { email: "bo@example.com", name: "Bo Example" } });
    analytics.track({ userId: "node-2", event: "Product Viewed", properties: { product_id: "T020" } });
    await analytics.closeAndFlush();
    const [row] = await until("the order", async () => {
      const rows = await operator.ask<{ n: number; minor: number }>(
        "select count() as n, sum(amount_minor) as minor from events where name = 'Order Completed'",
      );
      return rows[0]?.n === 1 && rows;
    });
    expect(row?.minor).toBe(1990);
    const { page } = operator;
    await operator.open("/customers");
    await page.getByLabel("Name, e-mail or customer number").fill("ada");
    await page.getByRole("link", { name: "Ada Example" }).first().click();
    await page.getByRole("heading", { level: 1, name: "Ada Example" }).waitFor();
    await page.getByText("£19.90").first().waitFor();
    adaId = new URL(page.url()).pathname.split("/").at(-1) ?? "";
    expect(adaId).toMatch(/^cus_/);
    await operator.shot("customer");
  });

  test("the brand's orders are imported by the command line", async () => {
    const importing = () =>
      rondell.command(
        ...["import", "orders", join(folder, "*.csv"), "--mapping", "uci-online-retail"],
        ...["--currency", "GBP", "--timezone", "Europe/London"],
      ) as Promise<Record<string, number>>;
    expect(await importing()).toMatchObject({
      read: orders.lines,
      customers: orders.customers,
      orders: orders.orders,
      refunds: orders.refunds,
      linesWithoutCustomer: orders.linesOfNobody,
      leftOut: orders.linesAtNoPrice,
      rejected: 0,
    });
    expect(await importing()).toMatchObject({ read: orders.lines, accepted: 0, updated: 0, newCustomers: 0 });
    await operator.open("/imports");
    const rows = operator.page.getByRole("row").filter({ hasText: "orders.csv" });
    expect(await rows.count()).toBe(2);
    const first = (await rows.nth(1).innerText()).replace(/\s+/g, " ");
    expect(first).toContain(f.number(orders.lines - orders.linesAtNoPrice));
    await operator.shot("imports");
  });

  test("insight is run by a button, and its pages show what the API answers", async () => {
    const { page } = operator;
    await operator.open("/value");
    await page.getByText("Nothing has been worked out yet").waitFor();
    await page.getByRole("button", { name: "Work out anew" }).click();
    await panel("How is value spread?").waitFor({ timeout: 60_000 });
    type Value = {
      report: {
        state: string;
        customers: number;
        scored: {
          model: string;
          parameters: { r: number; alpha: number; a: number; b: number };
          gone: number;
          valueMinor: { expected: number; low: number; high: number };
        };
      } | null;
    };
    const { report } = await until(
      "the run",
      async () => {
        const answer = await operator.api<Value>("GET", "/api/insight/value");
        return answer.report?.scored && { report: answer.report };
      },
      60_000,
    );
    await operator.open("/value");
    const value = await wordsOf(page);
    const { r, alpha, a, b } = report.scored.parameters;
    const two = (number: number) => f.number(number, { digits: 2 });
    expect(value).toContain(f.money(report.scored.valueMinor.expected, { compact: true }));
    expect(value).toContain(`${two(r)}, ${two(alpha)}`);
    expect(value).toContain(`${two(a)}, ${two(b)}`);
    expect(value).toContain(report.scored.model);
    // Ada bought today: what is worked out ends with yesterday.
    expect(report.customers).toBe(orders.customers);
    expect(value).toContain(f.number(report.customers));
    await operator.shot("value");

    await operator.open("/lifecycle");
    const lifecycle = await operator.api<{ now: { stage: string; customers: number }[] }>(
      "GET",
      "/api/insight/lifecycle?days=91",
    );
    const shown = await page.locator(".funnel > li").allInnerTexts();
    expect(shown).toHaveLength(lifecycle.now.length);
    lifecycle.now.forEach(({ customers }, place) => {
      expect(shown[place]?.replace(/\s+/g, " ")).toMatch(new RegExp(` ${f.number(customers)} \\d+ %$`));
    });
    expect(lifecycle.now.find((row) => row.stage === "loyal")?.customers).toBeGreaterThan(0);
    await operator.shot("lifecycle");

    const paths = page.waitForResponse((answer) => answer.url().includes("/api/insight/journeys/paths"));
    const funnel = page.waitForResponse((answer) => /journeys\/funnel(\?|$)/.test(answer.url()));
    await operator.open("/journeys");
    const ways = (await (await paths).json()) as { customers: number; bought: number; boughtAgain: number };
    const { bars } = (await (await funnel).json()) as { bars: { customers: number }[] };
    await settled(page);
    expect(ways.customers).toBeGreaterThan(0);
    const journeys = await wordsOf(page);
    expect(journeys).toContain(
      `Of ${f.number(ways.customers)} people first met in this time, ${f.percent(ways.bought / ways.customers, { digits: 0 })} bought in time, and ${f.percent(ways.boughtAgain / ways.customers, { digits: 0 })} bought again.`,
    );
    const steps = await page.locator(".funnel > li .row > :last-child").allInnerTexts();
    expect(steps).toEqual(bars.map((bar) => f.number(bar.customers)));
    await operator.shot("journeys");

    await operator.open("/customers");
    const { total } = await operator.api<{ total: number }>("GET", "/api/customers");
    expect(total).toBe(orders.customers + 3);
    expect(await wordsOf(page, ".say")).toContain(f.number(total));
    await operator.shot("customers");
  });

  test("each number of the loop is the API's, and leads to its customers", async () => {
    const { page } = operator;
    await operator.open("/");
    const loop = await loopNow();
    const names = { experience: "Experience", data: "Data", insight: "Insight", offer: "Offer" } as const;
    for (const { station: key, value } of loop.stations) {
      const name = names[key as keyof typeof names];
      const text = value === null ? "–" : key === "data" ? f.percent(value) : f.number(value);
      expect((await station(name).locator(".v").innerText()).replace(/\s+/g, " ")).toBe(text);
    }
    expect((await page.locator(".heart").innerText()).replace(/\s+/g, " ")).toContain("No decision yet");
    await operator.shot("loop");
    const known = loop.stations.find((one) => one.station === "insight")?.value ?? 0;
    expect(known).toBeGreaterThan(0);
    await station("Insight").locator(".v a").click();
    await settled(page);
    await page.locator(".say").getByText(f.number(known), { exact: false }).waitFor();
    await operator.shot("customers-behind");
  });

  test("a survey made, published and answered on a phone moves the score", async () => {
    const { page } = operator;
    await operator.open("/");
    expect((await loopNow()).nps.answers).toBe(0);
    await panel("Would they recommend us?").getByText("Nobody was asked in this time").waitFor();

    await operator.open("/surveys");
    await page.getByRole("link", { name: "New survey" }).first().click();
    await page.getByLabel("Name", { exact: false }).first().fill("After the order");
    await page.getByRole("button", { name: "Save the draft" }).click();
    await page.getByRole("button", { name: "Publish" }).click();
    await page.getByText("The survey is open to answers.").waitFor();

    const linkFor = async (customerId: string) => {
      await page.getByLabel("A link for one customer").fill(customerId);
      await page.getByRole("button", { name: "Make a link", exact: true }).click();
      const made = page.getByLabel("The personal link");
      await made.waitFor();
      return made.inputValue();
    };
    const bo = await operator.api<{ items: { id: string }[] }>("GET", "/api/customers?search=bo%20example");
    const boLink = await linkFor(bo.items[0]!.id);
    await page.reload();
    const adaLink = await linkFor(adaId);
    expect(adaLink).not.toBe(boLink);

    const answer = (link: string, score: number, why: string) =>
      asCustomer(async ({ page: phone }) => {
        await phone.goto(link);
        await phone.getByRole("radio", { name: new RegExp(`^${score}\\b`) }).check({ force: true });
        await phone.getByRole("textbox").fill(why);
        if (score === 3) await phone.screenshot({ path: join(shots, "survey-phone.png") });
        await phone.getByRole("button", { name: "Send the answer" }).click();
        await phone.getByText("Thank you.").waitFor();
        const overflow = await phone.evaluate(() => document.documentElement.scrollWidth - innerWidth);
        expect(overflow).toBeLessThanOrEqual(0);
        await phone.getByRole("link", { name: "See what you allow us" }).click();
        await phone.getByRole("heading", { name: "What you allow us" }).waitFor();
        if (score === 3) await phone.screenshot({ path: join(shots, "consents-phone.png") });
      });
    const scoreOf = async (answers: number) => {
      const { nps } = await until("the answer", async () => {
        const loop = await loopNow();
        return loop.nps.answers === answers && loop;
      });
      await operator.open("/");
      const words = (await panel("Would they recommend us?").innerText()).replace(/\s+/g, " ");
      expect(words).toContain(f.number(Math.round(nps.estimate!.score), { signed: true }));
      expect(words).toContain(answers === 1 ? "from one answer" : `from ${answers} answers`);
      return nps.estimate!.score;
    };
    await answer(boLink, 10, "The tea came in two days.");
    const before = await scoreOf(1);
    expect(before).toBe(100);
    await answer(adaLink, 3, "The parcel stood in the rain.");
    expect(await scoreOf(2)).toBe(0);

    await operator.open(`/customers/${adaId}`);
    await panel("What happened?").getByText("Answered a survey").first().waitFor();
    expect(await wordsOf(page)).toContain("The parcel stood in the rain.");
    expect(await operator.ask("select count() as n from events where name = 'Survey Answered'")).toEqual([
      { n: 2 },
    ]);
    await operator.open("/surveys");
    await operator.shot("surveys");
  });

  test("the unhappy customer is seen, and what was done is written down", async () => {
    const { page } = operator;
    await operator.open("/");
    await panel("What needs you?").getByText("One unhappy customer waits").waitFor();
    await operator.open("/survey-alerts");
    await page.getByText("The parcel stood in the rain.").waitFor();
    await operator.shot("alerts");
    await page.getByRole("button", { name: "Write down what was done" }).click();
    await page.getByLabel("What was done?").fill("Called her, and sent a new parcel.");
    await page.getByRole("button", { name: "Save and close" }).click();
    await page.getByText("Nobody waits", { exact: true }).waitFor();
    await page.getByText("Done", { exact: true }).click();
    await page.getByText("Called her, and sent a new parcel.").waitFor();
    await operator.open("/");
    await panel("What needs you?").waitFor();
    expect(await wordsOf(page)).not.toContain("unhappy customer");
  });

  test("an offer is decided, shown, accepted, and measured", async () => {
    const { token } = (await rondell.command(
      ...["token", "create", "--name", "shop", "--scopes", "decide:read"],
    )) as { token: string };
    const post = async (path: string, authorization: string, body: object) => {
      const answer = await fetch(`${rondell.url}${path}`, {
        method: "POST",
        headers: { authorization, "content-type": "application/json" },
        body: JSON.stringify(body),
      });
      expect(answer.status).toBe(200);
      return (await answer.json()) as Decision;
    };
    const { items } = await operator.api<{ items: { id: string; userId: string | null }[] }>(
      "GET",
      "/api/customers?max=90",
    );
    const arms = { treated: 0, holdout: 0 };
    let shown: { decisionId: string; customer: string } | undefined;
    for (const { id, userId } of items) {
      if (!userId?.startsWith("2")) continue;
      const { arm, decision, reason } = await post("/v1/decide", `Bearer ${token}`, { userId });
      expect(reason).toBe(arm === "holdout" ? "holdout" : null);
      arms[arm!]++;
      if (decision) shown ??= { decisionId: decision.id, customer: id };
    }
    expect(arms.treated).toBeGreaterThan(arms.holdout);
    expect(shown).toBeDefined();
    const webAuthorization = `Basic ${Buffer.from(`${webKey}:`).toString("base64")}`;
    for (const verb of ["shown", "accepted"])
      await post(`/v1/decide/${verb}`, webAuthorization, { decisionId: shown!.decisionId });
    const counts = await until("the offer's events", async () => {
      const rows = await operator.ask<{ name: string; n: number }>(
        "select name, count() as n from events where name like 'Offer %' group by name order by name",
      );
      return rows.length === 3 && rows;
    });
    expect(counts).toEqual([
      { name: "Offer Accepted", n: 1 },
      { name: "Offer Decided", n: arms.treated + arms.holdout },
      { name: "Offer Shown", n: 1 },
    ]);

    const { page } = operator;
    await until("the effect of all decisions", async () => {
      const effect = await operator.api<Effect>("GET", "/api/offer/effect");
      return (
        effect.treated?.customers === arms.treated && effect.holdout.customers === arms.holdout && effect
      );
    });
    await operator.open("/experiments");
    expect(await page.getByRole("heading", { level: 1 }).locator("..").innerText()).toContain("too early");
    const table = panel("Who is compared with whom?").getByRole("row");
    expect((await table.nth(1).innerText()).replace(/\s+/g, " ")).toMatch(
      new RegExp(`^Gets offers ${arms.treated} `),
    );
    expect((await table.nth(2).innerText()).replace(/\s+/g, " ")).toMatch(
      new RegExp(`^Held back ${arms.holdout} `),
    );
    await operator.shot("experiments");
    await operator.open(`/customers/${shown!.customer}`);
    await panel("What happened?").getByText("Accepted an offer").first().waitFor();
    await operator.open("/offers");
    await operator.shot("offers");
    await operator.open("/");
    expect(await wordsOf(page, ".heart")).toContain("Too early");
    expect(await station("Offer").locator(".v").innerText()).toBe("1");
    await operator.shot("loop-early");
    await page.getByRole("button", { name: "Deutsch" }).click();
    await page.locator(".heart").getByText("Zu früh").waitFor();
    await operator.shot("loop-early-de");
    await page.getByRole("button", { name: "English" }).click();
    await page.locator(".heart").getByText("Too early").waitFor();
  });

  test("whoever was signed out is told so, and comes back to the same page", async () => {
    const { page } = operator;
    await operator.open("/value");
    const second = await page.context().newPage();
    await second.goto(`${rondell.url}/customers`);
    await settled(second);
    await second.getByRole("button", { name: "Olga" }).click();
    await second.getByRole("menuitem", { name: "Sign out" }).click();
    await second.getByRole("heading", { name: "Sign in" }).waitFor();
    // The first tab does not know yet: its next question is answered with 401.
    await page.getByRole("link", { name: "Lifecycle" }).click();
    await page.getByRole("heading", { name: "Sign in" }).waitFor();
    await page.getByText("Your session has ended.").waitFor();
    await operator.shot("session-ended");
    await signIn(page);
    await page.getByRole("heading", { level: 1, name: "Lifecycle" }).waitFor();
    // Signed in there is signed in here.
    await second.goto(`${rondell.url}/customers`);
    await second.getByRole("heading", { level: 1, name: "Customers" }).waitFor();
    await second.close();
    expect(operator.faults.splice(0).filter((fault) => !/401/.test(fault))).toEqual([]);
  });

  test("no page of the operator wrote an error into the console, and the server logged none", () => {
    expect(operator.faults).toEqual([]);
    const errors = rondell
      .output()
      .split("\n")
      .filter((line) => /"level":(50|60)/.test(line));
    expect(errors).toEqual([]);
  });
});
