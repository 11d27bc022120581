import type { Random } from "../random.ts";
import { chainOf, outcome } from "./chain.ts";
import type { Journeys } from "./journeys.ts";
import { blockedBy, scaledTo } from "./markov.ts";
import { type Credit, creditByRule, linearByChannel } from "./rules.ts";

/** Channels up to which every coalition is looked at. */
export const exactChannelsMax = 20;
/** The chain is solved once for each coalition: fewer channels. */
export const exactChainChannelsMax = 12;

/** A game in which channels are the players. */
export interface ShapleyCredit extends Credit {
  /** Shapley value of each channel in the game: together what all channels reach. May be negative. */
  raw: Float64Array;
  /** What all channels together reach. */
  ofAll: number;
  /** Half of the 95 % interval of each raw value that comes from drawing orders at random; all 0 where it is exact. */
  halfWidths: Float64Array;
}

/**
 * Conversions of journeys all of whose channels are in the coalition. Its Shapley value has a closed form for any number of
 * channels: each conversion is divided evenly among the distinct channels of its journey.
 * Source: Zhao, Mahboobi and Bagheri (2018), "Shapley Value Methods for Attribution Modeling in Online Advertising".
 */
export const shapleyOfSum = (journeys: Journeys): Credit => creditByRule(journeys, linearByChannel);

/**
 * The same credit, split by the position (from 0) at which the channel first appeared among the distinct channels of its
 * journey: `[channel][position]`.
 */
export function shapleyOfSumByPosition({
  channels,
  touches,
  offsets,
  conversions,
}: Journeys): Float64Array[] {
  const credit = channels.map(() => new Float64Array(channels.length));
  for (let row = 0; row + 1 < offsets.length; row++) {
    if (conversions[row] === 0) continue;
    const distinct = [...new Set(touches.subarray(offsets[row]!, offsets[row + 1]!))];
    distinct.forEach((channel, position) => {
      credit[channel]![position]! += conversions[row]! / distinct.length;
    });
  }
  return credit;
}

/**
 * The conversion rate of journeys all of whose channels are in the coalition (0 where there are none). Exact up to 20
 * channels; beyond, orders in which channels join are drawn at random and the error is told. The credit is the raw value
 * scaled to all conversions, and may be negative: a channel whose journeys convert less often than others lowers the rate.
 * Value is credited in the same proportion within the game of value per journey.
 * Source: Shapley (1953); drawn orders after Castro, Gómez and Tejada (2009), "Polynomial calculation of the Shapley value".
 */
export function shapleyOfRate(
  journeys: Journeys,
  drawing: { orders: number; random: Random },
): ShapleyCredit {
  const sets = channelSets(journeys);
  const isExact = journeys.channels.length <= exactChannelsMax;
  const game = (worth: Float64Array) =>
    isExact
      ? exactly(rates(sets, worth, journeys.channels.length), journeys.channels.length)
      : drawn(sets, worth, journeys.channels.length, drawing);
  const conversions = game(sets.conversions);
  const value = game(sets.value);
  const totals = { conversions: sumOf(sets.conversions), value: sumOf(sets.value) };
  return {
    raw: conversions.raw,
    ofAll: conversions.ofAll,
    halfWidths: conversions.halfWidths,
    conversions: scaledTo(conversions.raw, totals.conversions),
    value: scaledTo(value.raw, totals.value),
  };
}

/**
 * The chance that a journey of the chain of order 1 converts when every channel outside of the coalition leads to nothing.
 * Exact, for at most 12 channels; throws RangeError beyond.
 */
export function shapleyOfChain(journeys: Journeys): ShapleyCredit {
  const count = journeys.channels.length;
  if (count > exactChainChannelsMax)
    throw new RangeError(
      `The game of the chain is solved for at most ${exactChainChannelsMax} channels; there are ${count}.`,
    );
  const chain = chainOf(journeys, 1);
  const worth = new Float64Array(2 ** count);
  const worthOfValue = new Float64Array(2 ** count);
  for (let coalition = 0; coalition < worth.length; coalition++) {
    const found = outcome(
      chain,
      blockedBy(chain, (channel) => ((coalition >> channel) & 1) === 0),
    );
    worth[coalition] = found.conversion;
    worthOfValue[coalition] = found.value;
  }
  const { raw, ofAll, halfWidths } = exactly(worth, count);
  return {
    ...{ raw, ofAll, halfWidths },
    conversions: scaledTo(raw, sumOf(journeys.conversions)),
    value: scaledTo(exactly(worthOfValue, count).raw, sumOf(journeys.value)),
  };
}

const sumOf = (column: Float64Array) => column.reduce((sum, one) => sum + one, 0);

/** Journeys by the set of their channels. */
interface ChannelSets {
  /** Distinct channels of each set, ascending. */
  members: Int32Array[];
  conversions: Float64Array;
  value: Float64Array;
  journeys: Float64Array;
}

function channelSets({ touches, offsets, conversions, value, nulls }: Journeys): ChannelSets {
  const members: Int32Array[] = [];
  const numbers = new Map<string, number>();
  const sums: [number[], number[], number[]] = [[], [], []];
  for (let row = 0; row + 1 < offsets.length; row++) {
    const own = Int32Array.from(new Set(touches.subarray(offsets[row]!, offsets[row + 1]!))).sort();
    const key = own.join(" ");
    let number = numbers.get(key);
    if (number === undefined) {
      number = members.length;
      numbers.set(key, number);
      members.push(own);
      for (const sum of sums) sum.push(0);
    }
    sums[0][number]! += conversions[row]!;
    sums[1][number]! += value[row]!;
    sums[2][number]! += conversions[row]! + nulls[row]!;
  }
  return {
    members,
    conversions: Float64Array.from(sums[0]),
    value: Float64Array.from(sums[1]),
    journeys: Float64Array.from(sums[2]),
  };
}

/** Worth per journey of every coalition: sums over all subsets by the zeta transform, one channel after the other. */
function rates({ members, journeys }: ChannelSets, worth: Float64Array, channels: number): Float64Array {
  const won = new Float64Array(2 ** channels);
  const all = new Float64Array(2 ** channels);
  members.forEach((own, number) => {
    const mask = own.reduce((bits, channel) => bits | (1 << channel), 0);
    won[mask]! += worth[number]!;
    all[mask]! += journeys[number]!;
  });
  for (let channel = 0; channel < channels; channel++) {
    const bit = 1 << channel;
    for (let mask = 0; mask < won.length; mask++) {
      if ((mask & bit) === 0) continue;
      won[mask]! += won[mask ^ bit]!;
      all[mask]! += all[mask ^ bit]!;
    }
  }
  for (let mask = 0; mask < won.length; mask++) won[mask] = all[mask]! > 0 ? won[mask]! / all[mask]! : 0;
  return won;
}

interface Game {
  raw: Float64Array;
  ofAll: number;
  halfWidths: Float64Array;
}

/** Shapley values from the worth of every coalition. */
function exactly(worth: Float64Array, channels: number): Game {
  // Weight of a coalition of that size that a channel joins: size! (channels - size - 1)! / channels!
  const weights = new Float64Array(channels);
  for (let size = 0; size < channels; size++) {
    let orders = 1 / channels;
    for (let step = 1; step <= size; step++) orders *= step / (channels - step);
    weights[size] = orders;
  }
  const sizes = new Uint8Array(worth.length);
  for (let mask = 1; mask < sizes.length; mask++) sizes[mask] = sizes[mask >> 1]! + (mask & 1);
  const raw = new Float64Array(channels);
  for (let channel = 0; channel < channels; channel++) {
    const bit = 1 << channel;
    let sum = 0;
    for (let mask = 0; mask < worth.length; mask++)
      if ((mask & bit) === 0) sum += weights[sizes[mask]!]! * (worth[mask | bit]! - worth[mask]!);
    raw[channel] = sum;
  }
  return { raw, ofAll: worth[worth.length - 1]!, halfWidths: new Float64Array(channels) };
}

/** Shapley values from orders drawn at random: what each channel adds when it joins those before it. */
function drawn(
  { members, journeys }: ChannelSets,
  worth: Float64Array,
  channels: number,
  { orders, random }: { orders: number; random: Random },
): Game {
  const mean = new Float64Array(channels);
  const squares = new Float64Array(channels);
  const place = new Int32Array(channels);
  const won = new Float64Array(channels);
  const all = new Float64Array(channels);
  const everybody = Array.from({ length: channels }, (_, channel) => channel);
  for (let draw = 0; draw < orders; draw++) {
    const order = random.shuffled(everybody);
    order.forEach((channel, at) => {
      place[channel] = at;
    });
    won.fill(0);
    all.fill(0);
    for (let number = 0; number < members.length; number++) {
      // Journeys count from the moment at which the last of their channels has joined.
      let last = 0;
      for (const channel of members[number]!) if (place[channel]! > last) last = place[channel]!;
      won[last]! += worth[number]!;
      all[last]! += journeys[number]!;
    }
    let [sumWon, sumAll, before] = [0, 0, 0];
    order.forEach((channel, at) => {
      sumWon += won[at]!;
      sumAll += all[at]!;
      const rate = sumAll > 0 ? sumWon / sumAll : 0;
      const added = rate - before - mean[channel]!;
      mean[channel]! += added / (draw + 1);
      squares[channel]! += added * (rate - before - mean[channel]!);
      before = rate;
    });
  }
  const ofAll = sumOf(worth) / sumOf(journeys);
  return {
    raw: mean,
    ofAll: Number.isFinite(ofAll) ? ofAll : 0,
    halfWidths: squares.map((sum) => (orders > 1 ? 1.96 * Math.sqrt(sum / (orders - 1) / orders) : 0)),
  };
}
