/*
 * Currencies whose smallest unit is not a hundredth, by ISO 4217. `Intl` is no source for this: CLDR says
 * 0 decimals for IQD and AFN, where ISO 4217 says 3 and 2.
 */
const decimalsOther: Record<string, number> = Object.fromEntries([
  ..."BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
    .split(" ")
    .map((code) => [code, 0]),
  ..."BHD IQD JOD KWD LYD OMR TND".split(" ").map((code) => [code, 3]),
  ..."CLF UYW".split(" ").map((code) => [code, 4]),
]);

/** Decimals of a currency by ISO 4217: 2 for EUR, 0 for JPY, 3 for KWD. Throws RangeError for no currency code. */
export function currencyDecimals(currency: string): number {
  if (!/^[A-Za-z]{3}$/.test(currency)) throw new RangeError(`${currency} is no currency code.`);
  return decimalsOther[currency.toUpperCase()] ?? 2;
}

/** An amount in main units as minor units, halves away from zero. Undefined where it is no finite number. */
export function toMinor(amount: number, currency: string): number | undefined {
  if (!Number.isFinite(amount)) return undefined;
  const scaled = Math.abs(amount) * 10 ** currencyDecimals(currency);
  // 1.005 * 100 is 100.49999999999999: the nearest double of the decimal text is meant.
  const minor = Math.round(Number(scaled.toPrecision(15)));
  return Number.isSafeInteger(minor) ? Math.sign(amount) * minor || 0 : undefined;
}

/** Minor units as a decimal of main units, exactly: -1250 in EUR is "-12.50". */
export function minorText(minor: number, currency: string): string {
  const decimals = currencyDecimals(currency);
  const digits = String(Math.abs(minor)).padStart(decimals + 1, "0");
  const text = decimals ? `${digits.slice(0, -decimals)}.${digits.slice(-decimals)}` : digits;
  return minor < 0 ? `-${text}` : text;
}
