import { expect, test } from "vitest";
import { shareOf } from "./whale-panel.tsx";

const curve = {
  points: [
    { customers: 0, value: 0 },
    { customers: 0.5, value: 0.8 },
    { customers: 1, value: 1 },
  ],
  total: 100,
  mean: 10,
  belowMean: 0.6,
  negative: 0,
};

test("a share is read off the curve between its points", () => {
  expect(shareOf(curve, 0)).toBe(0);
  expect(shareOf(curve, 0.25)).toBeCloseTo(0.4);
  expect(shareOf(curve, 0.5)).toBeCloseTo(0.8);
  expect(shareOf(curve, 0.75)).toBeCloseTo(0.9);
  expect(shareOf(curve, 1)).toBe(1);
});
