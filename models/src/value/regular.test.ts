import { expect, test } from "vitest";
import { Random } from "../random.ts";
import { bgNbd } from "./bg-nbd.ts";
import { cnbd, fitRegular } from "./cnbd.ts";
import { historiesOf } from "./histories.ts";
import { mbgNbd } from "./mbg-nbd.ts";
import { historiesFromPurchases } from "./purchase-days.ts";
import { regularCurvature } from "./regular-likelihood.ts";
import { simulateCustomers } from "./simulate.ts";

const parameters = { r: 0.52, alpha: 6.2, a: 0.89, b: 1.6 };
const histories = historiesOf([
  { repeats: 0, lastWeek: 0, observedWeeks: 9 },
  { repeats: 3, lastWeek: 4, observedWeeks: 30 },
  { repeats: 40, lastWeek: 99, observedWeeks: 100 },
  { repeats: 2, lastWeek: 7, observedWeeks: 7 },
  { repeats: 900, lastWeek: 99, observedWeeks: 100 },
]);

test.each([
  ["BG/CNBD", bgNbd],
  ["MBG/CNBD", mbgNbd],
] as const)("%s-1 is the model without regularity, in all it says", (family, plain) => {
  const one = cnbd(family, 1);
  const close = (ours: Float64Array, theirs: Float64Array) =>
    ours.forEach((value, i) => {
      expect(value).toBeCloseTo(theirs[i]!, 9);
    });
  close(one.logLikelihoods(parameters, histories), plain.logLikelihoods(parameters, histories));
  close(one.probabilityAlive(parameters, histories), plain.probabilityAlive(parameters, histories));
  close(one.expectedPurchases(parameters, histories, 52), plain.expectedPurchases(parameters, histories, 52));
  const ever = Number.POSITIVE_INFINITY;
  close(
    one.discountedPurchases(parameters, histories, ever, 0.002),
    plain.discountedPurchases(parameters, histories, ever, 0.002),
  );
  close(
    one.purchaseChances(parameters, histories, 1, 52, 30),
    plain.purchaseChances(parameters, histories, 1, 52, 30),
  );
});

test.each([1, 2, 3, 5])("k = %s: the derivatives are those of the likelihood", (k) => {
  for (const exits of [0, 1] as const) {
    const weighted = { ...histories, weights: Float64Array.of(3, 1, 2, 1, 1) };
    const logs = [0.6, 2.5, 0.7, 1.1].map(Math.log);
    const here = regularCurvature(logs, exits, k, weighted);
    const h = 1e-5;
    logs.forEach((_, i) => {
      const at = (side: number) =>
        regularCurvature(
          logs.map((log, j) => (j === i ? log + side * h : log)),
          exits,
          k,
          weighted,
        );
      const [up, down] = [at(1), at(-1)];
      expect(here.gradient[i]! / ((up.value - down.value) / (2 * h))).toBeCloseTo(1, 6);
      logs.forEach((_, j) => {
        expect(here.hessian[i]![j]).toBeCloseTo((up.gradient[j]! - down.gradient[j]!) / (2 * h), 3);
      });
    });
  }
});

test.each([2, 4])("k = %s: chances sum to 1 and have the expectation as mean", (k) => {
  const model = cnbd("MBG/CNBD", k);
  model.expectedPurchases(parameters, histories, 52).forEach((mean, row) => {
    const chances = model.purchaseChances(parameters, histories, row, 52, 1200);
    expect(chances.reduce((sum, chance) => sum + chance, 0)).toBeCloseTo(1, 9);
    expect(chances.reduce((sum, chance, n) => sum + n * chance, 0) / mean).toBeCloseTo(1, 8);
  });
});

test("discounting lies between nothing and all, and period by period reaches the infinite horizon", () => {
  const model = cnbd("BG/CNBD", 3);
  const one = historiesOf([{ repeats: 4, lastWeek: 30, observedWeeks: 38 }]);
  const rate = 0.01;
  let sum = 0;
  let before = 0;
  for (let week = 1; week <= 1500; week++) {
    const until = model.expectedPurchases(parameters, one, week)[0]!;
    sum += (until - before) * Math.exp(-rate * (week - 0.5));
    before = until;
  }
  const ever = model.discountedPurchases(parameters, one, Number.POSITIVE_INFINITY, rate)[0]!;
  expect(sum / ever).toBeCloseTo(1, 4);
  const year = model.discountedPurchases(parameters, one, 52, rate)[0]!;
  expect(year).toBeLessThan(model.expectedPurchases(parameters, one, 52)[0]!);
  expect(year).toBeLessThan(ever);
});

test("customers who buy at a steady rhythm are recognised, with their parameters and their future", () => {
  const truth = { r: 1.2, alpha: 1.5, a: 0.6, b: 4 };
  const model = cnbd("MBG/CNBD", 3);
  const simulated = simulateCustomers({
    model,
    parameters: truth,
    observedWeeks: new Float64Array(2000).fill(52),
    laterWeeks: 26,
    random: new Random(21),
  });
  const found = fitRegular("MBG/CNBD", simulated.histories, simulated.logGaps);
  if (!found.ok) throw new Error(found.message);
  expect(found.k).toBe(3);
  for (const name of model.parameterNames) {
    const error = Math.abs(found.fit.parameters[name] - truth[name]);
    expect(error, name).toBeLessThan(4 * found.fit.standardErrors[name]);
  }
  const total = (column: Float64Array) => column.reduce((sum, one) => sum + one, 0);
  const expected = found.model.expectedPurchases(found.fit.parameters, simulated.histories, 26);
  expect(Math.abs(total(expected) / total(simulated.later) - 1)).toBeLessThan(0.05);
  const alive = total(found.model.probabilityAlive(found.fit.parameters, simulated.histories));
  const active = simulated.active.reduce((sum, one) => sum + one, 0);
  expect(Math.abs(alive / active - 1)).toBeLessThan(0.05);
});

test("customers who buy at random are not given a rhythm", () => {
  const simulated = simulateCustomers({
    model: mbgNbd,
    parameters,
    observedWeeks: new Float64Array(1500).fill(52),
    laterWeeks: 0,
    random: new Random(5),
  });
  const found = fitRegular("MBG/CNBD", simulated.histories, simulated.logGaps);
  if (!found.ok) throw new Error(found.message);
  expect(found.k).toBe(1);
});

test("gaps between purchase days are counted in weeks, whatever the order of the rows", () => {
  const found = historiesFromPurchases({ customer: [1, 1, 1, 1, 2], day: [28, 0, 7, 7, 3] }, 40);
  expect(found.logGaps[0]).toBeCloseTo(Math.log(1) + Math.log(3), 12);
  expect(found.histories.lastWeek[0]).toBe(4);
  expect(found.logGaps[1]).toBe(0);
});

test("a regularity that is none is refused", () => {
  for (const k of [0, 1.5, 11, Number.NaN]) expect(() => cnbd("BG/CNBD", k)).toThrow(RangeError);
  expect(fitRegular("BG/CNBD", historiesOf([]), new Float64Array(0))).toMatchObject({
    reason: "no_customers",
  });
});

test("a horizon beyond all that is known of a customer is refused", () => {
  const stranger = historiesOf([{ repeats: 0, lastWeek: 0, observedWeeks: 0 }]);
  expect(() => cnbd("BG/CNBD", 2).expectedPurchases({ ...parameters, alpha: 1e-3 }, stranger, 520)).toThrow(
    "choose a nearer horizon",
  );
});
