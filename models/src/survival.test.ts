import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "./random.ts";
import { type Durations, InvalidDurations, kaplanMeier, logRank, survivalAt } from "./survival.ts";

/** `6+` was last seen at 6 without it; `6` had it happen at 6. */
const durations = (text: string): Durations => {
  const words = text.trim().split(/\s+/).filter(Boolean);
  return {
    time: Float64Array.from(words, (word) => Number(word.replace("+", ""))),
    happened: Uint8Array.from(words, (word) => Number(!word.endsWith("+"))),
  };
};

// Remission of leukaemia in weeks, Freireich et al. (1963), as published in Cox and Oakes (1984), table 1.1.
const treated = durations("6 6 6 7 10 13 16 22 23 6+ 9+ 10+ 11+ 17+ 19+ 20+ 25+ 32+ 32+ 34+ 35+");
const placebo = durations("1 1 2 2 3 4 4 5 5 8 8 8 8 11 11 12 12 15 17 22 23");

test("the curve of a published trial", () => {
  const curve = kaplanMeier(treated);
  expect(curve.customers).toBe(21);
  expect(curve.happened).toBe(9);
  const published = [
    [6, 21, 0.8571],
    [7, 17, 0.8067],
    [10, 15, 0.7529],
    [13, 12, 0.6902],
    [16, 11, 0.6275],
    [22, 7, 0.5378],
    [23, 6, 0.4482],
  ];
  expect(
    curve.steps.map(({ time, atRisk, survival }) => [time, atRisk, Math.round(survival * 1e4) / 1e4]),
  ).toEqual(published);
  expect(curve.median.time).toBe(23);
  // It has not happened to half of the lower bound's world before 13, and of the upper bound's never.
  expect(curve.median.low).toBe(13);
  expect(curve.median.high).toBeUndefined();
  expect(kaplanMeier(placebo).median.time).toBe(8);
});

test("the difference of the two arms of that trial", () => {
  const found = logRank([treated, placebo])!;
  // Published: observed 9 and 21, expected 19.25 and 10.75, chi-square 16.79 on one degree.
  expect(found.groups.map(({ observed }) => observed)).toEqual([9, 21]);
  expect(found.groups[0]!.expected).toBeCloseTo(19.25, 2);
  expect(found.chiSquare).toBeCloseTo(16.79, 2);
  expect(found.degrees).toBe(1);
  expect(found.pValue).toBeCloseTo(4.17e-5, 6);
});

const anybody = fc
  .array(fc.tuple(fc.nat(20), fc.boolean()), { minLength: 1, maxLength: 40 })
  .map((rows) => durations(rows.map(([time, happened]) => `${time}${happened ? "" : "+"}`).join(" ")));

test("a curve falls within its interval, and equals the plain share where everybody is watched to the end", () => {
  fc.assert(
    fc.property(anybody, (some) => {
      const curve = kaplanMeier(some);
      let before = 1;
      for (const step of curve.steps) {
        expect(step.survival).toBeLessThan(before);
        expect(step.low).toBeLessThanOrEqual(step.survival);
        expect(step.high).toBeGreaterThanOrEqual(step.survival);
        expect(step.high).toBeLessThanOrEqual(1);
        before = step.survival;
      }
      const all = kaplanMeier({ ...some, happened: some.happened.map(() => 1) });
      for (const step of all.steps) {
        const share = some.time.filter((time) => time > step.time).length / some.time.length;
        expect(step.survival).toBeCloseTo(share, 12);
      }
    }),
  );
});

test("rows with weights are as many customers", () => {
  const whole = kaplanMeier(durations("3 3 3 5+ 5+ 8"));
  const weighted = kaplanMeier({ ...durations("3 5+ 8"), weights: Float64Array.of(3, 2, 1) });
  expect(weighted).toEqual(whole);
});

test("groups in another order, or given twice the same, differ as much", () => {
  const three = [treated, placebo, durations("3 9 14+ 20 30+ 31")];
  const found = logRank(three)!;
  expect(found.degrees).toBe(2);
  expect(logRank(three.toReversed())!.chiSquare).toBeCloseTo(found.chiSquare, 9);
  expect(logRank([treated, treated])!.chiSquare).toBeCloseTo(0, 12);
});

test("groups that are alike are told apart in about one of twenty trials", () => {
  const random = new Random("alike");
  const made = (): Durations => {
    const time = Float64Array.from({ length: 40 }, () => random.exponential(1));
    const end = Float64Array.from({ length: 40 }, () => random.exponential(0.5));
    return {
      time: time.map((one, at) => Math.min(one, end[at]!)),
      happened: Uint8Array.from(time, (one, at) => Number(one <= end[at]!)),
    };
  };
  let told = 0;
  for (let trial = 0; trial < 1_000; trial++) if (logRank([made(), made(), made()])!.pValue < 0.05) told++;
  expect(told).toBeGreaterThan(30);
  expect(told).toBeLessThan(75);
});

test("of too little nothing is said, and of what cannot be, which row it is", () => {
  const nobody = durations("");
  expect(kaplanMeier(nobody)).toMatchObject({ customers: 0, steps: [], median: { time: undefined } });
  expect(logRank([treated])).toBeUndefined();
  expect(logRank([treated, nobody])).toBeUndefined();
  expect(logRank([durations("3+ 4+"), durations("5+")])).toBeUndefined();
  const curve = kaplanMeier(durations("5+ 6+"));
  expect(curve.steps).toEqual([]);
  expect(survivalAt(curve, 4)).toMatchObject({ survival: 1 });
  expect(survivalAt(curve, 7)).toBeUndefined();
  expect(() => kaplanMeier({ time: Float64Array.of(1, -1), happened: Uint8Array.of(1, 1) })).toThrow(
    InvalidDurations,
  );
  expect(() => kaplanMeier({ time: Float64Array.of(Number.NaN), happened: Uint8Array.of(1) })).toThrow(
    "Row 0",
  );
});
