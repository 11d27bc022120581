import { expect, test } from "vitest";
import { Random } from "../random.ts";
import { bgBb, type OpportunityHistories } from "./bg-bb.ts";
import { sbg } from "./sbg.ts";

const column = (values: number[]) => Float64Array.from(values);

// Fader, Hardie and Shang (2010), table 3: the donations of 11,104 people over six years.
const donors = { alpha: 1.204, beta: 0.75, gamma: 0.657, delta: 2.783 };

function donations(parameters: typeof donors, people: number, years: number, random: Random) {
  const histories = { repeats: new Float64Array(people), lastOpportunity: new Float64Array(people) };
  for (let i = 0; i < people; i++) {
    const p = random.beta(parameters.alpha, parameters.beta);
    const theta = random.beta(parameters.gamma, parameters.delta);
    for (let year = 1; year <= years && !random.chance(theta); year++) {
      if (random.chance(p)) {
        histories.repeats[i]! += 1;
        histories.lastOpportunity[i] = year;
      }
    }
  }
  return { ...histories, opportunities: new Float64Array(people).fill(years) } satisfies OpportunityHistories;
}

test("BG/BB: all histories that are possible have a probability of 1 together", () => {
  // A pair (repeats, last) stands for as many orders of purchases as there are ways to choose those before the last.
  const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k);
  let sum = 0;
  for (let last = 0; last <= 6; last++) {
    for (let x = last === 0 ? 0 : 1; x <= last; x++) {
      const one = { repeats: column([x]), lastOpportunity: column([last]), opportunities: column([6]) };
      sum += (x === 0 ? 1 : choose(last - 1, x - 1)) * Math.exp(bgBb.logLikelihood(donors, one));
    }
  }
  expect(sum).toBeCloseTo(1, 12);
});

test("BG/BB: chances sum to 1 and have the expectation as mean; discounting converges", () => {
  const one = { repeats: column([3]), lastOpportunity: column([5]), opportunities: column([6]) };
  const chances = bgBb.purchaseChances(donors, one, 0, 5, 5);
  expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 12);
  const mean = chances.reduce((sum, chance, n) => sum + n * chance, 0);
  expect(bgBb.expectedPurchases(donors, one, 5)[0]).toBeCloseTo(mean, 12);
  const long = bgBb.discountedPurchases(donors, one, 3000, 0.1)[0]!;
  expect(bgBb.discountedPurchases(donors, one, Number.POSITIVE_INFINITY, 0.1)[0]).toBeCloseTo(long, 9);
  expect(() => bgBb.discountedPurchases(donors, one, Number.POSITIVE_INFINITY, 0)).toThrow(RangeError);
});

test("BG/BB: the fit finds the truth of simulated donors", () => {
  const fit = bgBb.fit(donations(donors, 6000, 8, new Random(4)));
  if (!fit.ok) throw new Error(fit.message);
  for (const name of bgBb.parameterNames) {
    expect(Math.abs(fit.parameters[name] - donors[name]), name).toBeLessThan(4 * fit.standardErrors[name]);
  }
});

test("BG/BB: impossible histories are refused, and what cannot be fitted has a reason", () => {
  const none = new Float64Array(0);
  expect(bgBb.fit({ repeats: none, lastOpportunity: none, opportunities: none })).toMatchObject({
    reason: "no_customers",
  });
  const once = { repeats: column([0, 0]), lastOpportunity: column([0, 0]), opportunities: column([5, 3]) };
  expect(bgBb.fit(once)).toMatchObject({ reason: "no_repeat_buyers" });
  for (const [x, last, n] of [
    [2, 1, 6],
    [1, 7, 6],
    [0, 2, 6],
    [1.5, 2, 6],
    [-1, 0, 6],
    [Number.NaN, 0, 6],
  ]) {
    const wrong = { repeats: column([x!]), lastOpportunity: column([last!]), opportunities: column([n!]) };
    expect(() => bgBb.fit(wrong)).toThrow("Row 0");
  }
});

test("sBG: the published survivors give the published parameters", () => {
  // Fader and Hardie (2007), table 1 and section 4: the high end segment, years 0 to 7.
  const fit = sbg.fit([{ survivors: [1000, 869, 743, 653, 593, 551, 517, 491] }]);
  if (!fit.ok) throw new Error(fit.message);
  expect(fit.parameters.alpha).toBeCloseTo(0.668, 3);
  expect(fit.parameters.beta).toBeCloseTo(3.806, 3);
  expect(fit.logLikelihood).toBeCloseTo(-1611.2, 1);
  // The holdout years: the projection stays within 2 % of the cohort.
  const survival = sbg.survival(fit.parameters, 12);
  [468, 445, 427, 409, 394].forEach((actual, i) => {
    expect(Math.abs(survival[8 + i]! * 1000 - actual)).toBeLessThan(20);
  });
  expect(sbg.retention(fit.parameters, 1)[0]).toBeCloseTo(survival[1]!, 12);
  expect(sbg.leaving(fit.parameters, 12).reduce((sum, one) => sum + one, 0)).toBeCloseTo(
    1 - survival[12]!,
    12,
  );
});

test("sBG: a cohort cut into staggered ones teaches the same model; young cohorts add to it", () => {
  const truth = { alpha: 0.8, beta: 2.5 };
  const random = new Random(9);
  const cohorts = Array.from({ length: 8 }, (_, begun) => {
    const survivors = [1500];
    const chances = Array.from({ length: 1500 }, () => random.beta(truth.alpha, truth.beta));
    let here = chances;
    for (let t = 0; t < 9 - begun; t++) {
      here = here.filter((chance) => !random.chance(chance));
      survivors.push(here.length);
    }
    return { survivors };
  });
  const fit = sbg.fit(cohorts);
  if (!fit.ok) throw new Error(fit.message);
  for (const name of sbg.parameterNames) {
    expect(Math.abs(fit.parameters[name] - truth[name])).toBeLessThan(4 * fit.standardErrors[name]);
  }
  const oldest = sbg.fit(cohorts.slice(0, 1));
  if (!oldest.ok) throw new Error(oldest.message);
  expect(fit.standardErrors.alpha).toBeLessThan(oldest.standardErrors.alpha);
});

test("sBG: discounted lifetimes are the sums they stand for", () => {
  const parameters = { alpha: 0.668, beta: 3.806 };
  const survival = sbg.survival(parameters, 3000);
  const sum = survival.reduce((total, share, t) => total + share / 1.1 ** t, 0);
  expect(sbg.discountedLifetime(parameters, 0.1)).toBeCloseTo(sum, 9);
  const residual = survival.slice(3).reduce((total, share, i) => total + share / survival[2]! / 1.1 ** i, 0);
  expect(sbg.discountedResidual(parameters, 2, 0.1)).toBeCloseTo(residual, 9);
  expect(() => sbg.discountedLifetime(parameters, 0)).toThrow(RangeError);
});

test("sBG: what cannot be fitted has a reason, and survivors who come back are refused", () => {
  expect(sbg.fit([])).toMatchObject({ reason: "no_customers" });
  expect(sbg.fit([{ survivors: [100] }])).toMatchObject({ reason: "no_time_observed" });
  expect(sbg.fit([{ survivors: [100, 90] }])).toMatchObject({ reason: "too_few_periods" });
  expect(sbg.fit([{ survivors: [100, 100, 100] }])).toMatchObject({ reason: "nobody_left" });
  expect(() => sbg.fit([{ survivors: [100, 90, 95] }])).toThrow("more than the 90 before");
  expect(() => sbg.fit([{ survivors: [] }])).toThrow("Cohort 0 is empty");
  expect(() => sbg.fit([{ survivors: [100, Number.NaN] }])).toThrow(RangeError);
});
