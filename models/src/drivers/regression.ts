import { CholeskyDecomposition, Matrix } from "ml-matrix";
import { logistic } from "../special.ts";

/** A fitted line: `intercept + Σ coefficients · columns`, on the scale of the outcome, or of its log odds. */
export interface Regression {
  intercept: number;
  coefficients: Float64Array;
  /** Covariance of intercept and coefficients, in that order. */
  covariance: Matrix;
  /** Share of the variation that is explained, in [0, 1]; McFadden's for log odds. */
  explained: number;
}

/** Why there is no regression: too few rows, an outcome that never varies, columns that determine each other or the outcome. */
export type RegressionFailure = "too_few_rows" | "constant_outcome" | "collinear" | "separated";

const isFailure = (value: unknown): value is RegressionFailure => typeof value === "string";

export { isFailure as isRegressionFailure };

/** Rows that each coefficient needs. Source: Harrell (2015), "Regression Modeling Strategies", section 4.4. */
const rowsPerColumn = 10;

/** Ordinary least squares. */
export function leastSquares(
  columns: readonly Float64Array[],
  outcome: Float64Array,
): Regression | RegressionFailure {
  const rows = outcome.length;
  const size = columns.length + 1;
  if (rows < rowsPerColumn * size) return "too_few_rows";
  const mean = outcome.reduce((sum, one) => sum + one, 0) / rows;
  const total = outcome.reduce((sum, one) => sum + (one - mean) ** 2, 0);
  if (!(total > 0)) return "constant_outcome";
  const solved = solveNormal(columns, new Float64Array(rows).fill(1), outcome);
  if (!solved) return "collinear";
  const { beta, inverse } = solved;
  let left = 0;
  for (let row = 0; row < rows; row++) left += (outcome[row]! - lineAt(beta, columns, row)) ** 2;
  return {
    intercept: beta[0]!,
    coefficients: beta.slice(1),
    covariance: Matrix.mul(inverse, left / (rows - size)),
    explained: Math.max(0, 1 - left / total),
  };
}

/**
 * Logistic regression of an outcome of 0 and 1, by Newton's method (iteratively reweighted least squares). Where columns tell
 * the two apart without fail there is no maximum: `separated`.
 * Source: McCullagh and Nelder (1989), "Generalized Linear Models", section 4.4.
 */
export function logisticRegression(
  columns: readonly Float64Array[],
  outcome: Float64Array,
): Regression | RegressionFailure {
  const rows = outcome.length;
  const size = columns.length + 1;
  const ones = outcome.reduce((sum, one) => sum + one, 0);
  if (ones === 0 || ones === rows) return "constant_outcome";
  if (Math.min(ones, rows - ones) < rowsPerColumn * columns.length) return "too_few_rows";
  const rate = ones / rows;
  let beta = new Float64Array(size);
  beta[0] = Math.log(rate / (1 - rate));
  const weights = new Float64Array(rows);
  const working = new Float64Array(rows);
  let before = Number.NEGATIVE_INFINITY;
  for (let step = 0; step < 50; step++) {
    let logLikelihood = 0;
    for (let row = 0; row < rows; row++) {
      const eta = lineAt(beta, columns, row);
      const chance = logistic(eta);
      weights[row] = Math.max(chance * (1 - chance), 1e-12);
      working[row] = eta + (outcome[row]! - chance) / weights[row]!;
      // log(1 + e^eta) without overflow.
      logLikelihood += outcome[row]! * eta - (Math.max(eta, 0) + Math.log1p(Math.exp(-Math.abs(eta))));
    }
    const solved = solveNormal(columns, weights, working);
    if (!solved) return step === 0 ? "collinear" : "separated";
    if (Math.abs(logLikelihood - before) <= 1e-10 * (1 + Math.abs(logLikelihood))) {
      if (beta.some((one) => !Number.isFinite(one)) || logLikelihood > -1e-6 * rows) return "separated";
      const nothing = ones * Math.log(rate) + (rows - ones) * Math.log(1 - rate);
      return {
        intercept: beta[0]!,
        coefficients: beta.slice(1),
        covariance: solved.inverse,
        explained: Math.max(0, 1 - logLikelihood / nothing),
      };
    }
    before = logLikelihood;
    beta = solved.beta;
  }
  return "separated";
}

function lineAt(beta: Float64Array, columns: readonly Float64Array[], row: number): number {
  let sum = beta[0]!;
  for (let at = 0; at < columns.length; at++) sum += beta[at + 1]! * columns[at]![row]!;
  return sum;
}

/** (X'WX)⁻¹ and its product with X'Wy; undefined where X does not have full rank. X begins with a column of ones. */
function solveNormal(columns: readonly Float64Array[], weights: Float64Array, y: Float64Array) {
  const size = columns.length + 1;
  const normal = Matrix.zeros(size, size);
  const right = Matrix.zeros(size, 1);
  const here = new Float64Array(size);
  here[0] = 1;
  for (let row = 0; row < y.length; row++) {
    for (let at = 0; at < columns.length; at++) here[at + 1] = columns[at]![row]!;
    for (let a = 0; a < size; a++) {
      const scaled = weights[row]! * here[a]!;
      right.set(a, 0, right.get(a, 0) + scaled * y[row]!);
      for (let b = 0; b <= a; b++) normal.set(a, b, normal.get(a, b) + scaled * here[b]!);
    }
  }
  // On a common scale, so that the rank is judged whatever the units are.
  const scale = Float64Array.from({ length: size }, (_, at) => Math.sqrt(normal.get(at, at)));
  for (let a = 0; a < size; a++)
    for (let b = 0; b <= a; b++) {
      const value = normal.get(a, b) / (scale[a]! * scale[b]!);
      normal.set(a, b, value);
      normal.set(b, a, value);
    }
  const cholesky = new CholeskyDecomposition(normal);
  if (!cholesky.isPositiveDefinite()) return undefined;
  const lower = cholesky.lowerTriangularMatrix;
  for (let at = 0; at < size; at++) if (!(lower.get(at, at) > 1e-7)) return undefined;
  const inverse = cholesky.solve(Matrix.eye(size, size));
  for (let a = 0; a < size; a++)
    for (let b = 0; b < size; b++) inverse.set(a, b, inverse.get(a, b) / (scale[a]! * scale[b]!));
  const beta = Float64Array.from(inverse.mmul(right).to1DArray());
  return beta.every(Number.isFinite) ? { beta, inverse } : undefined;
}
