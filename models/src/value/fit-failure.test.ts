import { expect, test } from "vitest";
import { Random } from "../random.ts";
import { bgNbd } from "./bg-nbd.ts";
import { fitGammaGamma } from "./gamma-gamma.ts";
import { historiesOf } from "./histories.ts";
import type { LeavingAfterPurchase } from "./leaving-after-purchase.ts";
import { seesLeaving } from "./leaving-likelihood.ts";
import { mbgNbd } from "./mbg-nbd.ts";
import { simulateCustomers } from "./simulate.ts";

const both: [string, LeavingAfterPurchase][] = [
  ["BG/NBD", bgNbd],
  ["MBG/NBD", mbgNbd],
];

test.each(both)("%s: a fit that cannot be is a reason, not a number", (_, model) => {
  expect(model.fit(historiesOf([]))).toMatchObject({ ok: false, reason: "no_customers" });
  expect(model.fit(historiesOf([{ repeats: 0, lastWeek: 0, observedWeeks: 9 }]))).toMatchObject({
    ok: false,
    reason: "no_repeat_buyers",
  });
  expect(model.fit(historiesOf([{ repeats: 0, lastWeek: 0, observedWeeks: 0 }]))).toMatchObject({
    ok: false,
    reason: "no_time_observed",
  });
});

test.each(both)(
  "%s: customers who never leave drive the chance of leaving to its bound, and it says so",
  (_, model) => {
    const random = new Random(2);
    const { histories } = simulateCustomers({
      model,
      parameters: { r: 2, alpha: 10, a: 1e-6, b: 5 },
      observedWeeks: new Float64Array(1500).fill(60),
      laterWeeks: 0,
      random,
    });
    const fit = model.fit(histories);
    if (!fit.ok) throw new Error(fit.message);
    expect(fit.diagnostics.atBound.length).toBeGreaterThan(0);
    for (const name of fit.diagnostics.atBound) expect(fit.standardErrors[name]).toBeNaN();
    expect(seesLeaving(fit.parameters)).toBe(false);
    // What is identified is still right: nobody has left, and they buy at their rate.
    expect(Math.min(...model.probabilityAlive(fit.parameters, histories))).toBeGreaterThan(0.95);
    expect(fit.parameters.r / fit.parameters.alpha).toBeCloseTo(0.2, 1);
  },
);

test.each(both)(
  "%s: customers who all buy at one rate end on a ridge, with a finite likelihood",
  (_, model) => {
    const random = new Random(4);
    const { histories } = simulateCustomers({
      model,
      parameters: { r: 4000, alpha: 20_000, a: 1, b: 4 },
      observedWeeks: new Float64Array(1500).fill(60),
      laterWeeks: 0,
      random,
    });
    const fit = model.fit(histories);
    if (!fit.ok) throw new Error(fit.message);
    expect(Number.isFinite(fit.logLikelihood)).toBe(true);
    expect(fit.parameters.r / fit.parameters.alpha).toBeCloseTo(0.2, 1);
    expect(fit.logLikelihood).toBeGreaterThanOrEqual(
      model.logLikelihood({ r: 4000, alpha: 20_000, a: 1, b: 4 }, histories) - 1e-6,
    );
  },
);

test("Gamma-Gamma: no repeat spend is a reason, and worthless rows are left out and counted", () => {
  const none = fitGammaGamma({ repeats: Float64Array.of(0, 2), meanSpend: Float64Array.of(0, 0) });
  expect(none).toMatchObject({ ok: false, reason: "no_repeat_buyers" });
  const random = new Random(3);
  const repeats = Float64Array.from({ length: 800 }, () => 1 + random.poisson(2));
  const meanSpend = repeats.map((x) => {
    const rate = random.gamma(3, 15);
    return random.gamma(6 * x, rate * x);
  });
  meanSpend[5] = 0;
  const fit = fitGammaGamma({ repeats, meanSpend });
  if (!fit.ok) throw new Error(fit.message);
  expect(fit).toMatchObject({ leftOut: 1, customers: 799 });
  expect(fit.populationMean).toBeCloseTo((fit.parameters.p * fit.parameters.v) / (fit.parameters.q - 1), 9);
});

test("Gamma-Gamma: spend so uneven that it has no mean is reported without one", () => {
  const random = new Random(9);
  const repeats = new Float64Array(3000).fill(2);
  const meanSpend = repeats.map((x) => random.gamma(4 * x, random.gamma(0.7, 5) * x));
  const fit = fitGammaGamma({ repeats, meanSpend });
  if (!fit.ok) throw new Error(fit.message);
  expect(fit.parameters.q).toBeLessThan(1);
  expect(fit.populationMean).toBeNull();
});

test("Gamma-Gamma: the unit of money changes v alone", () => {
  const random = new Random(6);
  const repeats = Float64Array.from({ length: 600 }, () => 1 + random.poisson(1));
  const euros = repeats.map((x) => random.gamma(5 * x, random.gamma(4, 20) * x));
  const inEuros = fitGammaGamma({ repeats, meanSpend: euros });
  const inCents = fitGammaGamma({ repeats, meanSpend: euros.map((value) => value * 100) });
  if (!inEuros.ok || !inCents.ok) throw new Error("The simulated spend cannot be fitted.");
  expect(inCents.parameters.p / inEuros.parameters.p).toBeCloseTo(1, 6);
  expect(inCents.parameters.v / inEuros.parameters.v).toBeCloseTo(100, 4);
  expect(inCents.logLikelihood).toBeCloseTo(inEuros.logLikelihood - 600 * Math.log(100), 4);
});
