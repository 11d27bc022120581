import type { Random } from "../random.ts";
import type { Order } from "./chain.ts";
import type { Journeys } from "./journeys.ts";

/** Parts into which journeys are divided; each is foretold from the others. */
const folds = 10;
/** What each way to go on is given before anything was counted. Source: Krichevsky and Trofimov (1981), IEEE Trans. IT 27. */
const prior = 0.5;

/** How well a chain of one order foretells journeys that it has not seen. */
export interface OrderScore {
  order: Order;
  /** Mean over journeys of the log of the chance that the chain gave to all that happened in them. */
  logLikelihood: number;
  /** Standard error of what the order is short of the best one; 0 for the best. */
  error: number;
}

export interface OrderChoice {
  /** The lowest order that is not worse than the best by more than one standard error. */
  order: Order;
  scores: OrderScore[];
}

/**
 * Chooses how many touches a chain should remember, by tenfold cross-validation over journeys: on the journeys that it
 * learned from a higher order always looks better. Undefined for fewer journeys than folds.
 * Source of the rule: Breiman, Friedman, Olshen and Stone (1984), one standard error.
 */
export function chooseOrder(
  journeys: Journeys,
  random: Random,
  orders: readonly Order[] = [1, 2, 3, 4],
): OrderChoice | undefined {
  const parts = dividedUp(journeys, random);
  const sizes = Array.from({ length: folds }, (_, fold) =>
    parts.reduce((sum, part) => sum + part.conversions[fold]! + part.nulls[fold]!, 0),
  );
  if (sizes.some((size) => size === 0)) return undefined;
  const perFold = orders.map((order) =>
    foretold(journeys, parts, order).map((sum, fold) => sum / sizes[fold]!),
  );
  const means = perFold.map((own) => own.reduce((sum, one) => sum + one, 0) / folds);
  const best = means.indexOf(Math.max(...means));
  const scores = orders.map((order, at): OrderScore => {
    const short = perFold[at]!.map((one, fold) => perFold[best]![fold]! - one);
    const mean = short.reduce((sum, one) => sum + one, 0) / folds;
    const variance = short.reduce((sum, one) => sum + (one - mean) ** 2, 0) / (folds - 1);
    return { order, logLikelihood: means[at]!, error: Math.sqrt(variance / folds) };
  });
  const chosen = scores.find((score) => means[best]! - score.logLikelihood <= score.error)!;
  return { order: chosen.order, scores };
}

interface Part {
  conversions: Float64Array;
  nulls: Float64Array;
}

/** Journeys of each row by fold: one by one where they are few, by evenly expected counts where they are many. */
function dividedUp({ conversions, nulls }: Journeys, random: Random): Part[] {
  const divide = (count: number) => {
    const own = new Float64Array(folds);
    const each = Math.floor(count / folds / 100);
    own.fill(each * 100);
    for (let left = count - each * 100 * folds; left > 0; left--)
      own[random.integer(folds)]! += Math.min(1, left);
    return own;
  };
  return Array.from(conversions, (converted, row) => ({
    conversions: divide(converted),
    nulls: divide(nulls[row]!),
  }));
}

/** Log of the chances, summed over the journeys of each fold, by a chain that learned from the other folds. */
function foretold(journeys: Journeys, parts: readonly Part[], order: Order): Float64Array {
  const { channels, touches, offsets } = journeys;
  const base = channels.length + 1;
  const shift = base ** (order - 1);
  const ways = channels.length + 2;
  const numbers = new Map<number, number>();
  /** Of each context and way to go on, and of each context, the count in each fold. */
  let counts = new Float64Array(1024 * folds);
  const contextOf: number[] = [];
  const contexts = new Map<number, Float64Array>();
  const contextList: Float64Array[] = [];
  const contextNumbers = new Map<number, number>();
  const add = (context: number, way: number, weights: Float64Array, others?: Float64Array) => {
    const key = context * ways + way;
    let number = numbers.get(key);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(key, number);
      if ((number + 1) * folds > counts.length) {
        const wider = new Float64Array(counts.length * 2);
        wider.set(counts);
        counts = wider;
      }
      let own = contexts.get(context);
      if (!own) {
        own = new Float64Array(folds);
        contexts.set(context, own);
        contextNumbers.set(context, contextList.length);
        contextList.push(own);
      }
      contextOf.push(contextNumbers.get(context)!);
    }
    const sums = contextList[contextOf[number]!]!;
    for (let fold = 0; fold < folds; fold++) {
      const weight = weights[fold]! + (others?.[fold] ?? 0);
      counts[number * folds + fold]! += weight;
      sums[fold]! += weight;
    }
  };
  for (let row = 0; row + 1 < offsets.length; row++) {
    const { conversions, nulls } = parts[row]!;
    // What came before the first touch is a digit 0.
    let context = 0;
    for (let at = offsets[row]!; at < offsets[row + 1]!; at++) {
      add(context, touches[at]!, conversions, nulls);
      context = (context % shift) * base + touches[at]! + 1;
    }
    add(context, ways - 2, conversions);
    add(context, ways - 1, nulls);
  }
  const total = (column: Float64Array, from: number) => {
    let sum = 0;
    for (let fold = 0; fold < folds; fold++) sum += column[from + fold]!;
    return sum;
  };
  const logs = new Float64Array(folds);
  const contextTotals = contextList.map((own) => total(own, 0));
  for (let number = 0; number < contextOf.length; number++) {
    const context = contextOf[number]!;
    const all = total(counts, number * folds);
    for (let fold = 0; fold < folds; fold++) {
      const here = counts[number * folds + fold]!;
      if (here === 0) continue;
      const learned = all - here;
      const of = contextTotals[context]! - contextList[context]![fold]!;
      logs[fold]! += here * Math.log((learned + prior) / (of + prior * ways));
    }
  }
  return logs;
}
