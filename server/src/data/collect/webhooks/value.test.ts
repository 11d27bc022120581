import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { ExpressionFault, evaluate, parseExpression, ValueFault } from "./value.ts";

const body = {
  id: 7,
  created: 1_780_000_000,
  mail: "",
  who: { mail: "Ada@Example.com ", "first name": "Ada" },
  lines: [{ sku: "a", price: "1.10" }, { sku: "b", price: "2.20" }, { price: null }],
  größe: "M",
  list: [],
};
const read = (text: string, more: object = {}) =>
  evaluate(parseExpression(text), { body, headers: { "x-topic": "orders/create" }, ...more });

describe("an expression reads what stands in a delivery", () => {
  test.each<[string, unknown]>([
    ["$.id", 7],
    ["$", body],
    ["$.who.mail | trim | lower", "ada@example.com"],
    ['$.who["first name"]', "Ada"],
    ["$.größe", "M"],
    ["$.mail ?? $.who.mail", "Ada@Example.com "],
    ["$.lines[*].sku", ["a", "b"]],
    ["$.lines[1].sku", "b"],
    ["$.lines[-1].price", undefined],
    ["$.lines[*].price | sum", 3.3],
    ["$.lines[*].sku | join", "a, b"],
    ["$.lines | count", 3],
    ["$.lines[*].price | last | number", 2.2],
    ["$.id | minor", 0.07],
    ["$.id | less($.nothing ?? 2)", 5],
    ["$.created | unix", "2026-05-28T20:26:40.000Z"],
    ["$.missing.deep[3].er", undefined],
    ["$.list", undefined],
    ['header("X-Topic")', "orders/create"],
    ['"EUR"', "EUR"],
    ["-1.5", -1.5],
    ["true", true],
    ["$.toString", undefined],
    ["$.__proto__", undefined],
    ["$.lines.length", undefined],
    ['$.who["constructor"]', undefined],
  ])("%s", (text, value) => {
    expect(read(text)).toEqual(value);
  });

  test("@ is the element of a list, and cents follow the currency", () => {
    expect(read("@.sku", { item: { sku: "c" } })).toBe("c");
    expect(read("@.sku")).toBe(undefined);
    expect(read("$.id | minor", { currency: "JPY" })).toBe(7);
    expect(read("$.id | minor", { currency: "KWD" })).toBe(0.007);
  });

  test("a value that is not what it should be is told", () => {
    for (const text of ["$.who | number", '"x" | number', '"soon" | iso', "$.who | text", "1e9 | unix"])
      expect(() => read(text), text).toThrow();
    expect(() => read('"x" | number')).toThrow(new ValueFault("not_number", "x"));
  });
});

test.each<[string, number]>([
  ["", 0],
  ["id", 0],
  ["$.", 2],
  ["$.a b", 4],
  ["$.a | eval", 10],
  ["$[", 2],
  ['$["a"', 5],
  ["$.a ??", 6],
  ["$.a | less", 10],
  ["process.exit()", 0],
])("%j is refused at its place", (text, at) => {
  let fault: unknown;
  try {
    parseExpression(text);
  } catch (error) {
    fault = error;
  }
  expect(fault).toBeInstanceOf(ExpressionFault);
  expect((fault as ExpressionFault).at).toBe(at);
});

test("whatever is written, it is read, or refused with a place", () => {
  const bit = fc.constantFrom(
    "$",
    "@",
    ".a",
    "[0]",
    "[*]",
    '["k"]',
    " | ",
    "unix",
    "less(",
    ")",
    " ?? ",
    '"t"',
    "1",
    "header(",
    "\\",
  );
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.array(bit, { maxLength: 12 }).map((bits) => bits.join("")),
      ),
      fc.json(),
      (text, json) => {
        try {
          evaluate(parseExpression(text), { body: JSON.parse(json), headers: {} });
        } catch (error) {
          if (!(error instanceof ExpressionFault) && !(error instanceof ValueFault)) throw error;
        }
      },
    ),
    { numRuns: 3_000 },
  );
});
