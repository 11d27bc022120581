import { EigenvalueDecomposition, Matrix } from "ml-matrix";

/** A point's value with its first and second derivatives, all in the coordinates being optimised. */
export interface Curvature {
  value: number;
  gradient: number[];
  hessian: number[][];
}

export interface MaximiseOptions {
  lower: number[];
  upper: number[];
  stepsMax?: number;
  /** The search ends when a full Newton step promises less than this share of |value|, plus 1e-9. */
  relativeGain?: number;
}

/** Where a search ended, said honestly: `converged` is true only at a verified maximum. */
export interface Maximum {
  point: number[];
  value: number;
  steps: number;
  converged: boolean;
  /** Largest absolute derivative among the coordinates that are not held by a bound. */
  gradientNorm: number;
  /** Largest over smallest eigenvalue of the negative Hessian; Infinity when it is not positive definite. */
  condition: number;
  atBound: boolean[];
  /** Inverse of the negative Hessian over the free coordinates (zero rows for those at a bound). */
  covariance: number[][];
}

interface Eigen {
  values: number[];
  vectors: Matrix;
}

function eigenOf(matrix: number[][]): Eigen {
  const decomposition = new EigenvalueDecomposition(new Matrix(matrix), { assumeSymmetric: true });
  return { values: decomposition.realEigenvalues, vectors: decomposition.eigenvectorMatrix };
}

/**
 * Maximises a smooth function inside a box by Newton steps in a trust region.
 *
 * A value that is not finite is a rejected step, never an error. Coordinates that lie on a bound and
 * push outwards are held there and reported.
 * Source: Nocedal and Wright (2006), "Numerical Optimization", chapter 4 (algorithm 4.1, section 4.3).
 */
export function maximise(
  evaluate: (point: number[]) => Curvature,
  start: number[],
  options: MaximiseOptions,
): Maximum {
  const { lower, upper, stepsMax = 200, relativeGain = 1e-12 } = options;
  const size = start.length;
  let point = start.map((value, i) => Math.min(upper[i]!, Math.max(lower[i]!, value)));
  let here = evaluate(point);
  let radius = 1;
  let steps = 0;
  let converged = false;

  while (steps < stepsMax && Number.isFinite(here.value)) {
    steps += 1;
    const free = freeCoordinates(point, here.gradient, lower, upper);
    if (free.length === 0) {
      converged = true;
      break;
    }
    const eigen = eigenOf(free.map((i) => free.map((j) => -here.hessian[i]![j]!)));
    const gradient = free.map((i) => here.gradient[i]!);
    const step = trustRegionStep(eigen, gradient, radius);
    const tolerance = 1e-9 + relativeGain * Math.abs(here.value);
    const smallest = Math.min(...eigen.values);
    if (smallest > 0 && newtonGain(eigen, gradient) <= tolerance) {
      converged = true;
      break;
    }
    const next = point.slice();
    free.forEach((i, k) => {
      next[i] = Math.min(upper[i]!, Math.max(lower[i]!, point[i]! + step[k]!));
    });
    const moved = next.map((value, i) => value - point[i]!);
    const predicted = quadraticGain(here, moved);
    const there = evaluate(next);
    const actual = there.value - here.value;
    // Below the rounding of the sum the ratio is noise; a shorter gradient then decides.
    const noise = 1e-14 * (1 + Math.abs(here.value));
    const accepted = Number.isFinite(there.value)
      ? actual > 1e-4 * predicted || (Math.abs(actual) <= noise && norm(there.gradient) < norm(here.gradient))
      : false;
    const length = Math.hypot(...moved);
    if (accepted) {
      if (actual > 0.7 * predicted && length > 0.8 * radius) radius = Math.min(6, radius * 2.5);
      else if (actual < 0.2 * predicted) radius = Math.max(1e-12, length / 2);
      point = next;
      here = there;
    } else {
      radius = length / 4;
      if (radius < 1e-13) {
        // On a flat ridge rounding hides the last gain; what is left to win must then be nothing anyone sees.
        converged = smallest > 0 && newtonGain(eigen, gradient) <= 1e-6;
        break;
      }
    }
  }
  return summarise(point, here, steps, converged, lower, upper, size);
}

/** A ridge towards a bound is climbed in ever smaller steps: this close counts as arrived. */
const nearBound = 1e-3;

function freeCoordinates(point: number[], gradient: number[], lower: number[], upper: number[]): number[] {
  return point
    .map((_, i) => i)
    .filter(
      (i) =>
        !(point[i]! <= lower[i]! + nearBound && gradient[i]! <= 0) &&
        !(point[i]! >= upper[i]! - nearBound && gradient[i]! >= 0),
    );
}

function rotated(eigen: Eigen, gradient: number[]): number[] {
  return eigen.values.map((_, k) => gradient.reduce((sum, g, i) => sum + eigen.vectors.get(i, k) * g, 0));
}

/** What a full Newton step would gain if the function were quadratic. */
function newtonGain(eigen: Eigen, gradient: number[]): number {
  return rotated(eigen, gradient).reduce((sum, g, k) => sum + (0.5 * g * g) / eigen.values[k]!, 0);
}

function trustRegionStep(eigen: Eigen, gradient: number[], radius: number): number[] {
  const along = rotated(eigen, gradient);
  const smallest = Math.min(...eigen.values);
  const lengthAt = (shift: number) => Math.hypot(...along.map((g, k) => g / (eigen.values[k]! + shift)));
  let shift = 0;
  if (smallest <= 0 || lengthAt(0) > radius) {
    let low = Math.max(0, -smallest);
    let high = low + Math.hypot(...along) / radius + 1e-12;
    for (let i = 0; i < 80; i++) {
      shift = (low + high) / 2;
      if (lengthAt(shift) > radius) low = shift;
      else high = shift;
    }
    shift = high;
  }
  return gradient.map((_, i) =>
    along.reduce((sum, g, k) => sum + (eigen.vectors.get(i, k) * g) / (eigen.values[k]! + shift), 0),
  );
}

function quadraticGain(here: Curvature, moved: number[]): number {
  let gain = 0;
  for (let i = 0; i < moved.length; i++) {
    gain += here.gradient[i]! * moved[i]!;
    for (let j = 0; j < moved.length; j++) gain += 0.5 * moved[i]! * here.hessian[i]![j]! * moved[j]!;
  }
  return gain;
}

function norm(values: number[]): number {
  return values.reduce((largest, value) => Math.max(largest, Math.abs(value)), 0);
}

function summarise(
  point: number[],
  here: Curvature,
  steps: number,
  converged: boolean,
  lower: number[],
  upper: number[],
  size: number,
): Maximum {
  const atBound = point.map((value, i) => value <= lower[i]! + nearBound || value >= upper[i]! - nearBound);
  const free = point.map((_, i) => i).filter((i) => !atBound[i]);
  const covariance = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  let condition = free.length === 0 ? Number.NaN : Number.POSITIVE_INFINITY;
  const usable = Number.isFinite(here.value) && free.length > 0;
  if (usable) {
    const eigen = eigenOf(free.map((i) => free.map((j) => -here.hessian[i]![j]!)));
    const smallest = Math.min(...eigen.values);
    if (smallest > 0) {
      condition = Math.max(...eigen.values) / smallest;
      free.forEach((i, p) => {
        free.forEach((j, q) => {
          covariance[i]![j] = eigen.values.reduce(
            (sum, value, k) => sum + (eigen.vectors.get(p, k) * eigen.vectors.get(q, k)) / value,
            0,
          );
        });
      });
    }
  }
  return {
    point,
    value: here.value,
    steps,
    converged: converged && Number.isFinite(here.value),
    gradientNorm: norm(free.map((i) => here.gradient[i]!)),
    condition,
    atBound,
    covariance,
  };
}
