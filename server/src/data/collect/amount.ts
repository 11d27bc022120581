import { convertedMinor, isCurrency, minorFactor, toMinor } from "../../platform/money.ts";
import type { Incoming, Json } from "./model.ts";

/** Dated rates of the garden, newest first for each currency. */
export type Rates = ReadonlyMap<string, readonly { validFrom: string; rate: number }[]>;

export interface Amount {
  amountMinor: number | null;
  currency: string;
  /** In the garden's currency; null until a rate of that day is known. */
  gardenMinor: number | null;
}

const none: Amount = { amountMinor: null, currency: "", gardenMinor: null };

/**
 * What an event was worth: `revenue`, else `total`, else the sum of its products, in its own currency
 * or the garden's. A refund is negative.
 */
export function amountOf(
  event: Incoming,
  garden: { currency: string; timezone: string },
  rates: Rates,
): Amount {
  const stated = statedAmount(event.properties);
  const currency = statedCurrency(event.properties, garden.currency);
  if (stated === undefined || currency === undefined) return none;
  // Nobody is paid for buying: what it was worth is not known.
  if (event.name === "Order Completed" && stated < 0) return none;
  const minor = toMinor(event.name === "Order Refunded" ? -Math.abs(stated) : stated, currency);
  if (minor === undefined) return none;
  return {
    amountMinor: minor,
    currency,
    gardenMinor: inGardenCurrency(minor, currency, event.happenedAt, garden, rates),
  };
}

/** The amount of an event in main units, where it says one. */
function statedAmount(properties: Json): number | undefined {
  return (
    number(properties.revenue) ??
    number(properties.total) ??
    number(properties.value) ??
    productSum(properties.products)
  );
}

/** The currency that an event says, else the garden's; undefined where what it says is none. */
function statedCurrency(properties: Json, otherwise: string): string | undefined {
  const { currency } = properties;
  if (currency === undefined || currency === null || currency === "") return otherwise;
  const code = typeof currency === "string" ? currency.trim().toUpperCase() : "";
  return isCurrency(code) ? code : undefined;
}

/** Whether an event says an amount in a currency that is none, so that nobody could ever say what it was worth. */
export function hasUnknownCurrency(properties: Json): boolean {
  return statedCurrency(properties, "EUR") === undefined && statedAmount(properties) !== undefined;
}

const dayFormats = new Map<string, Intl.DateTimeFormat>();

/** The day of an instant in a zone, as 2026-01-31. */
function dayOf(at: Date, timezone: string): string {
  let format = dayFormats.get(timezone);
  if (!format) {
    format = new Intl.DateTimeFormat("en-CA", {
      timeZone: timezone,
      year: "numeric",
      month: "2-digit",
      day: "2-digit",
    });
    dayFormats.set(timezone, format);
  }
  return format.format(at);
}

/** Minor units of another currency in the garden's, by the rate of that day in its zone; null where there is none. */
function inGardenCurrency(
  minor: number,
  currency: string,
  at: Date,
  garden: { currency: string; timezone: string },
  rates: Rates,
): number | null {
  if (currency === garden.currency) return minor;
  const day = dayOf(at, garden.timezone);
  const rate = rates.get(currency)?.find((one) => one.validFrom <= day);
  if (!rate) return null;
  return convertedMinor(minor, minorFactor(rate.rate, currency, garden.currency)) ?? null;
}

function number(value: unknown): number | undefined {
  const parsed =
    typeof value === "number"
      ? value
      : typeof value === "string" && value.trim()
        ? Number(value)
        : Number.NaN;
  return Number.isFinite(parsed) ? parsed : undefined;
}

function productSum(products: unknown): number | undefined {
  if (!Array.isArray(products)) return undefined;
  let sum = 0;
  for (const product of products as { price?: unknown; quantity?: unknown }[]) {
    const price = number(product?.price);
    if (price !== undefined) sum += price * (number(product?.quantity) ?? 1);
  }
  return sum;
}
