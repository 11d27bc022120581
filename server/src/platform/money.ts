const decimals = new Map<string, number>();

/** Decimals of a currency by ISO 4217: 2 for EUR, 0 for JPY, 3 for KWD. Throws RangeError for no currency code. */
export function currencyDecimals(currency: string): number {
  let digits = decimals.get(currency);
  if (digits === undefined) {
    digits =
      new Intl.NumberFormat("en", { style: "currency", currency }).resolvedOptions().maximumFractionDigits ??
      2;
    decimals.set(currency, digits);
  }
  return digits;
}

/** An amount in main units as minor units, halves away from zero. Undefined where it is no finite number. */
export function toMinor(amount: number, currency: string): number | undefined {
  if (!Number.isFinite(amount)) return undefined;
  const scaled = Math.abs(amount) * 10 ** currencyDecimals(currency);
  // 1.005 * 100 is 100.49999999999999: the nearest double of the decimal text is meant.
  const minor = Math.round(Number(scaled.toPrecision(15)));
  return Number.isSafeInteger(minor) ? Math.sign(amount) * minor || 0 : undefined;
}
