import fc from "fast-check";
import { expect, test } from "vitest";
import { groupOf, type NpsCounts, npsChange, npsOf } from "./nps.ts";

test("9 and 10 promote, 7 and 8 are passive, 0 to 6 detract", () => {
  expect([0, 6, 7, 8, 9, 10].map(groupOf)).toEqual([
    "detractor",
    "detractor",
    "passive",
    "passive",
    "promoter",
    "promoter",
  ]);
});

test("the score is promoters minus detractors, in points of all answers", () => {
  expect(npsOf({ promoters: 60, passives: 25, detractors: 15 })?.score).toBeCloseTo(45, 10);
  expect(npsOf({ promoters: 0, passives: 4, detractors: 0 })?.score).toBe(0);
  expect(npsOf({ promoters: 0, passives: 0, detractors: 0 })).toBeUndefined();
});

test("the interval follows the adjusted Wald formula, worked by hand", () => {
  // 30, 10 and 10 answers: shares (31/52, 11/52), middle 20/52, variance (42/52 − (20/52)²)/52.
  const estimate = npsOf({ promoters: 30, passives: 10, detractors: 10 })!;
  const half = 1.959963984540054 * Math.sqrt((42 / 52 - (20 / 52) ** 2) / 52);
  expect(estimate.score).toBeCloseTo(40, 10);
  expect(estimate.low).toBeCloseTo(100 * (20 / 52 - half), 8);
  expect(estimate.high).toBeCloseTo(100 * (20 / 52 + half), 8);
});

test("one happy customer is no certainty: the interval stays wide", () => {
  const estimate = npsOf({ promoters: 1, passives: 0, detractors: 0 })!;
  expect(estimate.score).toBe(100);
  expect(estimate.high).toBe(100);
  expect(estimate.low).toBeLessThan(0);
});

/** The chance that the interval holds the true score, exactly: the sum over all samples of this size. */
function coverage(answers: number, promote: number, detract: number): number {
  const logFactorial = [0];
  for (let n = 1; n <= answers; n++) logFactorial.push(logFactorial[n - 1]! + Math.log(n));
  const truth = 100 * (promote - detract);
  const passive = 1 - promote - detract;
  let covered = 0;
  for (let promoters = 0; promoters <= answers; promoters++) {
    for (let detractors = 0; promoters + detractors <= answers; detractors++) {
      const passives = answers - promoters - detractors;
      const { low, high } = npsOf({ promoters, passives, detractors })!;
      if (truth < low || truth > high) continue;
      const logChance =
        logFactorial[answers]! -
        logFactorial[promoters]! -
        logFactorial[passives]! -
        logFactorial[detractors]! +
        promoters * Math.log(promote) +
        detractors * Math.log(detract) +
        passives * Math.log(passive);
      covered += Math.exp(logChance);
    }
  }
  return covered;
}

test("the 95 % interval holds the truth about 95 times of 100, by exact enumeration", () => {
  const found = [
    coverage(12, 0.5, 0.2),
    coverage(30, 0.5, 0.16),
    coverage(30, 0.8, 0.05),
    coverage(60, 0.2, 0.4),
    coverage(120, 0.51, 0.16),
  ];
  for (const share of found) {
    expect(share).toBeGreaterThan(0.93);
    expect(share).toBeLessThan(0.99);
  }
});

test("for any answers the ends are in order, within bounds, and hold the score", () => {
  const count = fc.integer({ min: 0, max: 5000 });
  fc.assert(
    fc.property(fc.record({ promoters: count, passives: count, detractors: count }), (counts: NpsCounts) => {
      const estimate = npsOf(counts);
      if (!estimate) return counts.promoters + counts.passives + counts.detractors === 0;
      const { low, coreLow, score, coreHigh, high } = estimate;
      return (
        -100 <= low &&
        low <= coreLow &&
        coreLow <= score &&
        score <= coreHigh &&
        coreHigh <= high &&
        high <= 100
      );
    }),
  );
});

test("a change between two sets of answers is wider than either of them", () => {
  const before = { promoters: 40, passives: 30, detractors: 30 };
  const after = { promoters: 50, passives: 30, detractors: 20 };
  const change = npsChange(before, after)!;
  expect(change.score).toBeCloseTo(20, 10);
  const width = (estimate: { low: number; high: number }) => estimate.high - estimate.low;
  expect(width(change)).toBeGreaterThan(width(npsOf(before)!));
  expect(width(change)).toBeGreaterThan(width(npsOf(after)!));
});
