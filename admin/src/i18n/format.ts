import type { Language } from "./catalogue.ts";
import type { FormatSettings } from "./hooks.ts";
import german from "./strings.de.json";
import english from "./strings.en.json";

const NBSP = "\u00a0";
const MINUS = "\u2212";
const LOCALES: Record<Language, string> = { en: "en-GB", de: "de-DE" };
const WORDS: Record<Language, typeof english> = { en: english, de: german };

/*
 * ISO 4217 decimals where they are not 2. `Intl` is no source for this: CLDR says 0 for IQD and AFN,
 * where ISO 4217 says 3 and 2.
 */
const MINOR_UNITS: Record<string, number> = Object.fromEntries([
  ..."BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"
    .split(" ")
    .map((code) => [code, 0]),
  ..."BHD IQD JOD KWD LYD OMR TND".split(" ").map((code) => [code, 3]),
  ..."CLF UYW".split(" ").map((code) => [code, 4]),
]);

/** How many decimals the smallest unit of a currency has, by ISO 4217: 2 for EUR, 0 for JPY. */
export function minorUnits(currency: string): number {
  return MINOR_UNITS[currency] ?? 2;
}

export interface NumberOptions {
  /** Decimals shown, exactly. Without it: none for whole numbers, up to one otherwise. */
  digits?: number;
  /** Always with a sign, for differences. Zero has none. */
  signed?: boolean;
}

export interface MoneyOptions extends NumberOptions {
  /** Another currency than the garden's. */
  currency?: string;
  /** €182k, €4.17m; 182 T€, 4,17 Mio. €. Under a thousand it is shown in whole units. */
  compact?: boolean;
  /** Without the minor unit: €1,284. */
  whole?: boolean;
}

export type Instant = Date | string | number;

export interface Formats {
  language: Language;
  number(value: number, options?: NumberOptions): string;
  /** A very small or large number by its power of ten: 3.8 × 10⁻⁸. */
  scientific(value: number): string;
  /** A share in [0, 1]: 71.2 %. */
  percent(share: number, options?: NumberOptions): string;
  /** A difference of shares in [−1, 1], in percentage points: −4.1 pts. */
  points(difference: number, options?: NumberOptions): string;
  /** An amount in integer minor units. */
  money(minor: number, options?: MoneyOptions): string;
  /** Two ready texts as an interval; a unit at the end of both is said once: 94 to 99 %. */
  interval(low: string, high: string): string;
  /** 14 May; with the year where it is not this one, or when asked for. */
  date(instant: Instant, options?: { year?: boolean; weekday?: boolean }): string;
  /** May 2026. */
  month(instant: Instant): string;
  /** 09:12, in the garden's zone. */
  time(instant: Instant, options?: { seconds?: boolean }): string;
  /** 14 May, 09:12. */
  dateTime(instant: Instant): string;
  /** The heading of a day in a timeline: Today, 14 May; Monday, 11 May. */
  day(instant: Instant, now?: Instant): string;
  /** How long ago, in one unit: now, 4 s, 26 min, 2 h, 3 days. */
  ago(instant: Instant, now?: Instant): string;
  /** A length of time in one unit: 26 s, 4 min, 1 h, 3 days. */
  duration(ms: number): string;
}

/** The formatting functions of one language, with the garden's currency and time zone. */
export function formatsFor(language: Language, settings: FormatSettings): Formats {
  const locale = LOCALES[language];
  const words = WORDS[language];
  const { timeZone } = settings;

  const number = (value: number, options: NumberOptions = {}): string => {
    const digits = options.digits ?? (Number.isInteger(value) ? 0 : undefined);
    const text = new Intl.NumberFormat(locale, {
      minimumFractionDigits: digits ?? 0,
      maximumFractionDigits: digits ?? 1,
      signDisplay: options.signed ? "exceptZero" : "negative",
    }).format(value);
    return trueMinus(text);
  };

  const scientific = (value: number): string => {
    const [digits = "", power = ""] = value.toExponential(1).split("e");
    const raised = [...power.replace("+", "")].map((sign) =>
      sign === "-" ? "⁻" : "⁰¹²³⁴⁵⁶⁷⁸⁹"[Number(sign)],
    );
    return `${number(Number(digits), { digits: 1 })}${NBSP}×${NBSP}10${raised.join("")}`;
  };

  const percent = (share: number, options: NumberOptions = {}): string =>
    `${number(round(share * 100), options)}${NBSP}%`;

  const points = (difference: number, options: NumberOptions = {}): string =>
    `${number(round(difference * 100), { digits: 1, signed: true, ...options })}${NBSP}${words.points}`;

  const money = (minor: number, options: MoneyOptions = {}): string => {
    const currency = options.currency ?? settings.currency;
    const decimals = minorUnits(currency);
    const amount = minor / 10 ** decimals;
    if (options.compact) return compactMoney(amount, currency, options);
    const digits = options.digits ?? (options.whole ? 0 : decimals);
    return trueMinus(
      new Intl.NumberFormat(locale, {
        style: "currency",
        currency,
        minimumFractionDigits: digits,
        maximumFractionDigits: digits,
        signDisplay: options.signed ? "exceptZero" : "negative",
      }).format(amount),
    );
  };

  const compactMoney = (amount: number, currency: string, options: MoneyOptions): string => {
    const size = Math.abs(amount);
    // 999,500 is already a million when shown in thousands.
    const [divisor, unit] =
      size >= 999_500 ? [1e6, words.millionMoney] : size >= 1000 ? [1e3, words.thousandMoney] : [1, ""];
    const scaled = amount / divisor;
    const digits =
      divisor === 1 ? 0 : Math.abs(scaled) >= 100 ? 0 : Math.abs(scaled) >= 10 ? 0 : divisor === 1e6 ? 2 : 1;
    const parts = new Intl.NumberFormat(locale, {
      style: "currency",
      currency,
      maximumFractionDigits: digits,
      minimumFractionDigits: 0,
      signDisplay: options.signed ? "exceptZero" : "negative",
    }).formatToParts(scaled);
    // The unit stands before a trailing symbol (182 T€) and after a leading amount (€182k).
    const text = parts.map((part) =>
      part.type === "currency" && language === "de" ? `${unit}${part.value}` : part.value,
    );
    return trueMinus(`${text.join("")}${language === "en" ? unit : ""}`);
  };

  const interval = (low: string, high: string): string => {
    const [lowUnit, highUnit] = [unitOf(low), unitOf(high)];
    const shortLow = lowUnit && lowUnit === highUnit ? low.slice(0, -lowUnit.length) : low;
    return fill(words.to, { low: shortLow, high });
  };

  const dateFormat = (options: Intl.DateTimeFormatOptions) =>
    new Intl.DateTimeFormat(locale, { timeZone, ...options });
  const dayKey = (instant: Instant) =>
    new Intl.DateTimeFormat("en-CA", { timeZone, dateStyle: "short" }).format(new Date(instant));

  const date: Formats["date"] = (instant, options = {}) => {
    const thisYear = dayKey(Date.now()).slice(0, 4);
    const year = options.year ?? dayKey(instant).slice(0, 4) !== thisYear;
    const text = dateFormat({ day: "numeric", month: "long", ...(year ? { year: "numeric" } : {}) }).format(
      new Date(instant),
    );
    return options.weekday ? `${dateFormat({ weekday: "long" }).format(new Date(instant))}, ${text}` : text;
  };

  const time: Formats["time"] = (instant, options = {}) =>
    dateFormat({
      hour: "2-digit",
      minute: "2-digit",
      hourCycle: "h23",
      ...(options.seconds ? { second: "2-digit" } : {}),
    }).format(new Date(instant));

  const duration = (ms: number): string => {
    const seconds = Math.max(0, Math.round(ms / 1000));
    if (seconds < 60) return fill(words.seconds, { n: number(seconds) });
    const minutes = Math.round(seconds / 60);
    if (minutes < 60) return fill(words.minutes, { n: number(minutes) });
    const hours = Math.round(minutes / 60);
    if (hours < 48) return fill(words.hours, { n: number(hours) });
    const days = Math.round(hours / 24);
    return days === 1 ? words.day : fill(words.days, { n: number(days) });
  };

  return {
    language,
    number,
    scientific,
    percent,
    points,
    money,
    interval,
    date,
    month: (instant) => dateFormat({ month: "long", year: "numeric" }).format(new Date(instant)),
    time,
    dateTime: (instant) => `${date(instant)}, ${time(instant)}`,
    day: (instant, now = Date.now()) => {
      const key = dayKey(instant);
      if (key === dayKey(now)) return fill(words.today, { date: date(instant) });
      if (key === dayKey(new Date(now).getTime() - 86_400_000))
        return fill(words.yesterday, { date: date(instant) });
      return date(instant, { weekday: true });
    },
    ago: (instant, now = Date.now()) => {
      const ms = new Date(now).getTime() - new Date(instant).getTime();
      return ms < 2000 ? words.now : duration(ms);
    },
    duration,
  };
}

/** Takes the float dust off a product by 100, so that 0.07 is 7 and not 7.000000000000001. */
function round(value: number): number {
  return Math.round(value * 1e9) / 1e9;
}

function trueMinus(text: string): string {
  return text.replace(/-/g, MINUS);
}

/** What follows the last no-break space, with it: the unit of 99 % or 275 T€. */
function unitOf(text: string): string {
  const at = text.lastIndexOf(NBSP);
  return at < 0 ? "" : text.slice(at);
}

function fill(template: string, values: Record<string, string>): string {
  return template.replace(/\{\{(\w+)\}\}/g, (_, key: string) => values[key] ?? "");
}
