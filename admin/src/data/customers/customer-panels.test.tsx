import { expect, test } from "vitest";
import { settled, show, wordsOf } from "../../design/testing.tsx";
import { Consents } from "./consents-panel.tsx";
import { Life } from "./life-panel.tsx";
import { Orders } from "./orders-panel.tsx";
import { Scores } from "./scores.tsx";

const customer = {
  consents: [
    {
      purpose: "measure",
      name: { en: "Measuring", de: "Messen" },
      granted: true,
      basis: "consent",
      origin: "event",
      source: "Web shop",
      wordingVersion: 3,
      at: "2025-03-12T10:00:00Z",
    },
    {
      purpose: "contact",
      name: { en: "Contact", de: "Kontakt" },
      granted: null,
      basis: null,
      origin: null,
      source: null,
      wordingVersion: null,
      at: null,
    },
  ],
  orders: { orders: 2, valueMinor: 4000, unrated: 0 },
};
/** The ledger of the same customer, the newest entry first. */
const ledger = {
  items: [
    {
      ...{ entry: 9, act: "answer", purpose: "measure", name: { en: "Measuring", de: "Messen" } },
      ...{ granted: true, basis: "consent", origin: "event", source: "Web shop", wordingVersion: 3 },
      ...{ place: "https://shop.example/", proof: "message m1", hash: "a1", at: "2025-03-12T10:00:00Z" },
      wording: { en: "We count visits.", de: "Wir zählen Besuche." },
    },
    {
      ...{ entry: 4, act: "answer", purpose: "measure", name: { en: "Measuring", de: "Messen" } },
      ...{ granted: false, basis: "consent", origin: "consent page", source: null, wordingVersion: 2 },
      ...{ place: null, proof: null, hash: "a0", at: "2024-02-01T10:00:00Z" },
      wording: { en: "We measure.", de: "Wir messen." },
    },
  ],
};
const analyst = {
  ...{ rights: ["customers:read"], gardens: [] },
  operator: { name: "Olga", language: "en" },
};
const insight = {
  value: null,
  valueState: "too_few",
  stageState: "known",
  dataUntil: "2025-04-30",
  stage: { stage: "loyal", since: "2025-01-01" },
  stages: [
    { stage: "new", since: "2024-01-01", ended: "2025-01-01" },
    { stage: "loyal", since: "2025-01-01", ended: null },
  ],
  answers: [],
};
const path = "/api/customers/cus_1";

test("while a score is on its way nothing is claimed about the customer", async () => {
  const place = await show(<Scores id="cus_1" />, { answers: { [path]: customer } });
  await settled();
  expect(place.querySelectorAll("[aria-busy=true]")).toHaveLength(3);
  expect(wordsOf(place)).not.toMatch(/allow|too few/i);
  expect(wordsOf(place)).toContain("€40.00");
});

test("a score that failed says so, offers to try again, and claims nothing either", async () => {
  const failed = Response.json({ error: { code: "bug", message: "A bug" } }, { status: 500 });
  const place = await show(<Scores id="cus_1" />, {
    answers: { [path]: customer, [`${path}/insight`]: failed },
  });
  await settled();
  expect(place.querySelector("[role=alert]")).not.toBeNull();
  expect(wordsOf(place)).toContain("Try again");
  expect(wordsOf(place)).not.toMatch(/allow|too few/i);
});

test("without a score the true reason stands in its place, in both languages", async () => {
  const reasons = {
    no_consent: [/does not allow personal conclusions/, /erlaubt keine persönlichen Schlüsse/],
    no_run: [/Insight has not run yet/, /noch nicht gerechnet/],
    never_bought: [/No purchase yet/, /Noch kein Kauf/],
    since_run: [/after the last run, which saw the days up to 30 April 2025/, /Zu neu/],
    without_rate: [/currency without a rate/, /Währung ohne Kurs/],
    too_few: [/Too few buy again/, /Zu wenige kaufen wieder/],
    too_short: [/less than 12 weeks/, /weniger als 12 Wochen/],
    not_fitted: [/No model fits/, /Kein Modell passt/],
    no_spend: [/how much they spend cannot yet/, /für wie viel, noch nicht/],
  };
  const states = Object.keys(reasons) as (keyof typeof reasons)[];
  const answers = Object.fromEntries(
    states.flatMap((state) => [
      [`/api/customers/${state}`, customer],
      [`/api/customers/${state}/insight`, { ...insight, valueState: state }],
    ]),
  );
  for (const [index, language] of (["en", "de"] as const).entries()) {
    const all = states.map((state) => (
      <article key={state} id={`${language}-${state}`}>
        <Scores id={state} />
      </article>
    ));
    const place = await show(all, { language, answers });
    await settled();
    for (const state of states) {
      const words = wordsOf(place.querySelector(`#${language}-${state}`));
      expect(words, state).toMatch(reasons[state][index]!);
      expect(words, state).toContain(language === "en" ? "Loyal" : "Treu");
    }
  }
});

test("the stages of a life stand with the present one first", async () => {
  const place = await show(<Life id="cus_1" />, { answers: { [`${path}/insight`]: insight } });
  await settled();
  const stays = [...place.querySelectorAll("li")].map(wordsOf);
  expect(stays[0]).toMatch(/^Loyalsince 1 January 2025/);
  expect(stays[1]).toMatch(/^New1 January 2024 to 1 January 2025.*366 days/);
});

test("a consent says when, where, on which basis and on which words, and so does each answer before", async () => {
  const place = await show(<Consents id="cus_1" />, {
    answers: { "/api/me": analyst, [path]: customer, [`${path}/consents`]: ledger },
  });
  await settled();
  expect(wordsOf(place)).toContain("12 March 2025, Web shop, by consent, wording version 3");
  expect(wordsOf(place)).toContain("No answer is a no");
  expect(wordsOf(place.querySelector("details"))).toContain("All 2 entries in the ledger");
  expect(wordsOf(place.querySelector("details"))).toContain(
    "1 February 2024, on their own consent page, by consent, wording version 2",
  );
  expect(wordsOf(place.querySelector("details"))).toContain("We count visits.");
  expect(wordsOf(place.querySelector("details"))).toContain("https://shop.example/ · message m1 · #9");
});

test("orders stand with date, amount and what became of them", async () => {
  const order = {
    id: "e1",
    number: "4711",
    at: "2025-03-12T10:00:00Z",
    channel: "shop",
    products: 2,
    amountMinor: 5000,
    currency: "USD",
    amountGardenMinor: null,
    refundedMinor: -2000,
    state: "partly_refunded",
    shopStatus: "delivered",
  };
  const place = await show(<Orders id="cus_1" />, {
    answers: { [`${path}/orders`]: { total: 1, items: [order] } },
  });
  await settled();
  const row = wordsOf(place.querySelector("tbody tr"));
  expect(row).toContain("12 March 2025");
  expect(row).toContain("4711");
  expect(row).toContain("US$50.00");
  expect(row).toContain("US$20.00 paid back");
  expect(row).toContain("waits for a rate");
  expect(row).toContain("Partly paid back");
  expect(row).toContain("delivered");
});
