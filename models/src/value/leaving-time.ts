import { gaussLegendre } from "../special.ts";

const few = gaussLegendre(8);
const many = gaussLegendre(16);

/** How many e-folds below its top an integrand counts as nothing. */
const depth = 42;

/** Log of what the history of one customer says about leaving in silence, in the parameters' own scale. */
export interface SilentLeaving {
  /** r + x, the shape of the purchase rate given the history. */
  shape: number;
  alpha: number;
  s: number;
  beta: number;
  lastWeek: number;
  observedWeeks: number;
}

/**
 * Indices of the moments under the integrand: with L1 = log((alpha+t)/(alpha+lastWeek)), A = 1/(alpha+t), L2 and B
 * the same with beta, for t the moment of leaving.
 */
export const momentCount = 14;

/**
 * log of J = integral over the weeks v since the last purchase, 0 … observedWeeks - lastWeek, of
 * (1 + v/(alpha+lastWeek))^-shape (1 + v/(beta+lastWeek))^-(s+1).
 *
 * J is what the papers write as a difference of two Gauss hypergeometric functions, chosen by the sign of
 * alpha - beta. The integral itself has nothing to cancel, needs no choice, and its integrand gives the
 * derivatives: `moments`, when given, receives the means of (L1, A, L2, B) and of their ten products.
 *
 * Over y = log(1 + v/m), m being the smaller of the two shifts, the integrand's log is concave and its nearest
 * singularity is i pi away, so panels of bounded length and bounded fall are exact to rounding with few nodes.
 */
export function logLeavingIntegral(leaving: SilentLeaving, moments?: Float64Array): number {
  const { shape, alpha, s, beta, lastWeek, observedWeeks } = leaving;
  const a = alpha + lastWeek;
  const b = beta + lastWeek;
  const m = Math.min(a, b);
  const silence = observedWeeks - lastWeek;
  const end = Math.log1p(silence / m);
  const q = s + 1;
  const restA = a / m - 1;
  const restB = b / m - 1;
  if (moments) moments.fill(0);
  let sum = 0;
  let top = Number.NEGATIVE_INFINITY;
  let from = 0;
  while (from < end) {
    let length = Math.min(2, end - from);
    let fall = 0;
    // A panel's fall is at most its length times the slope at its far end; two rounds settle it.
    for (let round = 0; round < 2; round++) {
      const grown = Math.exp(from + length);
      fall = 1 + (shape * grown) / (grown + restA) + (q * grown) / (grown + restB);
      length = Math.min(length, 12 / fall);
    }
    const { nodes, weights } = length < 1.5 && length * fall < 3 ? few : many;
    let last = 0;
    for (let i = 0; i < nodes.length; i++) {
      const y = from + length * nodes[i]!;
      const v = m * Math.expm1(y);
      const l1 = Math.log1p(v / a);
      const l2 = Math.log1p(v / b);
      const log = y - shape * l1 - q * l2;
      const w = length * weights[i]! * Math.exp(log);
      last = log;
      if (log > top) top = log;
      sum += w;
      if (moments) {
        const ia = 1 / (a + v);
        const ib = 1 / (b + v);
        const w1 = w * l1;
        const wa = w * ia;
        const w2 = w * l2;
        const wb = w * ib;
        moments[0]! += w1;
        moments[1]! += wa;
        moments[2]! += w2;
        moments[3]! += wb;
        moments[4]! += w1 * l1;
        moments[5]! += w1 * ia;
        moments[6]! += w1 * l2;
        moments[7]! += w1 * ib;
        moments[8]! += wa * ia;
        moments[9]! += wa * l2;
        moments[10]! += wa * ib;
        moments[11]! += w2 * l2;
        moments[12]! += w2 * ib;
        moments[13]! += wb * ib;
      }
    }
    from += length;
    if (last < top - depth) break;
  }
  if (moments) for (let k = 0; k < momentCount; k++) moments[k]! /= sum;
  return Math.log(m) + Math.log(sum);
}

/**
 * Expected weeks, discounted by exp(-weeklyRate * week), that a customer who is active now stays so within the
 * next `weeks` (which may be Infinity), leaving at a rate that is Gamma(s, b weeks):
 * the integral of exp(-weeklyRate t) (1 + t/b)^-s.
 *
 * Without discount it is the closed form, safe at s = 1. With it and without end it is b^s d^(s-1) U(s, s, d b), U
 * being the confluent hypergeometric function of the second kind, whose usual expressions by gamma functions
 * cancel for large d b; the integral over log(1 + t/b) does not.
 * Source: Fader and Hardie (2005), "A Note on Deriving the Pareto/NBD Model and Related Expressions".
 */
export function discountedStay(s: number, b: number, weeks: number, weeklyRate: number): number {
  if (weeks <= 0) return 0;
  const end = Math.log1p(weeks / b);
  const power = s - 1;
  if (weeklyRate === 0) {
    if (end === Number.POSITIVE_INFINITY) return power > 0 ? b / power : Number.POSITIVE_INFINITY;
    return power === 0 ? b * end : (-b * Math.expm1(-power * end)) / power;
  }
  const z = weeklyRate * b;
  let sum = 0;
  let top = 0;
  let from = 0;
  while (from < end) {
    let length = Math.min(1, end - from);
    for (let round = 0; round < 2; round++) {
      length = Math.min(length, 12 / (1 + Math.abs(power) + z * Math.exp(from + length)));
    }
    let last = 0;
    for (let i = 0; i < many.nodes.length; i++) {
      const y = from + length * many.nodes[i]!;
      const log = -z * Math.expm1(y) - power * y;
      last = log;
      if (log > top) top = log;
      sum += length * many.weights[i]! * Math.exp(log);
    }
    from += length;
    if (last < top - depth) break;
  }
  return b * sum;
}
