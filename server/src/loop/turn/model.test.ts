import { expect, test } from "vitest";
import { stuckAt, turnDays } from "./model.ts";
import { channelNote } from "./touchpoints.ts";

const passage = (after: "experience" | "data" | "insight" | "offer", share: number | null, base = 100) => ({
  after,
  share,
  base,
});

test("the loop is stuck where the lowest share gets through", () => {
  const passages = [
    passage("experience", 0.71),
    passage("data", 0.84),
    passage("insight", 0.38),
    passage("offer", 0.91),
  ];
  expect(stuckAt(passages)).toBe("insight");
});

test("a share of a handful, an unknown one and a wide one are not stuck", () => {
  expect(
    stuckAt([passage("experience", 0.1, 29), passage("data", null), passage("insight", 0.8)]),
  ).toBeNull();
  expect(stuckAt([passage("experience", 0.1, 30)])).toBe("experience");
});

test("of two equally narrow passages the earlier is named", () => {
  expect(stuckAt([passage("data", 0.2), passage("insight", 0.2)])).toBe("data");
});

test("a turn takes the days of its four passages, and none while one is unknown", () => {
  const days = (value: number, low: number, high: number) => ({ days: { value, low, high } });
  expect(turnDays([days(1, 0, 2), days(2, 2, 2), days(14, 11, 18), days(6, 6, 9)])).toEqual({
    value: 23,
    low: 23 - Math.hypot(1, 3),
    high: 23 + Math.hypot(1, 4, 3),
  });
  expect(turnDays([days(1, 0, 2), { days: null }])).toBeNull();
});

test("the channel that grew most is named, and channels of a handful are not", () => {
  const channels = [
    { channel: "web", now: 90, before: 100 },
    { channel: "shop", now: 150, before: 100 },
    { channel: "app", now: 40, before: 2 },
  ];
  expect(channelNote(channels)).toEqual({ code: "channels", grew: "shop", change: 0.5, shrank: "web" });
  expect(channelNote([{ channel: "web", now: 90, before: 100 }])).toBeNull();
  expect(channelNote([])).toBeNull();
});
