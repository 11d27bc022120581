import { describe, expect, test } from "vitest";
import { Random } from "../random.ts";
import { bgNbd } from "./bg-nbd.ts";
import { chooseModel } from "./choose-model.ts";
import { forecast } from "./forecast.ts";
import { fitGammaGamma } from "./gamma-gamma.ts";
import { historiesOf } from "./histories.ts";
import { evaluateHoldout } from "./holdout.ts";
import type { LeavingAfterPurchase } from "./leaving-after-purchase.ts";
import { mbgNbd } from "./mbg-nbd.ts";
import { simulateCustomers } from "./simulate.ts";
import { totalsOf } from "./totals.ts";

const truth = { r: 0.64, alpha: 7.3, a: 0.81, b: 1.23 };
const spendTruth = { p: 6.25, q: 3.74, v: 15.44 };
const both: [string, LeavingAfterPurchase][] = [
  ["BG/NBD", bgNbd],
  ["MBG/NBD", mbgNbd],
];

function garden(model: LeavingAfterPurchase, customers: number, seed: number) {
  const random = new Random(seed);
  return simulateCustomers({
    model,
    parameters: truth,
    spend: spendTruth,
    observedWeeks: Float64Array.from({ length: customers }, () => 10 + 90 * random.uniform()),
    laterWeeks: 52,
    random,
  });
}

describe.each(both)("%s on simulated customers", (_, model) => {
  const customers = garden(model, 10_000, 11);
  const { histories, meanSpend, later, laterSpend } = customers;
  const fit = model.fit(histories);
  const spendFit = fitGammaGamma({ repeats: histories.repeats, meanSpend });
  if (!fit.ok || !spendFit.ok) throw new Error("The simulated garden cannot be fitted.");

  test("the fit finds the truth within four standard errors", () => {
    for (const name of ["r", "alpha", "a", "b"] as const) {
      expect(Math.abs(fit.parameters[name] - truth[name])).toBeLessThan(4 * fit.standardErrors[name]);
      expect(fit.standardErrors[name]).toBeLessThan(0.25 * truth[name]);
    }
    for (const name of ["p", "q", "v"] as const) {
      const error = Math.abs(spendFit.parameters[name] - spendTruth[name]);
      expect(error).toBeLessThan(4 * spendFit.standardErrors[name]);
    }
    expect(Math.abs(spendFit.correlation)).toBeLessThan(0.05);
  });

  test("active customers are as many as the chances add up to", () => {
    const chances = model.probabilityAlive(truth, histories);
    const expected = chances.reduce((sum, chance) => sum + chance, 0);
    const deviation = Math.sqrt(chances.reduce((sum, chance) => sum + chance * (1 - chance), 0));
    const active = customers.active.reduce((sum, one) => sum + one, 0);
    expect(Math.abs(active - expected)).toBeLessThan(4 * deviation);
  });

  const predicted = forecast({
    model,
    parameters: fit.parameters,
    histories,
    weeks: 52,
    spend: { parameters: spendFit.parameters, meanSpend },
  });
  const value = predicted.value!;
  const coverage = (
    interval: { low: Float64Array; high: Float64Array },
    happened: Float64Array,
    where: (i: number) => boolean = () => true,
  ) => {
    let inside = 0;
    let all = 0;
    for (let i = 0; i < happened.length; i++) {
      if (!where(i)) continue;
      all += 1;
      if (happened[i]! >= interval.low[i]! && happened[i]! <= interval.high[i]!) inside += 1;
    }
    return inside / all;
  };

  test("95 % of customers spend within their 95 % interval, whoever is asked about", () => {
    expect(coverage(value.value95, laterSpend)).toBeGreaterThan(0.945);
    expect(coverage(value.value95, laterSpend)).toBeLessThan(0.965);
    // Among those who probably buy, neither end can hide behind the many zeros.
    const probable = (i: number) => predicted.probabilityOfPurchase[i]! > 0.5;
    expect(Math.abs(coverage(value.value95, laterSpend, probable) - 0.95)).toBeLessThan(0.015);
    expect(Math.abs(coverage(value.value50, laterSpend, probable) - 0.5)).toBeLessThan(0.03);
    const frequent = (i: number) => histories.repeats[i]! >= 3;
    expect(coverage(value.value95, laterSpend, frequent)).toBeGreaterThan(0.94);
    // Counts are whole, so their intervals hold more than they promise.
    expect(coverage(predicted.purchases95, later)).toBeGreaterThan(0.945);
  });

  test("intervals are ordered and nested, and expectations add up", () => {
    for (let i = 0; i < later.length; i++) {
      expect(value.value95.low[i]).toBeLessThanOrEqual(value.value50.low[i]! + 1e-9);
      expect(value.value50.low[i]).toBeLessThanOrEqual(value.value50.high[i]!);
      expect(value.value50.high[i]).toBeLessThanOrEqual(value.value95.high[i]! + 1e-9);
    }
    const totals = totalsOf({
      model,
      fit,
      histories,
      weeks: 52,
      spend: { fit: spendFit, meanSpend },
      forecast: predicted,
    });
    for (const [total, happened] of [
      [totals.purchases, later],
      [totals.value!, laterSpend],
    ] as const) {
      const sum = happened.reduce((all, one) => all + one, 0);
      expect(total.low).toBeLessThan(total.expected);
      // Three standard deviations, so that a seed cannot make this test unlucky.
      expect(Math.abs(sum - total.expected)).toBeLessThan(3 * ((total.high - total.low) / 2 / 1.96));
      expect((total.high - total.low) / total.expected).toBeLessThan(0.2);
    }
  });
});

test("the interval's quantiles are those of simulated purchases and spend", () => {
  const history = historiesOf([{ repeats: 6, lastWeek: 30, observedWeeks: 34 }]);
  const { value } = forecast({
    model: mbgNbd,
    parameters: truth,
    histories: history,
    weeks: 52,
    spend: { parameters: spendTruth, meanSpend: Float64Array.of(40) },
  });
  const random = new Random(5);
  const alive = mbgNbd.probabilityAlive(truth, history)[0]!;
  const spent = Float64Array.from({ length: 200_000 }, () => {
    if (!random.chance(alive)) return 0;
    const rate = random.gamma(truth.r + 6, truth.alpha + 34);
    const leaving = random.beta(truth.a, truth.b + 7);
    const spendRate = random.gamma(spendTruth.p * 6 + spendTruth.q, spendTruth.v + 240);
    let total = 0;
    for (let week = random.exponential(rate); week < 52; week += random.exponential(rate)) {
      total += random.gamma(spendTruth.p, spendRate);
      if (random.chance(leaving)) break;
    }
    return total;
  }).sort();
  const mean = spent.reduce((sum, one) => sum + one, 0) / spent.length;
  const variance = spent.reduce((sum, one) => sum + (one - mean) ** 2, 0) / spent.length;
  expect(value!.expectedValue[0]! / mean).toBeCloseTo(1, 1.7);
  expect(value!.variance[0]! / variance).toBeCloseTo(1, 1.3);
  // Not buying has a chance above 2.5 %, so the interval runs from 0 to the 95th percentile.
  expect(value!.value95.low[0]).toBe(0);
  expect(value!.value95.high[0]! / spent[Math.floor(0.95 * spent.length)]!).toBeCloseTo(1, 1.7);
  expect(value!.value50.low[0]! / spent[Math.floor(0.25 * spent.length)]!).toBeCloseTo(1, 1.7);
  expect(value!.value50.high[0]! / spent[Math.floor(0.75 * spent.length)]!).toBeCloseTo(1, 1.7);
});

test("the holdout chooses the model that made the customers", () => {
  for (const [name, model] of both) {
    const { histories, later } = garden(model, 10_000, 3);
    const choice = chooseModel(histories, later, 52);
    if (!choice.ok) throw new Error(choice.message);
    expect(choice.model.name).toBe(name);
    expect(choice.bgNbdLead!.mean > 0).toBe(model === bgNbd);
    const report = evaluateHoldout(model, choice.fit.parameters, histories, later, 52);
    expect(Math.abs(report.totalBias!)).toBeLessThan(0.05);
    expect(report.rmse).toBeLessThan(choice.naive.rmse);
    expect(report.logScore).toBeGreaterThan(choice.reports[1]!.logScore);
  }
});

test("where nobody leaves the two models are one, and the default stays", () => {
  const random = new Random(12);
  const { histories, later } = simulateCustomers({
    model: mbgNbd,
    parameters: { r: 0.7, alpha: 9, a: 1e-7, b: 1 },
    observedWeeks: Float64Array.from({ length: 2500 }, () => 22 * random.uniform()),
    laterWeeks: 8,
    random,
  });
  const choice = chooseModel(histories, later, 8);
  if (!choice.ok) throw new Error(choice.message);
  expect(choice.because).toBe("default");
  expect(choice.model.name).toBe("MBG/NBD");
});

test("more distinct histories than the starts are tried on end at the same verified maximum", () => {
  const { histories } = garden(mbgNbd, 30_000, 8);
  const fit = mbgNbd.fit(histories);
  if (!fit.ok) throw new Error(fit.message);
  expect(fit.customers).toBe(30_000);
  expect(fit.diagnostics.startsAgreeing).toBe(5);
  for (const name of ["r", "alpha", "a", "b"] as const) {
    expect(Math.abs(fit.parameters[name] - truth[name])).toBeLessThan(4 * fit.standardErrors[name]);
    // Neither more nor less of any parameter makes the histories likelier.
    for (const factor of [0.999, 1.001]) {
      const beside = { ...fit.parameters, [name]: fit.parameters[name] * factor };
      expect(mbgNbd.logLikelihood(beside, histories)).toBeLessThan(fit.logLikelihood);
    }
  }
});

test("without enough repeat buyers no model is chosen", () => {
  const histories = historiesOf(
    Array.from({ length: 400 }, (_, i) => ({
      repeats: i < 6 ? 1 : 0,
      lastWeek: i < 6 ? 3 : 0,
      observedWeeks: 20,
    })),
  );
  const choice = chooseModel(histories, new Float64Array(400), 26);
  expect(choice).toMatchObject({ ok: false, reason: "too_few_repeat_buyers" });
});
