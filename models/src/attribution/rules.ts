import type { Journeys } from "./journeys.ts";

/** What each channel is given, beside `Journeys.channels`: conversions and their value. */
export interface Credit {
  conversions: Float64Array;
  value: Float64Array;
}

/** The share of its journey that each touch is given: fills `weights[0 … count - 1]`, on any scale above 0. */
export type Rule = (
  journey: { touches: Int32Array; days: Float64Array | undefined },
  weights: Float64Array,
) => void;

/** All to the touch with which a journey begins. */
export const firstTouch: Rule = (_journey, weights) => {
  weights[0] = 1;
};

/** All to the touch with which it ends. */
export const lastTouch: Rule = ({ touches }, weights) => {
  weights[touches.length - 1] = 1;
};

/** All to the last touch that is not of the channel `direct`; to the last one where all are. */
export const lastNonDirect =
  (direct: number): Rule =>
  ({ touches }, weights) => {
    let at = touches.length - 1;
    while (at > 0 && touches[at] === direct) at--;
    weights[touches[at] === direct ? touches.length - 1 : at] = 1;
  };

/** The same to each touch. */
export const linear: Rule = ({ touches }, weights) => {
  weights.fill(1, 0, touches.length);
};

/** The same to each distinct channel, however often it was met: its first touch stands for it. */
export const linearByChannel: Rule = ({ touches }, weights) => {
  for (let at = 0; at < touches.length; at++) weights[at] = touches.indexOf(touches[at]!) === at ? 1 : 0;
};

/**
 * Shares to the first and the last touch, the rest evenly to those between. Of two touches each has its own share of the
 * two; a single one has all.
 */
export const positionBased =
  (first = 0.4, last = 0.4): Rule =>
  ({ touches }, weights) => {
    const count = touches.length;
    weights.fill(count > 2 ? (1 - first - last) / (count - 2) : 0, 0, count);
    weights[0] = first;
    weights[count - 1] = count > 1 ? last : 1;
  };

/** Half as much for each `halfLife` touches that come after. */
export const decayByTouches =
  (halfLife = 2): Rule =>
  ({ touches }, weights) => {
    for (let at = 0; at < touches.length; at++) weights[at] = 2 ** (-(touches.length - 1 - at) / halfLife);
  };

/** Half as much for each `halfLifeDays` between touch and conversion. Needs `Journeys.daysBefore`. */
export const decayByDays =
  (halfLifeDays = 7): Rule =>
  ({ touches, days }, weights) => {
    if (!days) throw new RangeError("Decay by time needs to know when each touch was.");
    // From the nearest touch: over years each weight by itself would round to 0.
    const nearest = days.subarray(0, touches.length).reduce((least, one) => Math.min(least, one));
    for (let at = 0; at < touches.length; at++) weights[at] = 2 ** (-(days[at]! - nearest) / halfLifeDays);
  };

/** Distinct channels in the order in which they first appeared get 1, 2, 3 … parts. */
export const rankByChannel: Rule = ({ touches }, weights) => {
  let rank = 0;
  for (let at = 0; at < touches.length; at++) weights[at] = touches.indexOf(touches[at]!) === at ? ++rank : 0;
};

/**
 * What a rule gives each channel: every conversion and its value is divided among the touches of its journey and nothing is
 * left over.
 */
export function creditByRule(journeys: Journeys, rule: Rule): Credit {
  const { channels, touches, offsets, daysBefore } = journeys;
  const conversions = new Float64Array(channels.length);
  const value = new Float64Array(channels.length);
  let weights = new Float64Array(64);
  for (let row = 0; row + 1 < offsets.length; row++) {
    const converted = journeys.conversions[row]!;
    if (converted === 0) continue;
    const [from, to] = [offsets[row]!, offsets[row + 1]!];
    const count = to - from;
    if (count > weights.length) weights = new Float64Array(count * 2);
    weights.fill(0, 0, count);
    rule({ touches: touches.subarray(from, to), days: daysBefore?.subarray(from, to) }, weights);
    let sum = 0;
    for (let at = 0; at < count; at++) sum += weights[at]!;
    for (let at = 0; at < count; at++) {
      const share = weights[at]! / sum;
      if (share === 0) continue;
      const channel = touches[from + at]!;
      conversions[channel]! += converted * share;
      value[channel]! += journeys.value[row]! * share;
    }
  }
  return { conversions, value };
}
