import { Random } from "../random.ts";
import { bootstrapCredit, type CreditRange } from "./bootstrap.ts";
import type { Order } from "./chain.ts";
import { chooseOrder, type OrderChoice } from "./choose-order.ts";
import { distinctPaths, type Journeys } from "./journeys.ts";
import { markovCredit } from "./markov.ts";
import {
  type Credit,
  creditByRule,
  decayByDays,
  decayByTouches,
  firstTouch,
  lastNonDirect,
  lastTouch,
  linear,
  positionBased,
  type Rule,
} from "./rules.ts";
import { shapleyOfRate } from "./shapley.ts";

/** The models that stand side by side, by the names that a command or an address has for them. */
export const attributionModels = [
  "first",
  "last",
  "last-non-direct",
  "linear",
  "position",
  "time-decay",
  "markov",
  "shapley",
] as const;
export type AttributionModel = (typeof attributionModels)[number];

export interface AttributionSettings {
  /** The channel that stands for no channel, for `last-non-direct`; `direct` where nothing is said. */
  direct?: string;
  /** Of the Markov chain; chosen by cross-validation where nothing is said. */
  order?: Order;
  /** Shares of the first and the last touch for `position`; 0.4 each where nothing is said. */
  position?: readonly [first: number, last: number];
  /** For `time-decay`, in days; in touches where the journeys have no times. 7 days or 2 touches where nothing is said. */
  halfLife?: number;
  /** Resampled worlds for the intervals; 0 leaves them out. 200 where nothing is said. */
  replicates?: number;
  /** Of everything that is drawn at random. */
  seed?: number | string;
}

export interface Attribution extends Credit {
  model: AttributionModel;
  channels: readonly string[];
  /** Of `markov`: the share of conversions that would be lost without the channel, in [0, 1]. */
  removalEffects?: Float64Array;
  order?: Order;
  /** How the order was chosen, where it was. */
  choice?: OrderChoice;
  /** Of `shapley` beyond 20 channels: half of the 95 % interval of the raw values that comes from drawing. */
  halfWidths?: Float64Array;
  /** 95 % intervals, where they were asked for. */
  range?: CreditRange;
}

const drawnOrders = 2_000;

/**
 * What each channel is given for conversions and their value under one model. Attribution divides what happened; it does not
 * show what a channel caused. Throws `ChainFailed` where the chain has too many states.
 */
export function attribute(
  journeys: Journeys,
  model: AttributionModel,
  settings: AttributionSettings = {},
): Attribution {
  const random = new Random(settings.seed ?? "attribution");
  // Only decay by days asks for more than the path.
  const compact = model === "time-decay" && journeys.daysBefore ? journeys : distinctPaths(journeys);
  const choice =
    model === "markov" && !settings.order ? chooseOrder(compact, random.fork("order")) : undefined;
  const order = settings.order ?? choice?.order ?? 1;
  const creditOf = (some: Journeys) => creditUnder(some, model, order, settings, random.fork("shapley"));
  const credit = creditOf(compact);
  const replicates = settings.replicates ?? 200;
  return {
    model,
    channels: journeys.channels,
    ...credit,
    ...(model === "markov" ? { order } : {}),
    ...(choice ? { choice } : {}),
    ...(replicates > 0
      ? { range: bootstrapCredit(compact, creditOf, { replicates, random: random.fork("bootstrap") }) }
      : {}),
  };
}

function creditUnder(
  journeys: Journeys,
  model: AttributionModel,
  order: Order,
  settings: AttributionSettings,
  random: Random,
): Credit & Pick<Attribution, "removalEffects" | "halfWidths"> {
  if (model === "markov") {
    const { conversions, value, removalEffects } = markovCredit(journeys, order);
    return { conversions, value, removalEffects };
  }
  if (model === "shapley") {
    const { conversions, value, halfWidths } = shapleyOfRate(journeys, { orders: drawnOrders, random });
    return { conversions, value, halfWidths };
  }
  const { conversions, value } = creditByRule(journeys, ruleOf(journeys, model, settings));
  return { conversions, value };
}

function ruleOf(
  journeys: Journeys,
  model: Exclude<AttributionModel, "markov" | "shapley">,
  { direct = "direct", position = [0.4, 0.4], halfLife }: AttributionSettings,
): Rule {
  switch (model) {
    case "first":
      return firstTouch;
    case "last":
      return lastTouch;
    case "last-non-direct":
      return lastNonDirect(journeys.channels.indexOf(direct));
    case "linear":
      return linear;
    case "position":
      return positionBased(...position);
    case "time-decay":
      return journeys.daysBefore ? decayByDays(halfLife ?? 7) : decayByTouches(halfLife ?? 2);
  }
}
