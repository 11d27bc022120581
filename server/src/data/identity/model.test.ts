import { expect, test } from "vitest";
import { usableId } from "./model.ts";

test.each([
  ["", undefined],
  ["  ", undefined],
  ["0000", undefined],
  ["Anonymous", undefined],
  ["\u200b\u200d", undefined],
  ["\u202e", undefined],
  ["x".repeat(256), undefined],
  [Number.NaN, undefined],
  [17, "17"],
  [" ada ", "ada"],
  ["김", "김"],
  ["🌱", "🌱"],
  ["--1", "--1"],
])("the id %j names %j", (given, names) => {
  expect(usableId(given)).toBe(names);
});
