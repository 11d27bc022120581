import hyp2f1 from "@stdlib/math-base-special-hyp2f1";
import { expect, test } from "vitest";
import { bgNbd } from "./bg-nbd.ts";
import { expectedSpend } from "./gamma-gamma.ts";
import { historiesOf } from "./histories.ts";
import type { LeavingAfterPurchase } from "./leaving-after-purchase.ts";
import { mbgNbd } from "./mbg-nbd.ts";
import { expectedByQuadrature, expectedWhileActive } from "./while-staying.ts";

// Fader, Hardie and Lee (2005), table 2: BG/NBD on the CDNOW sample, in weeks.
const published = { r: 0.243, alpha: 4.414, a: 0.793, b: 2.426 };
const spend = { p: 6.25, q: 3.74, v: 15.44 };

test("BG/NBD: the customer of the authors' worked example is expected to buy 1.226 times in 39 weeks", () => {
  // Fader, Hardie and Lee (2005), "Implementing the BG/NBD Model in Excel": x = 2, t_x = 30.43, T = 38.86.
  const history = historiesOf([{ repeats: 2, lastWeek: 30.43, observedWeeks: 38.86 }]);
  expect(bgNbd.expectedPurchases(published, history, 39)[0]).toBeCloseTo(1.226, 3);
});

test("Gamma-Gamma: the population's mean spend of the published parameters is p v / (q - 1)", () => {
  expect(expectedSpend(spend, 0, 0)).toBeCloseTo((6.25 * 15.44) / 2.74, 9);
  // More days pull the expectation from the population's mean to the customer's own.
  const few = expectedSpend(spend, 1, 100);
  const many = expectedSpend(spend, 50, 100);
  expect(few).toBeGreaterThan(expectedSpend(spend, 0, 0));
  expect(many).toBeGreaterThan(few);
  expect(many).toBeLessThan(100);
});

test("Gamma-Gamma: without a finite mean the expected spend of a stranger is infinite, never negative", () => {
  expect(expectedSpend({ p: 2, q: 0.9, v: 10 }, 0, 0)).toBe(Number.POSITIVE_INFINITY);
  expect(Number.isFinite(expectedSpend({ p: 2, q: 0.9, v: 10 }, 3, 20))).toBe(true);
});

test("one-time buyers stay active for ever in BG/NBD, and fade in MBG/NBD", () => {
  const weeks = [0, 10, 50, 200];
  const once = historiesOf(weeks.map((week) => ({ repeats: 0, lastWeek: 0, observedWeeks: week })));
  expect([...bgNbd.probabilityAlive(published, once)]).toEqual([1, 1, 1, 1]);
  const fading = [...mbgNbd.probabilityAlive(published, once)];
  expect(fading[0]).toBeCloseTo(published.b / (published.a + published.b), 12);
  expect(fading.toSorted((a, b) => b - a)).toEqual(fading);
  expect(fading[3]).toBeLessThan(fading[0]!);
});

test("the expectation's series, its quadrature and the paper's closed form agree", () => {
  for (const [shape, rate, a, b, weeks] of [
    [2.24, 43.3, 0.79, 4.4, 39],
    [0.5, 6, 0.9, 1.6, 52],
    [12.2, 110, 2.5, 30, 52],
    [0.24, 5, 0.3, 2.4, 200],
  ] as const) {
    const state = { shape, rate, a, b };
    const z = weeks / (rate + weeks);
    const closed =
      ((a + b - 1) / (a - 1)) * (1 - (rate / (rate + weeks)) ** shape * hyp2f1(shape, b, a + b - 1, z));
    expect(expectedWhileActive(state, weeks) / closed).toBeCloseTo(1, 11);
    expect(expectedByQuadrature(state, weeks) / closed).toBeCloseTo(1, 10);
  }
});

const both: [string, LeavingAfterPurchase][] = [
  ["BG/NBD", bgNbd],
  ["MBG/NBD", mbgNbd],
];

test.each(both)(
  "%s: chances of 0, 1, 2 … purchases sum to 1 and have the expectation as mean",
  (_, model) => {
    const histories = historiesOf([
      { repeats: 0, lastWeek: 0, observedWeeks: 12 },
      { repeats: 3, lastWeek: 20, observedWeeks: 38 },
      { repeats: 40, lastWeek: 99, observedWeeks: 100 },
    ]);
    const expected = model.expectedPurchases(published, histories, 52);
    expected.forEach((mean, row) => {
      const chances = model.purchaseChances(published, histories, row, 52, 1500);
      expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9);
      expect(chances.reduce((sum, chance, n) => sum + n * chance, 0) / mean).toBeCloseTo(1, 8);
    });
  },
);

test.each(both)("%s: a later last purchase makes it likelier that a customer is active", (_, model) => {
  const histories = historiesOf(
    [2, 10, 20, 30, 38].map((lastWeek) => ({ repeats: 3, lastWeek, observedWeeks: 38 })),
  );
  const alive = [...model.probabilityAlive(published, histories)];
  expect(alive.toSorted((a, b) => a - b)).toEqual(alive);
});

test.each(both)("%s: days instead of weeks change the unit of alpha, not the predictions", (_, model) => {
  const weeks = historiesOf([{ repeats: 4, lastWeek: 20, observedWeeks: 38 }]);
  const days = historiesOf([{ repeats: 4, lastWeek: 140, observedWeeks: 266 }]);
  const inDays = { ...published, alpha: published.alpha * 7 };
  const expected = model.expectedPurchases(published, weeks, 39)[0]!;
  expect(model.expectedPurchases(inDays, days, 273)[0]! / expected).toBeCloseTo(1, 12);
  expect(model.logLikelihood(inDays, days)).toBeCloseTo(
    model.logLikelihood(published, weeks) - 4 * Math.log(7),
    9,
  );
});

test.each(both)(
  "%s: discounting lies between nothing and all, and reaches the infinite horizon",
  (_, model) => {
    const history = historiesOf([{ repeats: 4, lastWeek: 30, observedWeeks: 38 }]);
    const rate = Math.log(1.1) / 52;
    const plain = model.expectedPurchases(published, history, 52)[0]!;
    const year = model.discountedPurchases(published, history, 52, rate)[0]!;
    const ever = model.discountedPurchases(published, history, Number.POSITIVE_INFINITY, rate)[0]!;
    expect(year).toBeLessThan(plain);
    expect(year).toBeGreaterThan(plain / 1.1);
    // Period by period, the far future adds up to the infinite horizon.
    let sum = 0;
    let before = 0;
    for (let week = 4; week <= 12_000; week += 4) {
      const until = model.expectedPurchases(published, history, week)[0]!;
      sum += (until - before) * Math.exp(-rate * (week - 2));
      before = until;
    }
    expect(sum / ever).toBeCloseTo(1, 4);
  },
);
