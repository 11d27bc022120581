import { expect, test } from "vitest";
import { PLANTS, rondellPlan } from "./rondell-geometry.ts";

const days = (value: (day: number) => number) => Array.from({ length: PLANTS }, (_, day) => value(day));
const beds = { experience: days((d) => d + 1), data: days(() => 5), insight: days(() => 0), offer: [3, 9] };
const lengthOf = (plant: { x1: number; y1: number; x2: number; y2: number }) =>
  Math.hypot(plant.x2 - plant.x1, plant.y2 - plant.y1);

test("each bed holds its days as plants, as long as their share of its best day", () => {
  const plan = rondellPlan(490, beds, [0.71, 0.84, 0.38, 0.91]);
  const [experience, data, insight, offer] = plan.beds;
  expect(experience?.plants).toHaveLength(28);
  const lengths = experience?.plants.map(lengthOf) ?? [];
  expect(lengths.at(-1)).toBeCloseTo(2 * (lengths[13] as number), 0);
  const equal = data?.plants.map(lengthOf) ?? [];
  expect(Math.max(...equal) - Math.min(...equal)).toBeLessThan(0.3);
  for (const seed of insight?.plants ?? []) expect(lengthOf(seed)).toBeLessThan(0.5);
  // Fewer days than 28 stand at the end, where today is.
  expect(offer?.plants).toHaveLength(2);
});

test("everything stays inside its square, large and small", () => {
  for (const size of [280, 358, 429, 430, 490]) {
    const plan = rondellPlan(size, beds, [1, null, 0, 0.5]);
    expect(plan.center + plan.outerRing).toBeLessThan(size);
    for (const { plants } of plan.beds) {
      for (const { x2, y2 } of plants) {
        expect(Math.hypot(x2 - plan.center, y2 - plan.center)).toBeLessThan(plan.outerRing);
      }
    }
    for (const { label } of plan.arrows) {
      expect(label.x).toBeGreaterThan(0);
      expect(label.x).toBeLessThan(size);
      expect(label.y).toBeLessThan(size);
    }
  }
});

test("an arrow is as thick as the share that gets through", () => {
  const half = (share: number | null) =>
    Number(/^M-11 (-[\d.]+)H/.exec(rondellPlan(490, beds, [share, 0, 0, 0]).arrows[0]?.shape ?? "")?.[1]);
  expect(half(0)).toBe(-1.5);
  expect(half(1)).toBe(-8);
  expect(half(0.5)).toBe(-4.8);
});
