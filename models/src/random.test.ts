import { expect, test } from "vitest";
import { Random } from "./random.ts";

const draws = 200_000;

function moments(draw: () => number): { mean: number; variance: number } {
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < draws; i++) {
    const value = draw();
    sum += value;
    squares += value * value;
  }
  const mean = sum / draws;
  return { mean, variance: squares / draws - mean * mean };
}

test("the same seed gives the same numbers, another seed others", () => {
  const first = new Random(7);
  const again = new Random(7);
  const other = new Random(8);
  const numbers = Array.from({ length: 20 }, () => first.uint32());
  expect(Array.from({ length: 20 }, () => again.uint32())).toEqual(numbers);
  expect(Array.from({ length: 20 }, () => other.uint32())).not.toEqual(numbers);
});

test("a fork does not change with how much the other fork draws", () => {
  const spendOf = (visits: number) => {
    const random = new Random("garden");
    const visit = random.fork("visits");
    const spend = random.fork("spend");
    for (let i = 0; i < visits; i++) visit.uniform();
    return spend.uniform();
  };
  expect(spendOf(3)).toBe(spendOf(300));
});

test.each([
  ["uniform", (r: Random) => r.uniform(), 0.5, 1 / 12],
  ["normal", (r: Random) => r.normal(2, 3), 2, 9],
  ["exponential", (r: Random) => r.exponential(4), 1 / 4, 1 / 16],
  ["gamma below 1", (r: Random) => r.gamma(0.3, 2), 0.15, 0.075],
  ["gamma above 1", (r: Random) => r.gamma(6.2, 2), 3.1, 1.55],
  ["beta", (r: Random) => r.beta(0.8, 2.4), 0.25, (0.25 * 0.75) / 4.2],
  ["beta near its corners", (r: Random) => r.beta(0.02, 0.03), 0.4, 0.24 / 1.05],
  ["poisson small", (r: Random) => r.poisson(0.7), 0.7, 0.7],
  ["poisson large", (r: Random) => r.poisson(37.5), 37.5, 37.5],
  ["integer", (r: Random) => r.integer(6), 2.5, 35 / 12],
] as const)("%s has the mean and variance of its distribution", (_, draw, mean, variance) => {
  const random = new Random(42);
  const seen = moments(() => draw(random));
  // Five standard errors of the mean, and 5 % of the variance.
  expect(Math.abs(seen.mean - mean)).toBeLessThan(5 * Math.sqrt(variance / draws));
  expect(Math.abs(seen.variance / variance - 1)).toBeLessThan(0.05);
});

test("picks follow their weights", () => {
  const random = new Random(1);
  let rare = 0;
  for (let i = 0; i < 10_000; i++) if (random.pick(["often", "rarely"], [9, 1]) === "rarely") rare += 1;
  expect(rare).toBeGreaterThan(900);
  expect(rare).toBeLessThan(1100);
});
