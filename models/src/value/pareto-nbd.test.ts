import hyp2f1 from "@stdlib/math-base-special-hyp2f1";
import { expect, test } from "vitest";
import { Random } from "../random.ts";
import { forecast } from "./forecast.ts";
import { historiesOf } from "./histories.ts";
import { discountedStay } from "./leaving-time.ts";
import { nbd } from "./nbd.ts";
import { logOddsOfSilentLeaving, paretoCurvature } from "./pareto-likelihood.ts";
import { paretoNbd } from "./pareto-nbd.ts";
import { simulateCustomers } from "./simulate.ts";

// Fader, Hardie and Lee (2005), table 2: Pareto/NBD on the CDNOW sample, in weeks.
const published = { r: 0.553, alpha: 10.578, s: 0.606, beta: 11.669 };

test("the worked example of the BTYD package comes out as printed", () => {
  // "Buy 'Til You Die - A Walkthrough": its fit of the CDNOW sample, a new customer in 52 weeks, and customer 1516.
  const walkthrough = { r: 0.5533971, alpha: 10.5801985, s: 0.6060625, beta: 11.6562237 };
  expect(paretoNbd.expectedPurchasesOfNew(walkthrough, 52)).toBeCloseTo(1.473, 3);
  const history = historiesOf([{ repeats: 26, lastWeek: 30.86, observedWeeks: 31 }]);
  expect(paretoNbd.expectedPurchases(walkthrough, history, 52)[0]).toBeCloseTo(25.46, 1);
  expect(paretoNbd.probabilityAlive(walkthrough, history)[0]).toBeCloseTo(0.998, 3);
});

test("the odds of having left are the papers' difference of hypergeometric functions, on either side of alpha = beta", () => {
  for (const [alpha, beta] of [
    [10.578, 11.669],
    [11.669, 10.578],
    [4, 40],
    [40, 4],
  ] as const) {
    const { r, s } = published;
    const [x, lastWeek, T] = [3, 20, 38];
    const n = r + s + x;
    const top = Math.max(alpha, beta);
    const b = alpha >= beta ? s + 1 : r + x;
    const f = (t: number) => hyp2f1(n, b, n + 1, Math.abs(alpha - beta) / (top + t)) / (top + t) ** n;
    const a0 = f(lastWeek) - f(T);
    const odds = (s / n) * a0 * (alpha + T) ** (r + x) * (beta + T) ** s;
    const ours = logOddsOfSilentLeaving({ shape: r + x, alpha, s, beta, lastWeek, observedWeeks: T });
    expect(Math.exp(ours) / odds).toBeCloseTo(1, 10);
  }
});

test("the derivatives are those of the likelihood", () => {
  const histories = {
    ...historiesOf([
      { repeats: 0, lastWeek: 0, observedWeeks: 9 },
      { repeats: 3, lastWeek: 4, observedWeeks: 10 },
      { repeats: 40, lastWeek: 9.9, observedWeeks: 10 },
      { repeats: 2, lastWeek: 7, observedWeeks: 7 },
    ]),
    weights: Float64Array.of(3, 1, 2, 1),
  };
  const logs = [0.6, 2.5, 0.7, 3.1].map(Math.log);
  const here = paretoCurvature(logs, histories);
  const h = 1e-5;
  logs.forEach((_, i) => {
    const at = (side: number) =>
      paretoCurvature(
        logs.map((log, k) => (k === i ? log + side * h : log)),
        histories,
      );
    const [up, down] = [at(1), at(-1)];
    expect(here.gradient[i]).toBeCloseTo((up.value - down.value) / (2 * h), 6);
    logs.forEach((_, k) => {
      expect(here.hessian[i]![k]).toBeCloseTo((up.gradient[k]! - down.gradient[k]!) / (2 * h), 5);
    });
  });
});

test("chances of 0, 1, 2 … purchases sum to 1 and have the expectation as mean", () => {
  const histories = historiesOf([
    { repeats: 0, lastWeek: 0, observedWeeks: 12 },
    { repeats: 3, lastWeek: 20, observedWeeks: 38 },
    { repeats: 40, lastWeek: 99, observedWeeks: 100 },
    { repeats: 900, lastWeek: 99, observedWeeks: 100 },
  ]);
  const expected = paretoNbd.expectedPurchases(published, histories, 52);
  expected.forEach((mean, row) => {
    const chances = paretoNbd.purchaseChances(published, histories, row, 52, 1500);
    expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9);
    expect(chances.reduce((sum, chance, n) => sum + n * chance, 0) / mean).toBeCloseTo(1, 8);
  });
});

test("a later last purchase makes it likelier that a customer is active; at a purchase it is certain", () => {
  const histories = historiesOf(
    [2, 10, 20, 30, 38].map((lastWeek) => ({ repeats: 3, lastWeek, observedWeeks: 38 })),
  );
  const alive = [...paretoNbd.probabilityAlive(published, histories)];
  expect(alive.toSorted((a, b) => a - b)).toEqual(alive);
  expect(alive.at(-1)).toBe(1);
});

test("days instead of weeks change the unit of alpha and beta, not the predictions", () => {
  const weeks = historiesOf([{ repeats: 4, lastWeek: 20, observedWeeks: 38 }]);
  const days = historiesOf([{ repeats: 4, lastWeek: 140, observedWeeks: 266 }]);
  const inDays = { ...published, alpha: published.alpha * 7, beta: published.beta * 7 };
  const expected = paretoNbd.expectedPurchases(published, weeks, 39)[0]!;
  expect(paretoNbd.expectedPurchases(inDays, days, 273)[0]! / expected).toBeCloseTo(1, 12);
  expect(paretoNbd.logLikelihood(inDays, days)).toBeCloseTo(
    paretoNbd.logLikelihood(published, weeks) - 4 * Math.log(7),
    9,
  );
});

test("discounting lies between nothing and all, and period by period reaches the infinite horizon", () => {
  const rate = Math.log(1.1) / 52;
  for (const s of [0.606, 1, 1.7, 4]) {
    const plain = discountedStay(s, 30, 52, 0);
    const year = discountedStay(s, 30, 52, rate);
    expect(year).toBeLessThan(plain);
    expect(year).toBeGreaterThan(plain / 1.1);
    let sum = 0;
    for (let week = 0; week < 20_000; week += 1) {
      sum +=
        (discountedStay(s, 30, week + 1, 0) - discountedStay(s, 30, week, 0)) *
        Math.exp(-rate * (week + 0.5));
    }
    expect(sum / discountedStay(s, 30, Number.POSITIVE_INFINITY, rate)).toBeCloseTo(1, 4);
  }
  expect(discountedStay(0.9, 30, Number.POSITIVE_INFINITY, 0)).toBe(Number.POSITIVE_INFINITY);
});

const truth = { r: 0.7, alpha: 9, s: 0.6, beta: 12 };
const simulated = simulateCustomers({
  model: paretoNbd,
  parameters: truth,
  observedWeeks: new Float64Array(6000).fill(78),
  laterWeeks: 52,
  random: new Random(7),
});

test("the fit finds the truth of simulated customers, and 95 % buy within their interval", () => {
  const fit = paretoNbd.fit(simulated.histories);
  if (!fit.ok) throw new Error(fit.message);
  for (const name of paretoNbd.parameterNames) {
    expect(Math.abs(fit.parameters[name] - truth[name]), name).toBeLessThan(4 * fit.standardErrors[name]);
  }
  const alive = paretoNbd.probabilityAlive(fit.parameters, simulated.histories);
  const active = simulated.active.reduce((sum, one) => sum + one, 0);
  expect(alive.reduce((sum, one) => sum + one, 0) / active).toBeCloseTo(1, 1);
  const ahead = forecast({
    model: paretoNbd,
    parameters: fit.parameters,
    histories: simulated.histories,
    weeks: 52,
  });
  const inside = simulated.later.filter(
    (n, i) => n >= ahead.purchases95.low[i]! && n <= ahead.purchases95.high[i]!,
  );
  expect(inside.length / simulated.later.length).toBeGreaterThan(0.945);
  const total = (column: Float64Array) => column.reduce((sum, one) => sum + one, 0);
  expect(total(ahead.expectedPurchases) / total(simulated.later)).toBeCloseTo(1, 1);
});

test.each([
  ["Pareto/NBD", paretoNbd],
  ["NBD", nbd],
] as const)("%s: a fit that cannot be is a reason, not a number", (_, model) => {
  expect(model.fit(historiesOf([]))).toMatchObject({ ok: false, reason: "no_customers" });
  expect(model.fit(historiesOf([{ repeats: 0, lastWeek: 0, observedWeeks: 9 }]))).toMatchObject({
    ok: false,
    reason: "no_repeat_buyers",
  });
});

test("customers who never leave drive the rate of leaving to its bound, and it says so", () => {
  const { histories } = simulateCustomers({
    model: nbd,
    parameters: { r: 2, alpha: 10 },
    observedWeeks: new Float64Array(1500).fill(60),
    laterWeeks: 0,
    random: new Random(3),
  });
  const fit = paretoNbd.fit(histories);
  if (!fit.ok) throw new Error(fit.message);
  expect(fit.diagnostics.atBound.length).toBeGreaterThan(0);
  for (const name of fit.diagnostics.atBound) expect(fit.standardErrors[name]).toBeNaN();
  expect(Math.min(...paretoNbd.probabilityAlive(fit.parameters, histories))).toBeGreaterThan(0.95);
  const still = nbd.fit(histories);
  if (!still.ok) throw new Error(still.message);
  expect(Math.abs(still.parameters.r - 2)).toBeLessThan(4 * still.standardErrors.r);
});
