import { expect, test } from "vitest";
import { statedTime } from "./check.ts";

const read = (timestamp: unknown) => {
  const time = statedTime({ timestamp });
  return time instanceof Date ? time.toISOString() : time;
};

test("a time is read as ISO 8601, and one without a zone is of UTC, wherever the server stands", () => {
  expect(read("2026-03-29T02:30:00Z")).toBe("2026-03-29T02:30:00.000Z");
  expect(read("2026-03-29t02:30:00.1234567z")).toBe("2026-03-29T02:30:00.123Z");
  expect(read("2026-03-29T02:30:00+02:00")).toBe("2026-03-29T00:30:00.000Z");
  expect(read("2026-03-29T02:30:00.5-0330")).toBe("2026-03-29T06:00:00.500Z");
  expect(read("2026-03-29 02:30")).toBe("2026-03-29T02:30:00.000Z");
  expect(read("2026-03-29T02:30:00")).toBe("2026-03-29T02:30:00.000Z");
  expect(read("2028-02-29")).toBe("2028-02-29T00:00:00.000Z");
  expect(read(1_780_000_000_000)).toBe("2026-05-28T20:26:40.000Z");
  for (const nothing of [undefined, null, ""]) expect(read(nothing)).toBeUndefined();
});

test("what is no time is not taken for one", () => {
  for (const text of [
    "0",
    "1",
    "12",
    "May 1",
    "3/4/2026",
    "2026-02-30",
    "2026-02-29T10:00:00Z",
    "2026-04-31",
    "2026-13-01",
    "2026-00-10",
  ])
    expect(read(text), text).toBe("unreadable");
  for (const odd of [{}, [], true, Number.NaN, 1e300]) expect(read(odd)).toBe("unreadable");
});
