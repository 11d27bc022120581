import {
  type Attribution,
  attribute,
  attributionModels,
  bootstrapCredit,
  ChainFailed,
  type Credit,
  type Journeys,
  journeysFromPaths,
  type Order,
  Random,
} from "@rondell/models";
import type { ModelAnswer } from "./model.ts";
import type { PathRow } from "./paths.ts";

export interface CreditAsk {
  rows: PathRow[];
  order: Order | undefined;
  direct: string;
}

export interface CreditAnswer {
  models: ModelAnswer[];
  replicates: number;
}

const seed = "attribution";

/** All models side by side. The same paths always give the same answer. No I/O. */
export function creditPaths({ rows, order, direct }: CreditAsk): CreditAnswer {
  const walked = rows.filter((row) => row.kind === "converted" || row.kind === "null");
  const journeys = journeysFromPaths(
    walked.map(({ kind, path, journeys: count, valueMinor }) => ({
      touches: path,
      conversions: kind === "converted" ? count : 0,
      value: kind === "converted" ? valueMinor : 0,
      nulls: kind === "null" ? count : 0,
    })),
  );
  const replicates = replicatesFor(journeys);
  const settings = { direct, replicates, seed, ...(order ? { order } : {}) };
  const models = attributionModels.map((model): ModelAnswer => {
    try {
      return answerOf(
        model === "time-decay" ? decayed(journeys, walked, replicates) : attribute(journeys, model, settings),
      );
    } catch (error) {
      if (!(error instanceof ChainFailed)) throw error;
      return { model, failed: error.message, order: order ?? null, scores: [], channels: [] };
    }
  });
  return { models, replicates };
}

/** Fewer resampled worlds where there is much to go through: there chance moves the numbers less as well. */
function replicatesFor({ touches }: Journeys): number {
  if (touches.length > 400_000) return 50;
  return touches.length > 50_000 ? 100 : 200;
}

/** Decay with the true time of each touch, which the event store has already shared out for each path. */
function decayed(journeys: Journeys, rows: readonly PathRow[], replicates: number): Attribution {
  const creditOf = (some: Journeys): Credit => {
    const conversions = new Float64Array(journeys.channels.length);
    const value = new Float64Array(journeys.channels.length);
    rows.forEach((row, at) => {
      const scale = row.kind === "converted" ? some.conversions[at]! / row.journeys : 0;
      if (scale === 0) return;
      const from = journeys.offsets[at]!;
      row.decayed.forEach((share, place) => {
        const channel = journeys.touches[from + place]!;
        conversions[channel]! += share * scale;
        value[channel]! += row.decayedValue[place]! * scale;
      });
    });
    return { conversions, value };
  };
  const random = new Random(`${seed}/decay`);
  return {
    model: "time-decay",
    channels: journeys.channels,
    ...creditOf(journeys),
    range: bootstrapCredit(journeys, creditOf, { replicates, random }),
  };
}

function answerOf(found: Attribution): ModelAnswer {
  const { model, channels, conversions, value, removalEffects, range, order, choice } = found;
  const rangeOf = (of: "conversions" | "value", at: number) => ({
    estimate: found[of][at]!,
    low: range?.[of].low[at] ?? found[of][at]!,
    high: range?.[of].high[at] ?? found[of][at]!,
  });
  const isNumber = [...conversions, ...value].every(Number.isFinite);
  if (!isNumber) throw new Error(`The model ${model} gave something that is no number.`);
  return {
    model,
    failed: null,
    order: order ?? null,
    scores: choice?.scores ?? [],
    channels: channels.map((channel, at) => ({
      channel,
      conversions: rangeOf("conversions", at),
      value: rangeOf("value", at),
      removalEffect: removalEffects?.[at] ?? null,
    })),
  };
}
