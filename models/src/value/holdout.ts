import { forecast, type PurchaseForecast } from "./forecast.ts";
import { groupHistories, type PurchaseHistories } from "./histories.ts";
import { type ModelParameters, mixedWithGone, type PurchaseModel } from "./purchase-model.ts";

/** How far predictions were from what happened; the same for purchases and for money. */
export interface Accuracy {
  customers: number;
  /** Mean absolute error a customer. Alone it rewards predicting too little: read it with the bias. */
  mae: number;
  rmse: number;
  totalExpected: number;
  totalActual: number;
  /** totalExpected / totalActual - 1; null when nothing happened. */
  totalBias: number | null;
  /** Pearson; NaN when either side does not vary. */
  correlation: number;
}

/** Customers by what they had done before, against what they did afterwards. */
export interface CalibrationRow {
  repeats: number;
  /** True on the last row: `repeats` or more. */
  orMore: boolean;
  customers: number;
  actualMean: number;
  expectedMean: number;
  /** 95 % predictive interval of the group's mean, by the normal approximation. */
  expectedLow: number;
  expectedHigh: number;
}

export interface HoldoutReport extends Accuracy {
  model: string;
  weeks: number;
  table: CalibrationRow[];
  /** Mean over customers of log P(what they did), a proper score: higher is better. */
  logScore: number;
  /** The share of customers inside their predictive intervals: at least 0.5 and 0.95 if the model is right. */
  coverage50: number;
  coverage95: number;
}

/** Accuracy of any predictions, customer by customer. */
export function accuracy(expected: ArrayLike<number>, actual: ArrayLike<number>): Accuracy {
  if (expected.length !== actual.length) {
    throw new RangeError(`There are ${expected.length} predictions and ${actual.length} outcomes.`);
  }
  const customers = expected.length;
  let absolute = 0;
  let squares = 0;
  let sumE = 0;
  let sumA = 0;
  for (let i = 0; i < customers; i++) {
    const error = expected[i]! - actual[i]!;
    absolute += Math.abs(error);
    squares += error * error;
    sumE += expected[i]!;
    sumA += actual[i]!;
  }
  let ee = 0;
  let aa = 0;
  let ea = 0;
  for (let i = 0; i < customers; i++) {
    const e = expected[i]! - sumE / customers;
    const a = actual[i]! - sumA / customers;
    ee += e * e;
    aa += a * a;
    ea += e * a;
  }
  return {
    customers,
    mae: absolute / customers,
    rmse: Math.sqrt(squares / customers),
    totalExpected: sumE,
    totalActual: sumA,
    totalBias: sumA === 0 ? null : sumE / sumA - 1,
    correlation: ee > 0 && aa > 0 ? ea / Math.sqrt(ee * aa) : Number.NaN,
  };
}

/** The baseline every model must beat: everybody goes on at their own past rate. 0 where nothing was observed. */
export function naivePurchases(histories: PurchaseHistories, weeks: number): Float64Array {
  return Float64Array.from(histories.repeats, (x, i) => {
    const observed = histories.observedWeeks[i]!;
    return observed > 0 ? (x / observed) * weeks : 0;
  });
}

/** Rows for 0, 1, 2 … repeats and one for `orMoreFrom` or more; empty groups are left out. */
export function calibrationTable(
  histories: PurchaseHistories,
  predicted: Pick<PurchaseForecast, "expectedPurchases" | "purchaseVariance">,
  actual: Float64Array,
  orMoreFrom = 7,
): CalibrationRow[] {
  const sums = Array.from({ length: orMoreFrom + 1 }, () => ({ n: 0, actual: 0, expected: 0, variance: 0 }));
  for (let i = 0; i < actual.length; i++) {
    const row = sums[Math.min(histories.repeats[i]!, orMoreFrom)]!;
    row.n += 1;
    row.actual += actual[i]!;
    row.expected += predicted.expectedPurchases[i]!;
    row.variance += predicted.purchaseVariance[i]!;
  }
  return sums.flatMap(({ n, actual: happened, expected, variance }, repeats) => {
    if (n === 0) return [];
    const half = (1.959964 * Math.sqrt(variance)) / n;
    return [
      {
        repeats,
        orMore: repeats === orMoreFrom,
        customers: n,
        actualMean: happened / n,
        expectedMean: expected / n,
        expectedLow: Math.max(0, expected / n - half),
        expectedHigh: expected / n + half,
      },
    ];
  });
}

/** log P(actual purchases | history), for each row. */
export function logScores<Parameters extends ModelParameters>(
  model: PurchaseModel<Parameters>,
  parameters: Parameters,
  histories: PurchaseHistories,
  actual: Float64Array,
  weeks: number,
): Float64Array {
  const { histories: distinct, groupOf } = groupHistories(histories);
  const most = new Int32Array(distinct.repeats.length).fill(-1);
  for (let i = 0; i < actual.length; i++) most[groupOf[i]!] = Math.max(most[groupOf[i]!]!, actual[i]!);
  const chances = Array.from(most, (n, g) => {
    const { repeats, lastWeek, observedWeeks } = distinct;
    const { alive, active } = model.outlook(parameters, repeats[g]!, lastWeek[g]!, observedWeeks[g]!);
    return mixedWithGone(alive, active.chances(weeks, n)).map(Math.log);
  });
  return Float64Array.from(actual, (n, i) => chances[groupOf[i]!]![n]!);
}

/**
 * Holds a model, fitted on what came before, against what came after.
 *
 * `actual[i]` is the number of purchase days of customer i in the `weeks` after the end of observation;
 * rows are customers, so weights other than 1 are refused.
 */
export function evaluateHoldout<Parameters extends ModelParameters>(
  model: PurchaseModel<Parameters>,
  parameters: Parameters,
  histories: PurchaseHistories,
  actual: Float64Array,
  weeks: number,
): HoldoutReport {
  if (histories.weights?.some((weight) => weight !== 1)) {
    throw new RangeError("A holdout is compared customer by customer: give each customer a row.");
  }
  const predicted = forecast({ model, parameters, histories, weeks });
  const within = ({ low, high }: { low: Float64Array; high: Float64Array }) => {
    let inside = 0;
    for (let i = 0; i < actual.length; i++) if (actual[i]! >= low[i]! && actual[i]! <= high[i]!) inside += 1;
    return inside / actual.length;
  };
  const scores = logScores(model, parameters, histories, actual, weeks);
  return {
    model: model.name,
    weeks,
    ...accuracy(predicted.expectedPurchases, actual),
    table: calibrationTable(histories, predicted, actual),
    logScore: scores.reduce((sum, score) => sum + score, 0) / scores.length,
    coverage50: within(predicted.purchases50),
    coverage95: within(predicted.purchases95),
  };
}
