import { type RawSearch, searchNumber, searchText, searchWord } from "../../shell/search.ts";

export const conditions = ["equals", "differs", "contains", "atLeast", "atMost", "present"] as const;
export type Condition = (typeof conditions)[number];

export interface StepFilter {
  property: string;
  is: Condition;
  value: string;
}

export interface FunnelStep {
  event: string;
  filters: StepFilter[];
}

/** The page's state as it stands in its address. */
export interface JourneySearch {
  from?: string | undefined;
  to?: string | undefined;
  by?: "channel" | "event" | undefined;
  touches?: number | undefined;
  days?: number | undefined;
  /** A set of customers as `filter` or `filter=value`. */
  among?: string | undefined;
  /** Steps of the funnel as JSON. */
  steps?: string | undefined;
  window?: number | undefined;
  breakdown?: string | undefined;
}

const day = (value: unknown) => {
  const text = searchText(value);
  return text && /^\d{4}-\d\d-\d\d$/.test(text) ? text : undefined;
};

export const readSearch = (raw: RawSearch): JourneySearch => ({
  from: day(raw.from),
  to: day(raw.to),
  by: searchWord(raw.by, ["channel", "event"] as const),
  touches: searchNumber(raw.touches),
  days: searchNumber(raw.days),
  among: searchText(raw.among),
  steps:
    typeof raw.steps === "string"
      ? raw.steps
      : raw.steps === undefined
        ? undefined
        : JSON.stringify(raw.steps),
  window: searchNumber(raw.window),
  breakdown: searchText(raw.breakdown),
});

/** Steps from the address; undefined where they are no steps. */
export function stepsOf(text: string | undefined): FunnelStep[] | undefined {
  if (!text) return undefined;
  try {
    const steps: unknown = JSON.parse(text);
    if (!Array.isArray(steps) || steps.length < 2 || steps.length > 10) return undefined;
    return steps.map((step: Partial<FunnelStep>) => {
      if (typeof step.event !== "string") throw new TypeError("no event");
      return {
        event: step.event,
        filters: (step.filters ?? []).map((filter) => ({
          property: String(filter.property),
          is: searchWord(filter.is, conditions) ?? "equals",
          value: String(filter.value ?? ""),
        })),
      };
    });
  } catch {
    return undefined;
  }
}

/** A funnel that says something at once: from the first sign of interest to the order, of what happens here. */
export function usualSteps(names: readonly string[]): FunnelStep[] {
  const usual = ["Page Viewed", "Product Viewed", "Product Added", "Checkout Started", "Order Completed"];
  const found = usual.filter((name) => names.includes(name)).slice(-4);
  const steps = found.length >= 2 ? found : ["Order Completed", "Order Completed"];
  return steps.map((event) => ({ event, filters: [] }));
}

export function dayAfter(date: string): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) + 86_400_000).toISOString().slice(0, 10);
}

export function daysBefore(date: string, days: number): string {
  return new Date(Date.parse(`${date}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}

/** The last year of what was seen, or all of it where that is less. Half-open: `to` is the day after. */
export function usualPeriod(first: string, last: string): { from: string; to: string } {
  const year = daysBefore(last, 364);
  return { from: year > first ? year : first, to: dayAfter(last) };
}

export function amongOf(text: string | undefined): { filter: string; value: string } | undefined {
  if (!text) return undefined;
  const at = text.indexOf("=");
  return at < 0 ? { filter: text, value: "" } : { filter: text.slice(0, at), value: text.slice(at + 1) };
}
