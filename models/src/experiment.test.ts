import { expect, test } from "vitest";
import {
  armOf,
  armOfSums,
  customersNeeded,
  differenceOfMeans,
  differenceOfShares,
  readiness,
  sampleRatio,
  shareInterval,
} from "./experiment.ts";
import { Random } from "./random.ts";

test("sums from the database and the values themselves make the same arm", () => {
  const values = [3, 0, 8.5, 2, 0, 11];
  const squares = values.reduce((sum, value) => sum + value * value, 0);
  const sums = armOfSums(values.length, 24.5, squares);
  const arm = armOf(values);
  expect(sums.mean).toBeCloseTo(arm.mean, 12);
  expect(sums.variance).toBeCloseTo(arm.variance, 12);
});

test("the difference of means is Welch's", () => {
  // t = -2.853 with 27.887 degrees; the chance is the numerical integral of Student's density.
  const first = armOf([
    27.5, 21.0, 19.0, 23.6, 17.0, 17.9, 16.9, 20.1, 21.9, 22.6, 23.1, 19.6, 19.0, 21.7, 21.4,
  ]);
  const second = armOf([
    27.1, 22.0, 20.8, 23.4, 23.4, 23.5, 25.8, 22.0, 24.8, 20.2, 21.9, 22.1, 22.9, 30.5, 24.4,
  ]);
  const effect = differenceOfMeans(first, second)!;
  expect(effect.pValue).toBeCloseTo(0.008071938, 9);
  expect(effect.difference).toBeCloseTo(-2.833333, 6);
  expect(effect.low).toBeLessThan(effect.difference);
  expect(effect.high).toBeLessThan(0);
});

test("with few degrees of freedom the interval uses Student's table", () => {
  // Equal arms of 6: 10 degrees, t(0.975) = 2.228.
  const arm = { customers: 6, mean: 0, variance: 3 };
  expect(differenceOfMeans(arm, arm)!.high).toBeCloseTo(2.228139, 5);
  expect(differenceOfMeans({ ...arm, customers: 1 }, arm)).toBeUndefined();
});

test("95 % intervals hold the true effect in 95 % of experiments, skewed spend and unequal arms included", () => {
  const random = new Random(20);
  let held = 0;
  const experiments = 1500;
  for (let i = 0; i < experiments; i++) {
    const spend = (lift: number) => (random.chance(0.3) ? random.gamma(2, 0.05) + lift : 0);
    const treated = armOf(Array.from({ length: 900 }, () => spend(5)));
    const control = armOf(Array.from({ length: 150 }, () => spend(0)));
    const { low, high } = differenceOfMeans(treated, control)!;
    if (low <= 1.5 && high >= 1.5) held += 1;
  }
  expect(held / experiments).toBeGreaterThan(0.93);
  expect(held / experiments).toBeLessThan(0.965);
});

test("the difference of shares is Newcombe's", () => {
  // Newcombe (1998), table II, method 10, case a: 56/70 - 48/80.
  const effect = differenceOfShares({ customers: 70, successes: 56 }, { customers: 80, successes: 48 })!;
  expect(effect.difference).toBeCloseTo(0.2, 12);
  expect(effect.low).toBeCloseTo(0.0524, 4);
  expect(effect.high).toBeCloseTo(0.3339, 4);
  // Case h: 10/10 - 0/10 stays inside [-1, 1].
  const extreme = differenceOfShares({ customers: 10, successes: 10 }, { customers: 10, successes: 0 })!;
  expect(extreme.low).toBeCloseTo(0.6075, 4);
  expect(extreme.high).toBeCloseTo(1, 12);
  expect(shareInterval({ customers: 10, successes: 0 }).low).toBeCloseTo(0, 12);
});

test("arms of the wrong size are flagged, arms of the right size are not", () => {
  expect(sampleRatio([9030, 970], [0.9, 0.1])).toMatchObject({ mismatch: false });
  const wrong = sampleRatio([9200, 800], [0.9, 0.1]);
  expect(wrong.chiSquare).toBeCloseTo(44.444, 3);
  expect(wrong.mismatch).toBe(true);
  // Chi-square of 5.991 with 2 degrees has p = 0.05.
  const three = sampleRatio([1000, 1000, 1000 + 94.75], [1, 1, 1]);
  expect(three.pValue).toBeGreaterThan(0.04);
  expect(three.pValue).toBeLessThan(0.07);
  expect(() => sampleRatio([1], [1])).toThrow(RangeError);
});

test("the sample needed for equal arms is about 16 variances over the squared effect, for each arm", () => {
  // The rule of thumb of Kohavi, Tang and Xu (2020); the exact factor is 15.698.
  expect(customersNeeded({ deviation: 10, smallestEffect: 1, controlShare: 0.5 })).toBe(3140);
  const holdout = customersNeeded({ deviation: 10, smallestEffect: 1, controlShare: 0.1 });
  expect(holdout / 3140).toBeCloseTo(1 / 0.36, 2);
});

test("an effect is too early until both arms have enough, and then it is said when it will be precise", () => {
  const question = { deviation: 1, smallestEffect: 0.1, controlShare: 0.1, customersPerWeek: 200 };
  const early = readiness({
    ...question,
    treated: { customers: 360, successes: 60 },
    control: { customers: 40, successes: 6 },
  });
  // The control arm lacks 60 customers, which takes 600 arrivals.
  expect(early).toMatchObject({ ready: false, customersMissing: 600, weeksLeft: 3 });
  const ready = readiness({
    ...question,
    treated: { customers: 3600, successes: 600 },
    control: { customers: 400, successes: 60 },
  });
  expect(ready).toMatchObject({ ready: true, precise: false, needed: 8721 });
  expect(ready.ready && ready.weeksUntilPrecise).toBeCloseTo((8721 - 4000) / 200, 9);
  const stalled = readiness({
    ...question,
    customersPerWeek: 0,
    treated: { customers: 50, successes: 0 },
    control: { customers: 5, successes: 0 },
  });
  expect(stalled).toMatchObject({ ready: false, customersMissing: 950, weeksLeft: null });
  // Customers come but none buys: no pace can be told, and at the least 930 more are needed.
  const unbought = readiness({
    ...question,
    treated: { customers: 80, successes: 0 },
    control: { customers: 7, successes: 0 },
  });
  expect(unbought).toMatchObject({ ready: false, customersMissing: 930, weeksLeft: null });
});
