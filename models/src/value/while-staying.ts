import betaln from "@stdlib/math-base-special-betaln";
import gammaln from "@stdlib/math-base-special-gammaln";
import beta from "@stdlib/stats-base-dists-beta";
import { gaussLegendre, logBetaRatioTable } from "../special.ts";
import type { ActiveCustomer } from "./purchase-model.ts";

/**
 * What is known of a customer who is still active now: purchase rate a week ~ Gamma(shape, rate weeks),
 * chance of leaving after the next purchase ~ Beta(a, b). In both models the future depends on the past
 * only through these four numbers and the chance of being active, so one set of formulas serves both.
 */
export interface ActiveState {
  shape: number;
  rate: number;
  a: number;
  b: number;
}

/** Above this many terms the series gives way to quadrature. */
const termsMax = 3000;

/**
 * Expected purchases in the next `weeks`, given active now.
 *
 * E = sum over n >= 1 of P(NB = n) S_n, where NB is the gamma-Poisson count without leaving and
 * S_n = 1 + b/(a+b) + … (n terms) is how many of n purchases happen before leaving. Every term is
 * positive, so nothing cancels at a = 1 or at tiny horizons, where the closed form
 * (a+b-1)/(a-1) [1 - (rate/(rate+t))^shape 2F1(shape, b; a+b-1; t/(rate+t))] of Fader, Hardie and Lee
 * (2005), equation 10, loses all digits; where that form is sound the two agree.
 */
export function expectedWhileActive(state: ActiveState, weeks: number): number {
  const { shape, rate, a, b } = state;
  if (weeks <= 0) return 0;
  const z = weeks / (rate + weeks);
  const mean = (shape * weeks) / rate;
  const spread = Math.sqrt(mean * (1 + weeks / rate));
  // The slowest part of the tail falls like z^n; 40 e-folds beyond a few deviations are below rounding.
  if (mean + 12 * spread > termsMax && 40 / -Math.log(z) > termsMax && shape + b < 1e4) {
    return expectedByQuadrature(state, weeks);
  }
  const logStart = -shape * Math.log1p(weeks / rate);
  let survivors = 1;
  let reached = 0;
  let sum = 0;
  if (logStart > -650) {
    let chance = Math.exp(logStart);
    for (let n = 1; ; n++) {
      chance *= ((shape + n - 1) / n) * z;
      reached += survivors;
      survivors *= (b + n - 1) / (a + b + n - 1);
      const term = chance * reached;
      sum += term;
      if (n > mean && term < 1e-17 * sum) return sum;
    }
  }
  // Heavy buyers: P(NB = 0) underflows, so the chances are carried as logs.
  let logChance = logStart;
  for (let n = 1; ; n++) {
    logChance += Math.log(((shape + n - 1) / n) * z);
    reached += survivors;
    survivors *= (b + n - 1) / (a + b + n - 1);
    const term = Math.exp(logChance) * reached;
    sum += term;
    if (n > mean && term < 1e-17 * sum) return sum;
  }
}

/**
 * The nodes of the trapezoidal rule for the mean of g(p), p ~ Beta(a, b), over logit p, which converges
 * exponentially fast (Trefethen and Weideman 2014, "The Exponentially Convergent Trapezoidal Rule").
 * The ends, where the integrand is a pure exponential, are summed as geometric series.
 */
export function betaNodes(a: number, b: number, lowest: number): { p: number[]; weight: number[] } {
  const h = Math.min(0.2, 0.5 / Math.sqrt(Math.min(a, b)));
  const logBeta = betaln(a, b);
  const p: number[] = [];
  const weight: number[] = [];
  const centre = Math.log(a / b);
  const from = Math.min(lowest, centre - 10);
  const to = Math.max(40, centre + 10);
  const count = Math.ceil((to - from) / h);
  for (let i = 0; i <= count; i++) {
    const y = from + i * h;
    const logP = y > 0 ? -Math.log1p(Math.exp(-y)) : y - Math.log1p(Math.exp(y));
    const logRest = logP - y;
    let w = h * Math.exp(a * logP + b * logRest - logBeta);
    if (i === 0) w /= -Math.expm1(-a * h);
    if (i === count) w /= -Math.expm1(-b * h);
    if (w > 0) {
      p.push(Math.exp(logP));
      weight.push(w);
    }
  }
  return { p, weight };
}

/** The same expectation as the mean over p of (1 - (1 + p t/rate)^-shape) / p: for very long horizons. */
export function expectedByQuadrature(state: ActiveState, weeks: number): number {
  const { shape, rate, a, b } = state;
  const u = weeks / rate;
  const { p, weight } = betaNodes(a, b, -40 - Math.log(Math.max(1, u * (shape + 1))));
  let sum = 0;
  for (let i = 0; i < p.length; i++) {
    sum += (weight[i]! * -Math.expm1(-shape * Math.log1p(p[i]! * u))) / p[i]!;
  }
  return sum;
}

/**
 * P(n purchases in the next `weeks`), n = 0 … nMax, given active now.
 *
 * n purchases without leaving, or at least n demanded and left right after the n-th.
 * Source: Fader, Hardie and Lee (2005), equation 8, with the posterior in place of the prior.
 */
export function countChancesWhileActive(state: ActiveState, weeks: number, nMax: number): Float64Array {
  const { shape, rate, a, b } = state;
  const chances = new Float64Array(nMax + 1);
  if (weeks <= 0) {
    chances[0] = 1;
    return chances;
  }
  const z = weeks / (rate + weeks);
  const logZ = Math.log(z);
  const demand = new Float64Array(nMax + 1);
  const logStart = -shape * Math.log1p(weeks / rate);
  if (logStart > -650) {
    demand[0] = Math.exp(logStart);
    for (let n = 1; n <= nMax; n++) demand[n] = demand[n - 1]! * ((shape + n - 1) / n) * z;
  } else {
    let logDemand = logStart;
    for (let n = 0; n <= nMax; n++) {
      if (n > 0) logDemand += Math.log((shape + n - 1) / n) + logZ;
      demand[n] = Math.exp(logDemand);
    }
  }
  const stayed = logBetaRatioTable(a, b, nMax);
  // Summed from the far end, so that small tails keep their relative accuracy.
  let atLeast = beta.cdf(z, nMax + 1, shape);
  for (let n = nMax; n >= 0; n--) {
    atLeast += demand[n]!;
    const stay = Math.exp(stayed[n]!);
    const leave = n === 0 ? 0 : Math.exp(stayed[n - 1]!) * (a / (a + b + n - 1));
    chances[n] = stay * demand[n]! + leave * atLeast;
  }
  return chances;
}

const legendre = gaussLegendre(24);

/**
 * Expected purchases in the next `weeks`, each discounted by exp(-weeklyRate * its week), from those without
 * discount. By parts, so quadrature errors are multiplied by the small rate.
 */
export function discountedOf(expected: (weeks: number) => number, weeks: number, weeklyRate: number): number {
  if (weeklyRate === 0) return expected(weeks);
  let integral = 0;
  for (let i = 0; i < legendre.nodes.length; i++) {
    const week = weeks * legendre.nodes[i]!;
    integral += legendre.weights[i]! * Math.exp(-weeklyRate * week) * expected(week);
  }
  return Math.exp(-weeklyRate * weeks) * expected(weeks) + weeklyRate * weeks * integral;
}

/**
 * Discounted expected purchases over the whole future (DERT), given active: the mean over the rate's gamma and p's
 * beta distribution, by two trapezoidal rules, of f^(k-j) / (1 - (1-p) f^k), f = rate / (rate + d) being what a
 * purchase that a Poisson process of that rate makes next is worth now.
 *
 * A purchase falls on every k-th event of the process, and j events have happened since the last one; k = 1 and
 * j = 0 for customers who buy at random, where it is the mean of rate / (rate p + d).
 */
export function residualWhileActive(state: ActiveState, weeklyRate: number, k = 1, j = 0): number {
  const { shape, rate, a, b } = state;
  const d = weeklyRate;
  const h = Math.min(0.2, 0.5 / Math.sqrt(shape));
  const logNorm = shape * Math.log(rate) - gammaln(shape);
  const centre = Math.log(shape / rate);
  const from = Math.min(Math.log(d), centre) - Math.max(5, 40 / (shape + 1));
  const to = Math.log(1 / rate) + Math.log(shape + 45 + 10 * Math.sqrt(shape));
  const worth: number[] = [];
  const lost: number[] = [];
  const weights: number[] = [];
  for (let y = from; y <= to; y += h) {
    const weight = h * Math.exp(shape * y - rate * Math.exp(y) + logNorm);
    if (weight > 0) {
      const log = -Math.log1p(d / Math.exp(y));
      worth.push(Math.exp(k * log));
      lost.push(-Math.expm1(k * log));
      weights.push(weight * Math.exp((k - j) * log));
    }
  }
  const nodes = betaNodes(a, b, -40 - Math.log(Math.max(1, Math.exp(to) / d)));
  let sum = 0;
  for (let i = 0; i < nodes.p.length; i++) {
    let inner = 0;
    const p = nodes.p[i]!;
    for (let n = 0; n < weights.length; n++) inner += weights[n]! / (worth[n]! * p + lost[n]!);
    sum += nodes.weight[i]! * inner;
  }
  return sum;
}

/** P(Y = n) for n from 0 until what is left is below `rest`, given active. */
function countsWhileActive(state: ActiveState, weeks: number, rest: number): Float64Array {
  const { shape, rate, a, b } = state;
  if (weeks <= 0 || rest >= 1) return Float64Array.of(1);
  const z = weeks / (rate + weeks);
  const chances: number[] = [];
  const logStart = -shape * Math.log1p(weeks / rate);
  const inLogs = logStart < -650;
  let logDemand = logStart;
  let demand = Math.exp(logStart);
  let atLeast = 1;
  let stay = 1;
  let leave = 0;
  for (let n = 0; ; n++) {
    if (n > 0) {
      if (inLogs) {
        logDemand += Math.log(((shape + n - 1) / n) * z);
        demand = Math.exp(logDemand);
      } else {
        demand *= ((shape + n - 1) / n) * z;
      }
      leave = (stay * a) / (a + b + n - 1);
      stay *= (b + n - 1) / (a + b + n - 1);
    }
    chances.push(stay * demand + leave * atLeast);
    atLeast -= demand;
    if (atLeast * stay < rest) return Float64Array.from(chances);
  }
}

/** A customer who leaves, if at all, right after a purchase. */
export class StayingCustomer implements ActiveCustomer {
  constructor(private readonly state: ActiveState) {}

  expected(weeks: number): number {
    return expectedWhileActive(this.state, weeks);
  }

  discounted(weeks: number, weeklyRate: number): number {
    return weeks === Number.POSITIVE_INFINITY
      ? residualWhileActive(this.state, weeklyRate)
      : discountedOf((week) => this.expected(week), weeks, weeklyRate);
  }

  chances(weeks: number, nMax: number): Float64Array {
    return countChancesWhileActive(this.state, weeks, nMax);
  }

  distribution(weeks: number, rest: number): Float64Array {
    return countsWhileActive(this.state, weeks, rest);
  }
}
