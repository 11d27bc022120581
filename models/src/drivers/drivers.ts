import normal from "@stdlib/stats-base-dists-normal";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import type { Random } from "../random.ts";
import { logistic } from "../special.ts";
import {
  isRegressionFailure,
  leastSquares,
  logisticRegression,
  type Regression,
  type RegressionFailure,
} from "./regression.ts";
import { correlation, type DriverTable, momentsOf, type UsableTable, usableTable } from "./table.ts";

/** What one score has to do with the outcome, all others being equal. */
export interface Driver {
  name: string;
  /**
   * How much the outcome is higher where the score is higher by one: in its own unit, or in chance (0.03 is three points of a
   * hundred) for an outcome of 0 and 1, averaged over the customers. With its 95 % interval.
   */
  effect: number;
  low: number;
  high: number;
  /** Share of what all scores explain together that is this one's; all add up to 1. With its 95 % interval. */
  weight: number;
  weightLow: number;
  weightHigh: number;
  mean: number;
  deviation: number;
}

export interface Drivers {
  ok: true;
  /** By weight, the largest first. */
  drivers: Driver[];
  /** Share of the variation of the outcome that all scores explain together, in [0, 1]; McFadden's for 0 and 1. */
  explained: number;
  customers: number;
  rowsLeftOut: number;
  leftOut: UsableTable["leftOut"];
}

export interface NoDrivers {
  ok: false;
  reason: RegressionFailure | "no_column";
  customers: number;
  rowsLeftOut: number;
  leftOut: UsableTable["leftOut"];
}

/**
 * Which scores go along with an outcome, and by how much: a regression on all of them at once, with the relative weight of
 * each, which also tells correlated scores apart. What is not among the columns may still stand behind both: this finds
 * what goes together and cannot show that one moves the other. `confounders` are columns that are held equal and not shown.
 * An outcome of only 0 and 1 is taken as a chance. Throws RangeError for columns of unequal length.
 * Source: Johnson (2000), "A Heuristic Method for Estimating the Relative Weight of Predictor Variables", Multivariate
 * Behavioral Research 35; for chances after Tonidandel and LeBreton (2010), "Determining the Relative Importance of Predictors
 * in Logistic Regression", Organizational Research Methods 13.
 */
export function findDrivers(
  table: DriverTable,
  drawing: { replicates: number; random: Random },
  confounders: readonly string[] = [],
): Drivers | NoDrivers {
  const usable = usableTable(table);
  const { names, columns, outcome, leftOut, rowsLeftOut } = usable;
  const told = { customers: outcome.length, rowsLeftOut, leftOut };
  const shown = [...names.keys()].filter((at) => !confounders.includes(names[at]!));
  if (!shown.length) return { ok: false, reason: outcome.length ? "no_column" : "too_few_rows", ...told };
  const isChance = outcome.every((value) => value === 0 || value === 1);
  const fit = isChance ? logisticRegression : leastSquares;
  const regression = fit(columns, outcome);
  if (isRegressionFailure(regression)) return { ok: false, reason: regression, ...told };
  const weights = relativeWeights(columns, outcome, shown, isChance);
  const drawn = shown.map(() => [] as number[]);
  for (let replicate = 0; replicate < drawing.replicates; replicate++) {
    const rows = Int32Array.from(outcome, () => drawing.random.integer(outcome.length));
    const again = (column: Float64Array) => Float64Array.from(rows, (row) => column[row]!);
    relativeWeights(columns.map(again), again(outcome), shown, isChance).forEach((weight, at) => {
      drawn[at]!.push(weight);
    });
  }
  const drivers = shown.map((at, place): Driver => {
    const { effect, error } = isChance
      ? effectOnChance(regression, columns, at)
      : { effect: regression.coefficients[at]!, error: Math.sqrt(regression.covariance.get(at + 1, at + 1)) };
    const half = normal.quantile(0.975, 0, 1) * error;
    const range = drawn[place]!.toSorted((a, b) => a - b);
    const quantile = (share: number) => range[Math.round(share * (range.length - 1))] ?? weights[place]!;
    return {
      name: names[at]!,
      ...{ effect, low: effect - half, high: effect + half },
      ...{ weight: weights[place]!, weightLow: quantile(0.025), weightHigh: quantile(0.975) },
      ...momentsOf(columns[at]!),
    };
  });
  drivers.sort((a, b) => b.weight - a.weight);
  return { ok: true, drivers, explained: regression.explained, ...told };
}

/** Average difference in chance for one more of a column, with its standard error by the delta method. */
function effectOnChance(
  { intercept, coefficients, covariance }: Regression,
  columns: readonly Float64Array[],
  at: number,
) {
  const size = columns.length + 1;
  const gradient = new Float64Array(size);
  const rows = columns[at]!.length;
  let effect = 0;
  for (let row = 0; row < rows; row++) {
    let eta = intercept;
    for (let column = 0; column < columns.length; column++)
      eta += coefficients[column]! * columns[column]![row]!;
    const [now, then] = [logistic(eta), logistic(eta + coefficients[at]!)];
    effect += (then - now) / rows;
    const [slopeNow, slopeThen] = [now * (1 - now), then * (1 - then)];
    gradient[0]! += (slopeThen - slopeNow) / rows;
    for (let column = 0; column < columns.length; column++)
      gradient[column + 1]! +=
        ((slopeThen - slopeNow) * columns[column]![row]! + (column === at ? slopeThen : 0)) / rows;
  }
  let variance = 0;
  for (let a = 0; a < size; a++)
    for (let b = 0; b < size; b++) variance += gradient[a]! * gradient[b]! * covariance.get(a, b);
  return { effect, error: Math.sqrt(Math.max(0, variance)) };
}

/**
 * Johnson's weights of the shown columns, adding up to 1. The columns are replaced by the orthogonal ones nearest to them;
 * what each of those explains is given back to the columns that they are made of. For a chance it is their logistic
 * regression that says what they explain.
 */
function relativeWeights(
  columns: readonly Float64Array[],
  outcome: Float64Array,
  shown: readonly number[],
  isChance: boolean,
): number[] {
  const size = columns.length;
  const among = Matrix.zeros(size, size);
  for (let a = 0; a < size; a++)
    for (let b = 0; b <= a; b++) {
      const value = a === b ? 1 : correlation(columns[a]!, columns[b]!);
      among.set(a, b, value);
      among.set(b, a, value);
    }
  const eigen = new EigenvalueDecomposition(among, { assumeSymmetric: true });
  const roots = eigen.realEigenvalues.map((value) => Math.sqrt(Math.max(0, value)));
  // Λ = R^½: correlations of the columns with their orthogonal counterparts.
  const loading = eigen.eigenvectorMatrix.mmul(Matrix.diag(roots)).mmul(eigen.eigenvectorMatrix.transpose());
  const inverse = eigen.eigenvectorMatrix
    .mmul(Matrix.diag(roots.map((root) => (root > 1e-8 ? 1 / root : 0))))
    .mmul(eigen.eigenvectorMatrix.transpose());
  const withOutcome = Matrix.columnVector(columns.map((column) => correlation(column, outcome)));
  const slopes = isChance ? slopesOnChance(columns, outcome, inverse) : inverse.mmul(withOutcome);
  const own = shown.map((at) => {
    let sum = 0;
    for (let other = 0; other < size; other++) sum += loading.get(at, other) ** 2 * slopes.get(other, 0) ** 2;
    return sum;
  });
  const total = own.reduce((sum, one) => sum + one, 0);
  return own.map((one) => (total > 0 ? one / total : 1 / own.length));
}

/** Coefficients of the orthogonal counterparts in a logistic regression; of a plain one where that has no maximum. */
function slopesOnChance(columns: readonly Float64Array[], outcome: Float64Array, inverse: Matrix): Matrix {
  const moments = columns.map(momentsOf);
  const orthogonal = columns.map(() => new Float64Array(outcome.length));
  for (let row = 0; row < outcome.length; row++)
    for (let a = 0; a < columns.length; a++) {
      let sum = 0;
      for (let b = 0; b < columns.length; b++) {
        const { mean, deviation } = moments[b]!;
        if (deviation > 0) sum += inverse.get(a, b) * ((columns[b]![row]! - mean) / deviation);
      }
      orthogonal[a]![row] = sum;
    }
  const found = logisticRegression(orthogonal, outcome);
  if (!isRegressionFailure(found)) return Matrix.columnVector([...found.coefficients]);
  return Matrix.columnVector(orthogonal.map((column) => correlation(column, outcome)));
}
