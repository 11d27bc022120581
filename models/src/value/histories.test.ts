import { expect, test } from "vitest";
import {
  groupHistories,
  historiesOf,
  InvalidHistories,
  invalidHistories,
  spreadToRows,
} from "./histories.ts";
import { mbgNbd } from "./mbg-nbd.ts";
import { historiesFromPurchases } from "./purchase-days.ts";
import { repeatBuyersOf, tooFewRepeatBuyers } from "./repeat-buyers.ts";

const columns = (repeats: number, lastWeek: number, observedWeeks: number) => ({
  repeats: Float64Array.of(0, repeats),
  lastWeek: Float64Array.of(0, lastWeek),
  observedWeeks: Float64Array.of(5, observedWeeks),
});

test.each([
  ["not_a_number", columns(1, Number.NaN, 9)],
  ["not_a_number", columns(1, 2, Number.POSITIVE_INFINITY)],
  ["negative", columns(-1, 0, 9)],
  ["repeats_not_whole", columns(1.5, 3, 9)],
  ["last_after_end", columns(2, 10, 9)],
  ["last_without_repeats", columns(0, 3, 9)],
  ["repeats_without_last", columns(2, 0, 9)],
  ["weight_not_positive", { ...columns(1, 3, 9), weights: Float64Array.of(1, 0) }],
] as const)("a fit refuses a row that is %s and says which", (fault, histories) => {
  expect(invalidHistories(histories)).toEqual([{ row: 1, fault }]);
  try {
    mbgNbd.fit(histories);
    expect.unreachable();
  } catch (error) {
    expect(error).toBeInstanceOf(InvalidHistories);
    expect(error).toMatchObject({ row: 1, fault });
    expect((error as Error).message).toContain("Row 1");
  }
});

test("columns of unequal length are refused", () => {
  const histories = { ...columns(1, 3, 9), lastWeek: Float64Array.of(0) };
  expect(() => mbgNbd.fit(histories)).toThrow(/differ in length/);
});

test("equal histories are merged with their weights, and nothing else changes", () => {
  const rows = Array.from({ length: 5000 }, (_, i) => ({
    repeats: i % 3,
    lastWeek: i % 3 === 0 ? 0 : (1 + (i % 50)) / 7,
    observedWeeks: 10 + (i % 7) / 7,
  }));
  const histories = historiesOf(rows);
  const { histories: distinct, groupOf } = groupHistories(histories);
  expect(distinct.repeats.length).toBe(new Set(rows.map((row) => JSON.stringify(row))).size);
  expect(distinct.weights.reduce((sum, weight) => sum + weight, 0)).toBe(5000);
  expect([...spreadToRows(distinct.lastWeek, groupOf)]).toEqual([...histories.lastWeek]);
  const parameters = { r: 0.5, alpha: 6, a: 0.9, b: 1.6 };
  expect(
    mbgNbd.logLikelihood(parameters, distinct) / mbgNbd.logLikelihood(parameters, histories),
  ).toBeCloseTo(1, 12);
});

test("purchases of one day are one, later ones are held back, newcomers are left out", () => {
  const found = historiesFromPurchases(
    { customer: [7, 7, 7, 7, 9, 8], day: [107, 100, 107, 121, 100, 115], spend: [3, 99, 4, 50, 10, 1] },
    114,
    128,
  );
  expect([...found.customer]).toEqual([7, 9]);
  expect([...found.histories.repeats]).toEqual([1, 0]);
  expect([...found.histories.lastWeek]).toEqual([1, 0]);
  expect([...found.histories.observedWeeks]).toEqual([2, 2]);
  expect([...found.meanSpend]).toEqual([7, 0]);
  expect([...found.later]).toEqual([1, 0]);
  expect([...found.laterSpend]).toEqual([50, 0]);
});

test("a brand where hardly anyone returns gets no individual scores, and hears why", () => {
  const rows = [
    { repeats: 0, lastWeek: 0, observedWeeks: 30, weight: 3315 },
    { repeats: 1, lastWeek: 9, observedWeeks: 30, weight: 9 },
    { repeats: 2, lastWeek: 12, observedWeeks: 30, weight: 8 },
  ];
  const few = repeatBuyersOf(historiesOf(rows));
  expect(few).toMatchObject({ enough: false, customers: 3332, repeatBuyers: 17, frequentBuyers: 8 });
  expect(few.reasons).toEqual(["few_repeat_buyers", "low_repeat_share", "few_frequent_buyers"]);
  expect(tooFewRepeatBuyers(historiesOf(rows))).toBe(true);
  const loyal = historiesOf(rows.map((row) => ({ ...row, weight: 200 })));
  expect(tooFewRepeatBuyers(loyal)).toBe(false);
});
