import fc from "fast-check";
import { expect, test } from "vitest";
import { storable, withoutNul } from "./storable.ts";

test("half a character becomes U+FFFD, in texts, in lists, and where JSON writes it as an escape", () => {
  expect(storable("x\udc00y")).toBe("x\ufffdy");
  expect(storable(["a", "\ud83d"])).toEqual(["a", "\ufffd"]);
  expect(storable(JSON.stringify({ "k\udc00": ["v\ud800"] }))).toBe('{"k\\ufffd":["v\\ufffd"]}');
  expect(storable('["\\uD83D x"]')).toBe('["\\ufffd x"]');
});

test("whole characters, written backslashes and everything that is no text stay as they are", () => {
  for (const same of ["😀", '["\\ud83d\\ude00"]', '["\\\\ud800"]', "\\ud800 as somebody wrote it", 7, null])
    expect(storable(same)).toBe(same);
  const list = ["a", 1, null, new Date()];
  expect(storable(list)).toBe(list);
  const bytes = Buffer.from([0xed, 0xa0]);
  expect(storable(bytes)).toBe(bytes);
});

test("any document keeps its meaning, but for halves of characters", () => {
  fc.assert(
    fc.property(fc.jsonValue({ stringUnit: "binary" }), (value) => {
      const text = JSON.stringify([value]);
      expect(JSON.stringify(JSON.parse(storable(text) as string))).toBe(text);
    }),
  );
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0xd700, max: 0xe000 })), (units) => {
      const text = String.fromCharCode(...units);
      expect(JSON.parse(storable(JSON.stringify([text])) as string)).toEqual([text.toWellFormed()]);
    }),
  );
});

test("a document loses the character NUL, in keys too, and nothing that only looks like it", () => {
  expect(withoutNul(JSON.stringify({ "k\0": ["a\0b"] }))).toBe('{"k":["ab"]}');
  for (const same of ['{"a":1}', JSON.stringify("\\u0000"), JSON.stringify("\\\\u0000")])
    expect(withoutNul(same)).toBe(same);
});
