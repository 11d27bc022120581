import { expect, test } from "vitest";
import { convertedMinor, currencyCodes, currencyDecimals, isCurrency, toMinor } from "./money.ts";

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

test("one list says what a currency is, with every code whose decimals are known", () => {
  expect(["EUR", "CLF", "UYW", "UYI", "VED", "ZWG", "HRK"].map(isCurrency)).toEqual(Array(7).fill(true));
  expect(["ZZZ", "XXX", "XTS", "XAU", "eur", "", "EURO", "constructor"].map(isCurrency)).toEqual(
    Array(8).fill(false),
  );
  // A garden may be in any currency that the pages offer.
  for (const code of Intl.supportedValuesOf("currency").filter((one) => !/^X[A-Z]{2}$/.test(one)))
    expect(isCurrency(code), code).toBe(true);
  expect(new Set(currencyCodes).size).toBe(currencyCodes.length);
});

test("an amount in another currency is rounded with halves away from zero, as its decimals say", () => {
  expect([5, -5, 15, -15, 1, 0].map((minor) => convertedMinor(minor, 0.5))).toEqual([3, -3, 8, -8, 1, 0]);
  expect([convertedMinor(100, 1.005), convertedMinor(-100, 1.005), convertedMinor(50, 0.49)]).toEqual([
    101, -101, 25,
  ]);
  expect(convertedMinor(2 ** 52, 10)).toBeUndefined();
});
