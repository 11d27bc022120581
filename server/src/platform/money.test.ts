import { expect, test } from "vitest";
import { currencyDecimals, toMinor } from "./money.ts";

test("a currency has the decimals of ISO 4217, not those that people usually print", () => {
  expect(["EUR", "JPY", "KWD", "IQD", "AFN", "CLF"].map(currencyDecimals)).toEqual([2, 0, 3, 3, 2, 4]);
  expect(() => currencyDecimals("EURO")).toThrow(RangeError);
});

test("an amount becomes minor units as its decimal text says", () => {
  expect([1.005, 19.9, -19.9, 0.285].map((amount) => toMinor(amount, "EUR"))).toEqual([101, 1990, -1990, 29]);
  expect(toMinor(1000, "JPY")).toBe(1000);
  expect(toMinor(1.2345, "KWD")).toBe(1235);
  expect(toMinor(Number.NaN, "EUR")).toBeUndefined();
  expect(toMinor(1e300, "EUR")).toBeUndefined();
});
