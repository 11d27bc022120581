import digamma from "@stdlib/math-base-special-digamma";
import gammaln from "@stdlib/math-base-special-gammaln";
import { type Curvature, type Maximum, maximise } from "../optimise.ts";
import { trigamma } from "../special.ts";
import { type Fit, type FitFound, failed } from "./fit-report.ts";

/**
 * Spend a purchase day is Gamma(shape p, rate nu) within a customer, nu is Gamma(shape q, rate v) over
 * customers; v carries the unit of money of the data.
 */
export type GammaGammaParameters = {
  p: number;
  q: number;
  v: number;
};

/**
 * Spend per customer in columns. `meanSpend` is the mean over the REPEAT days counted in `repeats` (the
 * first purchase is left out, as in the source), in any one unit of one currency. Rows without repeats
 * say nothing about spend and are skipped.
 */
export interface SpendHistories {
  readonly repeats: Float64Array;
  readonly meanSpend: Float64Array;
  readonly weights?: Float64Array;
}

export interface GammaGammaFound extends FitFound<GammaGammaParameters> {
  /**
   * Mean spend of a purchase of a customer of whom nothing is known, p v / (q - 1); null when q <= 1: the
   * fitted distribution over customers is so heavy that it has no mean, and no expected value may be shown
   * for customers without repeats.
   */
  populationMean: number | null;
  /** Rows with repeats whose mean spend is 0 or less; they were left out. */
  leftOut: number;
  /**
   * Pearson correlation of repeats and mean spend among the customers used. The model assumes none; far
   * from 0 (say beyond 0.2) heavy buyers' spend is mistaken systematically. NaN without variation.
   */
  correlation: number;
}
export type GammaGammaFit = GammaGammaFound | Exclude<Fit<GammaGammaParameters>, { ok: true }>;

/**
 * Log density of a mean spend over `repeats` days.
 * Source: Fader and Hardie (2013), "The Gamma-Gamma Model of Monetary Value", equation 1a.
 */
export function spendLogDensity(
  parameters: GammaGammaParameters,
  repeats: number,
  meanSpend: number,
): number {
  const { p, q, v } = parameters;
  const px = p * repeats;
  const total = repeats * meanSpend;
  return (
    gammaln(px + q) -
    gammaln(px) -
    gammaln(q) -
    px * Math.log1p(v / total) -
    q * Math.log1p(total / v) -
    Math.log(meanSpend)
  );
}

/** Sum of the log densities over the rows with repeats and a positive mean spend. */
export function spendLogLikelihood(parameters: GammaGammaParameters, spend: SpendHistories): number {
  const { repeats, meanSpend, weights } = spend;
  let sum = 0;
  for (let i = 0; i < repeats.length; i++) {
    if (repeats[i]! > 0 && meanSpend[i]! > 0) {
      sum += (weights ? weights[i]! : 1) * spendLogDensity(parameters, repeats[i]!, meanSpend[i]!);
    }
  }
  return sum;
}

/**
 * Expected spend of one further purchase day: between the customer's own mean and the population's, by
 * how much is known. Infinity where the distribution has no mean (p x + q <= 1).
 * Source: Fader and Hardie (2013), equation 5.
 */
export function expectedSpend(parameters: GammaGammaParameters, repeats: number, meanSpend: number): number {
  const { p, q, v } = parameters;
  const known = repeats > 0 && meanSpend > 0;
  const weight = (known ? p * repeats : 0) + q - 1;
  if (weight <= 0) return Number.POSITIVE_INFINITY;
  return (p * (v + (known ? repeats * meanSpend : 0))) / weight;
}

/** `expectedSpend` for each row. */
export function expectedSpends(parameters: GammaGammaParameters, spend: SpendHistories): Float64Array {
  return Float64Array.from(spend.repeats, (x, i) => expectedSpend(parameters, x, spend.meanSpend[i]!));
}

/**
 * p and q end at 10,000, where spend varies by 1 % within customers or between them: beyond, differences of
 * log gammas are noise. v, in units of the geometric mean spend, has room for p and q at their ends.
 */
const lower = [1e-4, 1e-4, 1e-8].map(Math.log);
const upper = [1e4, 1e4, 1e8].map(Math.log);
const names = ["p", "q", "v"] as const;

/**
 * Maximum likelihood of the Gamma-Gamma model, by Newton steps in the logs of the parameters on spend
 * scaled to geometric mean 1. The log-likelihood returned is in the unscaled unit of money.
 */
export function fitGammaGamma(spend: SpendHistories): GammaGammaFit {
  const used = usable(spend);
  if (used.rows === 0) {
    return failed("no_repeat_buyers", "No customer has a repeat purchase with a positive mean spend.");
  }
  if (used.rows < 3) {
    return failed(
      "no_repeat_buyers",
      `Only ${used.rows} customers have a repeat purchase with a positive mean spend; three parameters need more.`,
    );
  }
  const starts = [
    [6, 4],
    [1, 2.5],
    [25, 3],
  ].map(([p, q]) => [Math.log(p!), Math.log(q!), Math.log((q! - 1) / p!)]);
  const ends = starts.map((start) => maximise((logs) => spendCurvature(logs, used), start, { lower, upper }));
  const best = ends.reduce<Maximum | undefined>(
    (top, end) => (end.converged && (!top || end.value > top.value) ? end : top),
    undefined,
  );
  if (!best) {
    return failed(
      "not_converged",
      `The search found no maximum from ${starts.length} starts (largest derivatives ${ends
        .map((end) => end.gradientNorm.toExponential(1))
        .join(", ")}).`,
    );
  }
  const [p, q, vScaled] = best.point.map(Math.exp) as [number, number, number];
  const parameters = { p, q, v: vScaled * used.scale };
  const error = (i: number, value: number) =>
    best.atBound[i] ? Number.NaN : value * Math.sqrt(best.covariance[i]![i]!);
  return {
    ok: true,
    parameters,
    standardErrors: { p: error(0, p), q: error(1, q), v: error(2, parameters.v) },
    logCovariance: best.covariance,
    logLikelihood: spendLogLikelihood(parameters, spend),
    customers: used.customers,
    populationMean: q > 1 ? (p * parameters.v) / (q - 1) : null,
    leftOut: used.leftOut,
    correlation: used.correlation,
    diagnostics: {
      steps: best.steps,
      gradientNorm: best.gradientNorm,
      hessianCondition: best.condition,
      atBound: names.filter((_, i) => best.atBound[i]),
      starts: starts.length,
      startsAgreeing: ends.filter((end) => end.value > best.value - 1e-3).length,
    },
  };
}

interface UsableSpend {
  rows: number;
  repeats: Float64Array;
  /** Total over the repeat days, in units of the geometric mean spend. */
  total: Float64Array;
  logMean: Float64Array;
  weights: Float64Array;
  scale: number;
  customers: number;
  leftOut: number;
  correlation: number;
}

function usable(spend: SpendHistories): UsableSpend {
  const { repeats, meanSpend, weights } = spend;
  if (meanSpend.length !== repeats.length || (weights && weights.length !== repeats.length)) {
    throw new RangeError(
      `The columns differ in length: repeats ${repeats.length}, meanSpend ${meanSpend.length}.`,
    );
  }
  const kept: number[] = [];
  let leftOut = 0;
  for (let i = 0; i < repeats.length; i++) {
    if (!(repeats[i]! >= 0) || Number.isNaN(meanSpend[i]!) || meanSpend[i] === Number.POSITIVE_INFINITY) {
      throw new RangeError(
        `Row ${i}: repeats ${repeats[i]} and meanSpend ${meanSpend[i]} must be finite numbers.`,
      );
    }
    if (repeats[i]! > 0) {
      if (meanSpend[i]! > 0) kept.push(i);
      else leftOut += 1;
    }
  }
  let customers = 0;
  let sumX = 0;
  let sumZ = 0;
  let sumLog = 0;
  for (const i of kept) {
    const w = weights ? weights[i]! : 1;
    customers += w;
    sumX += w * repeats[i]!;
    sumZ += w * meanSpend[i]!;
    sumLog += w * Math.log(meanSpend[i]!);
  }
  const meanX = sumX / customers;
  const meanZ = sumZ / customers;
  // The geometric mean: a few enormous spenders cannot move it.
  const scale = kept.length > 0 ? Math.exp(sumLog / customers) : 1;
  let xx = 0;
  let zz = 0;
  let xz = 0;
  for (const i of kept) {
    const w = weights ? weights[i]! : 1;
    const dx = repeats[i]! - meanX;
    const dz = meanSpend[i]! / meanZ - 1;
    xx += w * dx * dx;
    zz += w * dz * dz;
    xz += w * dx * dz;
  }
  return {
    rows: kept.length,
    repeats: Float64Array.from(kept, (i) => repeats[i]!),
    total: Float64Array.from(kept, (i) => (repeats[i]! * meanSpend[i]!) / scale),
    logMean: Float64Array.from(kept, (i) => Math.log(meanSpend[i]! / scale)),
    weights: Float64Array.from(kept, (i) => (weights ? weights[i]! : 1)),
    scale,
    customers,
    leftOut,
    correlation: xx > 0 && zz > 0 ? xz / Math.sqrt(xx * zz) : Number.NaN,
  };
}

/** Log-likelihood with derivatives in the logs of (p, q, v), on scaled spend. */
function spendCurvature(logs: readonly number[], used: UsableSpend): Curvature {
  const [p, q, v] = logs.map(Math.exp) as [number, number, number];
  // Gamma functions depend on the row only through the number of repeats.
  const byRepeats = new Map<number, [number, number, number, number, number]>();
  const logGammaQ = gammaln(q);
  const psiQ = digamma(q);
  const triQ = trigamma(q);
  let value = 0;
  let gp = 0;
  let gq = 0;
  let gv = 0;
  let hpp = 0;
  let hpq = 0;
  let hpv = 0;
  let hqq = 0;
  let hqv = 0;
  let hvv = 0;
  for (let i = 0; i < used.rows; i++) {
    const w = used.weights[i]!;
    const x = used.repeats[i]!;
    const px = p * x;
    let g = byRepeats.get(x);
    if (!g) {
      g = [
        gammaln(px + q) - gammaln(px) - logGammaQ,
        digamma(px + q),
        digamma(px),
        trigamma(px + q),
        trigamma(px),
      ];
      byRepeats.set(x, g);
    }
    const total = used.total[i]!;
    const inverse = 1 / (v + total);
    const shareLog = Math.log1p(v / total);
    const priorLog = Math.log1p(total / v);
    value += w * (g[0] - px * shareLog - q * priorLog - used.logMean[i]!);
    gp += w * x * (g[1] - g[2] - shareLog);
    gq += w * (g[1] - psiQ - priorLog);
    gv += w * (q / v - (px + q) * inverse);
    hpp += w * x * x * (g[3] - g[4]);
    hpq += w * x * g[3];
    hpv -= w * x * inverse;
    hqq += w * (g[3] - triQ);
    hqv += w * (1 / v - inverse);
    hvv += w * ((px + q) * inverse * inverse - q / (v * v));
  }
  return {
    value,
    gradient: [p * gp, q * gq, v * gv],
    hessian: [
      [p * p * hpp + p * gp, p * q * hpq, p * v * hpv],
      [p * q * hpq, q * q * hqq + q * gq, q * v * hqv],
      [p * v * hpv, q * v * hqv, v * v * hvv + v * gv],
    ],
  };
}
