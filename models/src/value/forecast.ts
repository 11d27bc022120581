import { expectedSpend, type GammaGammaParameters } from "./gamma-gamma.ts";
import { groupHistories, type PurchaseHistories, spreadToRows } from "./histories.ts";
import { type ModelParameters, mixedWithGone, type PurchaseModel } from "./purchase-model.ts";
import { SpendRatios } from "./spend-ratios.ts";

export interface ForecastRequest<Parameters extends ModelParameters> {
  model: PurchaseModel<Parameters>;
  parameters: Parameters;
  histories: PurchaseHistories;
  /** How far to look ahead, in weeks from the end of observation. */
  weeks: number;
  /**
   * Spend per purchase; without it only purchases are forecast. `meanSpend[i]` is the mean over repeat
   * days; where it is 0 or less (or there are no repeats) nothing is assumed about the customer's spend.
   */
  spend?: ForecastSpend;
}

export interface ForecastSpend {
  parameters: GammaGammaParameters;
  meanSpend: Float64Array;
}

/** A predictive interval for each customer: what they will do, not what they do on average. */
export interface Intervals {
  low: Float64Array;
  high: Float64Array;
}

export interface PurchaseForecast {
  weeks: number;
  probabilityAlive: Float64Array;
  /** Chance of at least one purchase within the horizon. */
  probabilityOfPurchase: Float64Array;
  expectedPurchases: Float64Array;
  purchaseVariance: Float64Array;
  purchases50: Intervals;
  purchases95: Intervals;
  value?: ValueForecast;
}

/** Spend within the horizon, undiscounted, in the unit of money of the spend parameters. */
export interface ValueForecast {
  /** Expected spend of one purchase; Infinity where q <= 1 leaves it without a mean. */
  expectedSpend: Float64Array;
  expectedValue: Float64Array;
  /** Infinity where the spend distribution has no variance. */
  variance: Float64Array;
  value50: Intervals;
  value95: Intervals;
}

const levels = [0.5, 0.95] as const;

/**
 * What each customer will buy, and spend, in the next weeks: expectation and predictive intervals.
 *
 * Nothing is simulated. The purchase count has an exact distribution given the history; n purchases of a
 * customer whose repeat days sum to S spend (v + S) times a beta-prime(p n, p x + q) variable, so value
 * is a mixture whose quantiles depend on the history alone, up to the factor v + S: they are found once
 * for each distinct history. Parameters are taken as known: from a few thousand customers on, their
 * uncertainty is small beside one customer's own.
 *
 * An interval holds at least its level. It has equal tails, except that where not buying at all is
 * likelier than one tail it starts at 0 and has the whole error above; where not buying is likelier than
 * the level itself it is just 0.
 */
export function forecast<Parameters extends ModelParameters>(
  request: ForecastRequest<Parameters>,
): PurchaseForecast {
  const { model, parameters, weeks, spend } = request;
  const { histories, groupOf } = groupHistories(request.histories);
  const groups = histories.repeats.length;
  const column = () => new Float64Array(groups);
  const alive = column();
  const buying = column();
  const expected = column();
  const second = column();
  const counts = levels.map(() => ({ low: column(), high: column() }));
  const chancesOf: Float64Array[] = [];
  for (let g = 0; g < groups; g++) {
    const view = model.outlook(
      parameters,
      histories.repeats[g]!,
      histories.lastWeek[g]!,
      histories.observedWeeks[g]!,
    );
    const chances = mixedWithGone(view.alive, view.active.distribution(weeks, 1e-10 / view.alive));
    chancesOf.push(chances);
    alive[g] = view.alive;
    buying[g] = 1 - chances[0]!;
    expected[g] = view.alive === 0 ? 0 : view.alive * view.active.expected(weeks);
    for (let n = 1; n < chances.length; n++) second[g]! += n * n * chances[n]!;
    levels.forEach((level, k) => {
      const [from, to] = tails(level, chances[0]!);
      counts[k]!.low[g] = countQuantile(chances, from);
      counts[k]!.high[g] = countQuantile(chances, to);
    });
  }
  const spread = (perGroup: Float64Array) => spreadToRows(perGroup, groupOf);
  const intervals = (k: number): Intervals => ({
    low: spread(counts[k]!.low),
    high: spread(counts[k]!.high),
  });
  const result: PurchaseForecast = {
    weeks,
    probabilityAlive: spread(alive),
    probabilityOfPurchase: spread(buying),
    expectedPurchases: spread(expected),
    purchaseVariance: spread(expected.map((mean, g) => Math.max(0, second[g]! - mean * mean))),
    purchases50: intervals(0),
    purchases95: intervals(1),
  };
  if (spend) {
    result.value = forecastValue(request.histories, groupOf, spend, result, second, chancesOf);
  }
  return result;
}

function forecastValue(
  rows: PurchaseHistories,
  groupOf: Int32Array,
  spend: ForecastSpend,
  purchases: PurchaseForecast,
  secondMoment: Float64Array,
  chancesOf: Float64Array[],
): ValueForecast {
  const { p, q, v } = spend.parameters;
  const size = groupOf.length;
  const column = () => new Float64Array(size);
  const intervals = levels.map(() => ({ low: column(), high: column() }));
  const perPurchase = column();
  const expectedValue = column();
  const variance = column();
  const ratios = new Map<number, SpendRatios>();
  // Quantile ratios of (group, whether the customer's spend is known): low and high for each level.
  const known: (Float64Array | undefined)[] = new Array(chancesOf.length);
  const unknown: (Float64Array | undefined)[] = new Array(chancesOf.length);
  const ratiosOf = (group: number, informed: number): Float64Array => {
    const cache = informed > 0 ? known : unknown;
    const found = cache[group];
    if (found) return found;
    let table = ratios.get(informed);
    if (!table) {
      table = new SpendRatios(p, p * informed + q);
      ratios.set(informed, table);
    }
    const chances = chancesOf[group]!;
    const values = new Float64Array(2 * levels.length);
    levels.forEach((level, k) => {
      const [from, to] = tails(level, chances[0]!);
      values[2 * k] = table.quantile(chances, from);
      values[2 * k + 1] = table.quantile(chances, to);
    });
    cache[group] = values;
    return values;
  };
  for (let row = 0; row < size; row++) {
    const group = groupOf[row]!;
    const mean = spend.meanSpend[row]!;
    const informed = rows.repeats[row]! > 0 && mean > 0 ? rows.repeats[row]! : 0;
    const scale = v + (informed > 0 ? informed * mean : 0);
    const shape = p * informed + q;
    const count = purchases.expectedPurchases[row]!;
    perPurchase[row] = expectedSpend(spend.parameters, informed, mean);
    expectedValue[row] = count === 0 ? 0 : count * perPurchase[row]!;
    variance[row] =
      shape > 2
        ? (scale * scale * (p * p * secondMoment[group]! + p * count)) / ((shape - 1) * (shape - 2)) -
          expectedValue[row]! ** 2
        : Number.POSITIVE_INFINITY;
    const quantiles = ratiosOf(group, informed);
    intervals.forEach((interval, k) => {
      interval.low[row] = scale * quantiles[2 * k]!;
      interval.high[row] = scale * quantiles[2 * k + 1]!;
    });
  }
  return {
    expectedSpend: perPurchase,
    expectedValue,
    variance,
    value50: intervals[0]!,
    value95: intervals[1]!,
  };
}

/** The two probabilities between which an interval of this level runs, given the chance of no purchase. */
function tails(level: number, nothing: number): [number, number] {
  const tail = (1 - level) / 2;
  return nothing > tail ? [0, level] : [tail, 1 - tail];
}

function countQuantile(chances: Float64Array, probability: number): number {
  let sum = 0;
  for (let n = 0; n < chances.length; n++) {
    sum += chances[n]!;
    if (sum >= probability) return n;
  }
  return chances.length - 1;
}
