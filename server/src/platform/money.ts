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

/**
 * The currencies that amounts may be in: ISO 4217 with its funds, and those that it withdrew lately, so that older orders
 * can be read. Metals and codes for tests or for no currency are none.
 */
export const currencyCodes: readonly string[] = [
  ..."AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BHD BIF BMD BND BOB BOV BRL BSD BTN BWP".split(
    " ",
  ),
  ..."BYN BZD CAD CDF CHE CHF CHW CLF CLP CNY COP COU CRC CUC CUP CVE CZK DJF DKK DOP DZD EGP ERN ETB".split(
    " ",
  ),
  ..."EUR FJD FKP GBP GEL GHS GIP GMD GNF GTQ GYD HKD HNL HRK HTG HUF IDR ILS INR IQD IRR ISK JMD JOD".split(
    " ",
  ),
  ..."JPY KES KGS KHR KMF KPW KRW KWD KYD KZT LAK LBP LKR LRD LSL LYD MAD MDL MGA MKD MMK MNT MOP MRU".split(
    " ",
  ),
  ..."MUR MVR MWK MXN MXV MYR MZN NAD NGN NIO NOK NPR NZD OMR PAB PEN PGK PHP PKR PLN PYG QAR RON RSD".split(
    " ",
  ),
  ..."RUB RWF SAR SBD SCR SDG SEK SGD SHP SLE SLL SOS SRD SSP STN SVC SYP SZL THB TJS TMT TND TOP TRY".split(
    " ",
  ),
  ..."TTD TWD TZS UAH UGX USD USN UYI UYU UYW UZS VED VES VND VUV WST XAF XCD XCG XDR XOF XPF XSU YER".split(
    " ",
  ),
  ..."ZAR ZMW ZWG ZWL".split(" "),
];
const currencies = new Set(currencyCodes);

/** Whether a text is the code of a currency, in capitals. */
export const isCurrency = (code: string) => currencies.has(code);

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

/**
 * Minor units of one currency in those of another, by the factor between them: halves away from zero. The same doubles are
 * multiplied in the same order here and in `convertedMinorSql`, so both give the same number. Undefined beyond 2^53.
 */
export function convertedMinor(minor: number, factor: number): number | undefined {
  const converted = minor * factor;
  // 100 * 1.005 is 100.49999999999999: the half that the decimal text means is within four of the last places.
  const rounded = Math.floor(Math.abs(converted) * (1 + 1 / 1125899906842624) + 0.5);
  return rounded <= Number.MAX_SAFE_INTEGER ? Math.sign(converted) * rounded || 0 : undefined;
}

/** `convertedMinor` in the event store: `minor` and `factor` are SQL of a whole number and a Float64, or null. */
export function convertedMinorSql(minor: string, factor: string): string {
  const converted = `(toFloat64(${minor}) * ${factor})`;
  const rounded = `floor(abs(${converted}) * (1 + 1 / 1125899906842624) + 0.5)`;
  return `if(${rounded} <= 9007199254740991, toInt64(sign(${converted}) * ${rounded}), null)`;
}

/** The factor between minor units, from a rate between main units. */
export function minorFactor(rate: number, from: string, to: string): number {
  return rate * 10 ** (currencyDecimals(to) - currencyDecimals(from));
}
