import { type RawSearch, searchNumber, searchText, searchWord } from "../../shell/search.ts";
import type { AttributionAnswer, ModelName } from "./queries.ts";

export const modelNames = [
  "markov",
  "shapley",
  "first",
  "last",
  "last-non-direct",
  "linear",
  "position",
  "time-decay",
] as const satisfies readonly ModelName[];

/** The page's state as it stands in its address. */
export interface AttributionSearch {
  from?: string | undefined;
  to?: string | undefined;
  conversion?: string | undefined;
  window?: number | undefined;
  order?: number | undefined;
  model?: ModelName | undefined;
  by?: "conversions" | "value" | undefined;
}

const day = (value: unknown) => {
  const text = searchText(value);
  return text && /^\d{4}-\d\d-\d\d$/.test(text) ? text : undefined;
};

export const readSearch = (raw: RawSearch): AttributionSearch => ({
  from: day(raw.from),
  to: day(raw.to),
  conversion: searchText(raw.conversion),
  window: searchNumber(raw.window),
  order: searchNumber(raw.order),
  model: searchWord(raw.model, modelNames),
  by: searchWord(raw.by, ["conversions", "value"] as const),
});

/** A channel under one model, with what all models together span. */
export interface ChannelRow {
  channel: string;
  estimate: number;
  low: number;
  high: number;
  removalEffect: number | null;
  /** The least and the most that any model gives, by the models' names. */
  least: { model: ModelName; value: number };
  most: { model: ModelName; value: number };
  journeys: number;
  converted: number;
}

/** The channels under one model, the one with the most first. Pure. */
export function rowsOf(
  answer: AttributionAnswer,
  model: ModelName,
  by: "conversions" | "value",
): ChannelRow[] {
  const chosen = answer.models.find((one) => one.model === model);
  const rows = (chosen?.channels ?? []).map((one): ChannelRow => {
    const given = answer.models.flatMap((other) => {
      const own = other.channels.find(({ channel }) => channel === one.channel);
      return own ? [{ model: other.model, value: own[by].estimate }] : [];
    });
    const sorted = given.sort((a, b) => a.value - b.value);
    const met = answer.channels.find(({ channel }) => channel === one.channel);
    return {
      channel: one.channel,
      ...one[by],
      removalEffect: one.removalEffect,
      least: sorted[0]!,
      most: sorted.at(-1)!,
      journeys: met?.journeys ?? 0,
      converted: met?.converted ?? 0,
    };
  });
  return rows.sort((a, b) => b.estimate - a.estimate);
}
