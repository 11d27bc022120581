import { expect, test } from "vitest";
import { settled, show, wordsOf } from "../../design/testing.tsx";
import ExperimentsPage from "./experiments-page.tsx";

const estimate = { value: 130_000, low: 84_000, high: 180_000, coreLow: 110_000, coreHigh: 150_000 };
const figures = {
  treated: { customers: 195, buyers: 164, meanMinor: 9_214 },
  holdout: { customers: 28, buyers: 0, meanMinor: 2_525 },
  perCustomer: estimate,
  buyersDifference: { value: 0.4, low: 0.2, high: 0.6, coreLow: 0.3, coreHigh: 0.5 },
  worth: estimate,
  ratio: { plannedHoldoutShare: 0.1, pValue: 0.2, mismatch: false },
  mixed: 0,
  withdrawn: 5,
  withoutRate: 2,
  since: "2026-02-22T00:00:00Z",
  until: "2026-05-21T00:00:00Z",
};
const early = {
  ...figures,
  state: "too_early",
  minimum: { customers: 100, buyers: 10 },
  customersMissing: 720,
  knownAt: null,
};
const known = { ...figures, state: "known", needed: 900, precise: true, preciseAt: null, history: [] };

const shown = async (effect: object) => {
  const place = await show(<ExperimentsPage />, { answers: { "/api/offer/effect": effect } });
  await settled();
  return place;
};

test("before the stated minimum no difference is said, and from then on it is", async () => {
  const before = wordsOf(await shown(early));
  expect(before).toContain("Nothing is said before each group has 100 customers");
  expect(before).not.toContain("Worth so far");
  expect(wordsOf(await shown(known))).toContain("Worth so far+€1.3k");
});

test("buyers and whoever is left out stand behind their numbers, and nobody behind a zero", async () => {
  const place = await shown(known);
  const hrefs = [...place.querySelectorAll("a.n")].map((link) => link.getAttribute("href") ?? "");
  for (const rule of [
    "filter=holdout_arm&value=holdout",
    "filter=holdout_buyers&value=treated",
    "filter=holdout_withdrawn",
    "filter=holdout_without_rate",
  ]) {
    expect(hrefs.some((href) => href.includes(rule))).toBe(true);
  }
  expect(hrefs.some((href) => href.includes("filter=holdout_buyers&value=holdout"))).toBe(false);
  expect(hrefs.some((href) => href.includes("holdout_mixed"))).toBe(false);
});
