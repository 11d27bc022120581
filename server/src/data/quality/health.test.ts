import { describe, expect, test } from "vitest";
import { healthOf } from "./health.ts";

const now = new Date("2026-05-17T10:00:00Z");
const ago = (hours: number) => new Date(now.getTime() - hours * 3_600_000);
/** 28 whole days and today. */
const daily = (events: number, changes: Record<number, number> = {}) =>
  Array.from({ length: 29 }, (_, at) => changes[at] ?? events);
const old = ago(24 * 60);

describe("the health of an event", () => {
  test.each([
    ["as every day", daily(100), old, ago(1), "steady"],
    ["nothing for a day and a half and more", daily(100, { 27: 0, 28: 0 }), old, ago(40), "silent"],
    ["a quiet night", daily(100), old, ago(9), "steady"],
    ["in its first week", daily(0, { 26: 3, 27: 5 }), ago(60), ago(2), "new"],
    ["half of the usual and less", daily(400, { 27: 120 }), old, ago(1), "fewer"],
    ["double the usual and more", daily(400, { 27: 1_200 }), old, ago(1), "more"],
    ["so few that chance may be it", daily(4, { 27: 0 }), old, ago(20), "steady"],
  ] as const)("%s", (_, days, firstAt, lastAt, health) => {
    expect(healthOf({ days, firstAt, lastAt }, now)).toBe(health);
  });

  test("an event of weekdays alone is not missed at the weekend, but when its week has begun without it", () => {
    // The last whole day is Saturday, 16 May.
    const days = Array.from({ length: 29 }, (_, at) => ([0, 6].includes((at + 0) % 7) ? 0 : 50));
    expect(days.slice(-9, -1)).toEqual([0, 0, 50, 50, 50, 50, 50, 0]);
    expect(healthOf({ days, firstAt: old, lastAt: ago(40) }, now)).toBe("steady");
    expect(healthOf({ days, firstAt: old, lastAt: ago(24 * 5) }, now)).toBe("silent");
  });
});
