import { expect, test } from "vitest";
import { customersBringing, valueOfTop, whaleCurve } from "./whale.ts";

test("the best customers come first, and those who cost money bend the curve down", () => {
  const curve = whaleCurve([10, 80, -20, 30]);
  expect(curve?.points).toEqual([
    { customers: 0, value: 0 },
    { customers: 0.25, value: 0.8 },
    { customers: 0.5, value: 1.1 },
    { customers: 0.75, value: 1.2 },
    { customers: 1, value: 1 },
  ]);
  expect(curve).toMatchObject({ total: 100, mean: 25, belowMean: 0.5, negative: 0.25 });
});

test("many customers become few points that begin at nothing and end at all", () => {
  const curve = whaleCurve(
    Array.from({ length: 12_345 }, (_, i) => i),
    101,
  )!;
  expect(curve.points).toHaveLength(101);
  expect(curve.points[0]).toEqual({ customers: 0, value: 0 });
  expect(curve.points.at(-1)).toEqual({ customers: 1, value: 1 });
  const half = curve.points[50]!;
  expect(half.customers).toBeCloseTo(0.5, 3);
  expect(half.value).toBeCloseTo(0.75, 3);
});

test("how much the top holds, and how few hold half", () => {
  const values = [50, 20, 10, 10, 10, 0, 0, 0, 0, 0];
  expect(valueOfTop(values, 0.1)).toBe(0.5);
  expect(customersBringing(values, 0.5)).toBe(0.1);
  expect(customersBringing(values, 0.8)).toBe(0.3);
});

test("without a positive total there are no shares", () => {
  for (const values of [[], [0, 0], [5, -9], [1, Number.POSITIVE_INFINITY], [Number.NaN, 3]]) {
    expect(whaleCurve(values)).toBeUndefined();
    expect(valueOfTop(values, 0.5)).toBeUndefined();
    expect(customersBringing(values, 0.5)).toBeUndefined();
  }
});
