import fc from "fast-check";
import { expect, test } from "vitest";
import { Random } from "./random.ts";
import {
  forecastStates,
  InvalidTransitions,
  longRunShares,
  meanStay,
  NextEventModel,
  transitionChances,
} from "./transitions.ts";

const counts = (...rows: number[][]) => rows.map((row) => Float64Array.from(row));
// Of those who are active a tenth lapse, and of the lapsed a twentieth comes back.
const loyalty = counts([90, 10], [5, 95]);

test("chances, stays and the long run of two states", () => {
  expect(transitionChances(loyalty).map((row) => [...row])).toEqual([
    [0.9, 0.1],
    [0.05, 0.95],
  ]);
  expect([...meanStay(loyalty)]).toEqual([expect.closeTo(10), expect.closeTo(20)]);
  expect([...longRunShares(loyalty)!]).toEqual([expect.closeTo(1 / 3), expect.closeTo(2 / 3)]);
});

test("a forecast says how many are where, and how far chance may move that", () => {
  const [first, second] = forecastStates(loyalty, Float64Array.of(1_000, 0), 2);
  expect([...first!.expected]).toEqual([expect.closeTo(900), expect.closeTo(100)]);
  expect(first!.deviation[0]).toBeCloseTo(Math.sqrt(90), 9);
  expect(second!.expected[0]).toBeCloseTo(900 * 0.9 + 100 * 0.05, 9);
  const random = new Random("forecast");
  const worlds = Array.from({ length: 400 }, () => {
    let active = 0;
    for (let customer = 0; customer < 1_000; customer++) {
      let state = 0;
      for (let period = 0; period < 2; period++) state = random.chance(state === 0 ? 0.1 : 0.95) ? 1 : 0;
      if (state === 0) active++;
    }
    return active;
  });
  const inside = worlds.filter((one) => Math.abs(one - second!.expected[0]!) < 1.96 * second!.deviation[0]!);
  expect(inside.length / worlds.length).toBeGreaterThan(0.92);
});

test("nobody is lost, whatever the counts, and no number is none", () => {
  const square = fc.integer({ min: 1, max: 5 }).chain((size) =>
    fc.tuple(
      fc.array(fc.array(fc.nat(9), { minLength: size, maxLength: size }), {
        minLength: size,
        maxLength: size,
      }),
      fc.array(fc.nat(100), { minLength: size, maxLength: size }),
    ),
  );
  fc.assert(
    fc.property(square, ([rows, now]) => {
      const all = now.reduce((sum, one) => sum + one, 0);
      for (const { expected, deviation } of forecastStates(counts(...rows), Float64Array.from(now), 5)) {
        expect(expected.reduce((sum, one) => sum + one, 0)).toBeCloseTo(all, 8);
        expect(deviation.every(Number.isFinite)).toBe(true);
      }
      const shares = longRunShares(counts(...rows));
      if (shares) expect(shares.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 8);
    }),
  );
});

test("two ways to end have no common long run, and counts that are none are refused", () => {
  expect(longRunShares(counts([1, 0], [0, 1]))).toBeUndefined();
  expect(longRunShares([])).toBeUndefined();
  expect([...meanStay(counts([0, 0], [0, 3]))]).toEqual([Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY]);
  expect(() => transitionChances(counts([1], [1, 2]))).toThrow(InvalidTransitions);
  expect(() => transitionChances(counts([-1]))).toThrow("Row 0");
  expect(() => forecastStates(loyalty, Float64Array.of(1), 1)).toThrow(InvalidTransitions);
});

test("what comes next, by as much of the past as was seen often enough", () => {
  const model = new NextEventModel(2, 10);
  model.learn(["view", "cart", "order"], 30);
  model.learn(["mail", "cart"], 12);
  model.learn(["search", "cart", "order"], 3);
  expect(model.after(["view", "cart"])).toEqual({
    ...{ order: 2, seen: 30 },
    next: [{ event: "order", count: 30, chance: 1 }],
  });
  // Three times is not often enough: after a cart in general, then.
  const general = model.after(["search", "cart"])!;
  expect(general).toMatchObject({ order: 1, seen: 45 });
  expect(general.next).toEqual([
    { event: "order", count: 33, chance: expect.closeTo(33 / 45) },
    { event: "", count: 12, chance: expect.closeTo(12 / 45) },
  ]);
  expect(model.after(["never seen"])).toMatchObject({ order: 0 });
  expect(new NextEventModel(1).after(["view"])).toBeUndefined();
});
