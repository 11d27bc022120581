import { mbgNbd } from "@rondell/models";
import { expect, test } from "vitest";
import { type LifecycleRule, ruleOf, silenceLimits, staysOf, weeksUntil } from "./model.ts";

const weekly: LifecycleRule = { graceWeeks: 0, silenceRiskWeeks: 4, silenceLapsedWeeks: 8 };
const told = (facts: Parameters<typeof staysOf>[0], rule = weekly, until = 1000) =>
  staysOf(facts, rule, until).map(({ stage, since }) => `${stage} ${since}`);

test("a visitor is a prospect, then a lead, then new, repeat and loyal", () => {
  expect(told({ firstDay: 900, leadDay: 910, purchaseDays: [920, 930, 940, 950, 990] })).toEqual([
    "prospect 900",
    "lead 910",
    "new 920",
    "repeat 930",
    "loyal 950",
    "at_risk 978",
    "loyal 990",
  ]);
});

test("silence leads to at risk and lapsed, and a purchase after a lapse wins back until the next one", () => {
  expect(told({ firstDay: 100, purchaseDays: [100, 200, 210] }, weekly, 300)).toEqual([
    "new 100",
    "at_risk 128",
    "lapsed 156",
    "won_back 200",
    "repeat 210",
    "at_risk 238",
    "lapsed 266",
  ]);
});

test("a purchase on the day of the limit still counts as in time", () => {
  expect(told({ firstDay: 100, purchaseDays: [100, 128] }, weekly, 140)).toEqual(["new 100", "repeat 128"]);
});

test("who comes known by name, or buys at first sight, was never a prospect", () => {
  expect(told({ firstDay: 100, leadDay: 100, purchaseDays: [] }, weekly, 110)).toEqual(["lead 100"]);
  expect(told({ firstDay: 100, leadDay: 300, purchaseDays: [100] }, weekly, 110)).toEqual(["new 100"]);
});

test("each stay ends where the next begins, and the last has no end", () => {
  const stays = staysOf({ firstDay: 100, purchaseDays: [100, 110] }, weekly, 300);
  expect(stays.slice(0, -1).map((stay) => stay.ended)).toEqual(stays.slice(1).map((stay) => stay.since));
  expect(stays.at(-1)!.ended).toBeUndefined();
});

test("the weeks until P(active) has fallen agree with the model itself", () => {
  const parameters = { r: 0.52, alpha: 6.2, a: 0.9, b: 1.6 };
  for (const [repeats, lastWeek] of [
    [0, 0],
    [1, 5],
    [7, 40.5],
  ] as const) {
    const weeks = weeksUntil(0.4, { name: "MBG/NBD", earlyExits: 1, ...parameters }, repeats, lastWeek);
    const [alive] = mbgNbd.probabilityAlive(parameters, {
      repeats: Float64Array.of(repeats),
      lastWeek: Float64Array.of(lastWeek),
      observedWeeks: Float64Array.of(lastWeek + weeks),
    });
    expect(alive).toBeCloseTo(0.4, 9);
  }
  expect(weeksUntil(0.4, { name: "BG/NBD", earlyExits: 0, ...parameters }, 0, 0)).toBe(
    Number.POSITIVE_INFINITY,
  );
});

test("the rule follows the brand's rhythm, within bounds, and falls back where there is none", () => {
  expect(ruleOf({ gaps: 10, medianWeeks: 1, q80Weeks: 2, q95Weeks: 3 })).toMatchObject({
    silenceRiskWeeks: 26,
    silenceLapsedWeeks: 52,
  });
  expect(ruleOf({ gaps: 500, medianWeeks: 1, q80Weeks: 2, q95Weeks: 3 })).toMatchObject({
    silenceRiskWeeks: 4,
    silenceLapsedWeeks: 8,
  });
  const model = { name: "MBG/NBD" as const, earlyExits: 1 as const, r: 0.5, alpha: 6, a: 1, b: 1.5 };
  const rule = ruleOf({ gaps: 500, medianWeeks: 9, q80Weeks: 30, q95Weeks: 60 }, model);
  const { riskDays, lapsedDays } = silenceLimits(rule, 0, 0);
  expect(riskDays).toBeLessThanOrEqual(lapsedDays);
  expect(riskDays).toBeGreaterThanOrEqual(63);
  expect(lapsedDays).toBe(60 * 7);
});
