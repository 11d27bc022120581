import type { Curvature } from "../optimise.ts";
import { inverseTables, largest, logBetaRatioTable, logistic, logRisingTable, softplus } from "../special.ts";
import type { PurchaseHistories, WeightedHistories } from "./histories.ts";
import type { EarlyExits, PurchaseParameters } from "./leaving-likelihood.ts";

/**
 * The silence since the last purchase holds fewer than k events of the customer's Poisson process if they are
 * still active: log S, S = sum over j < k of (R)_j / j! w^j, with R = r + k x and w = silence / (alpha + T).
 *
 * `chances[j]` is how likely exactly j of them are, and the rest are the derivatives of log S in R and log w.
 */
interface Silence {
  log: number;
  chances: Float64Array;
  byR: number;
  byW: number;
  byRR: number;
  byRW: number;
  byWW: number;
}

export function silenceOf(k: number, shape: number, w: number): Silence {
  const chances = new Float64Array(k);
  chances[0] = 1;
  let sum = 1;
  let p = 0;
  let q = 0;
  let byR = 0;
  let byW = 0;
  let byRR = 0;
  let byRW = 0;
  let byWW = 0;
  for (let j = 1; j < k; j++) {
    const at = shape + j - 1;
    const term = chances[j - 1]! * (at / j) * w;
    p += 1 / at;
    q += 1 / (at * at);
    chances[j] = term;
    sum += term;
    byR += term * p;
    byW += term * j;
    byRR += term * (p * p - q);
    byRW += term * p * j;
    byWW += term * j * j;
  }
  for (let j = 0; j < k; j++) chances[j]! /= sum;
  byR /= sum;
  byW /= sum;
  return {
    log: Math.log(sum),
    chances,
    byR,
    byW,
    byRR: byRR / sum - byR * byR,
    byRW: byRW / sum - byR * byW,
    byWW: byWW / sum - byW * byW,
  };
}

/** Log odds of having left against being active; -Infinity where leaving is impossible. */
export function logOddsOfRegularLeft(
  { r, alpha, a, b }: PurchaseParameters,
  earlyExits: EarlyExits,
  k: number,
  repeats: number,
  lastWeek: number,
  observedWeeks: number,
): number {
  const n = repeats + earlyExits;
  if (n === 0) return Number.NEGATIVE_INFINITY;
  const shape = r + k * repeats;
  const silence = observedWeeks - lastWeek;
  return (
    Math.log(a) -
    Math.log(b + n - 1) +
    shape * Math.log1p(silence / (alpha + lastWeek)) -
    silenceOf(k, shape, silence / (alpha + observedWeeks)).log
  );
}

/**
 * Log-likelihood of each row given its gaps' product: without (k-1) times the sum of the logs of its gaps and
 * x log (k-1)!, which hang on k alone and are added where models of different k are compared.
 */
export function regularLogLikelihoods(
  parameters: PurchaseParameters,
  earlyExits: EarlyExits,
  k: number,
  { repeats, lastWeek, observedWeeks }: PurchaseHistories,
): Float64Array {
  const { r, alpha, a, b } = parameters;
  const most = largest(repeats);
  const rising = logRisingTable(r, k * most);
  const survival = logBetaRatioTable(a, b, most + earlyExits);
  return repeats.map((x, i) => {
    const T = observedWeeks[i]!;
    const last = lastWeek[i]!;
    const odds = logOddsOfRegularLeft(parameters, earlyExits, k, x, last, T);
    return (
      rising[k * x]! -
      r * Math.log1p(T / alpha) -
      k * x * Math.log(alpha + T) +
      survival[x + earlyExits]! +
      silenceOf(k, r + k * x, (T - last) / (alpha + T)).log +
      (odds === Number.NEGATIVE_INFINITY ? 0 : softplus(odds))
    );
  });
}

/** The weighted log-likelihood with gradient and Hessian in the logs of (r, alpha, a, b). */
export function regularCurvature(
  logs: readonly number[],
  earlyExits: EarlyExits,
  k: number,
  histories: WeightedHistories,
): Curvature {
  const [r, alpha, a, b] = logs.map(Math.exp) as [number, number, number, number];
  const scale = [r, alpha, a, b];
  const { repeats, lastWeek, observedWeeks, weights } = histories;
  const most = largest(repeats);
  const inverseR = inverseTables(r, k * most);
  const inverseB = inverseTables(b, most + earlyExits);
  const inverseAb = inverseTables(a + b, most + earlyExits);
  const each = regularLogLikelihoods({ r, alpha, a, b }, earlyExits, k, histories);
  const first = new Float64Array(4);
  const second = new Float64Array(16);
  let value = 0;
  for (let i = 0; i < repeats.length; i++) {
    const weight = weights[i]!;
    const x = repeats[i]!;
    const n = x + earlyExits;
    const T = observedWeeks[i]!;
    const last = lastWeek[i]!;
    const shape = r + k * x;
    const atEnd = 1 / (alpha + T);
    const quiet = silenceOf(k, shape, (T - last) * atEnd);
    const odds = logOddsOfRegularLeft({ r, alpha, a, b }, earlyExits, k, x, last, T);
    const share = n > 0 ? logistic(odds) : 0;
    const spread = share * (1 - share);
    // What log S contributes stands in the active term, and with the other sign in the odds.
    const active = 1 - share;
    const quietAlpha = -atEnd * quiet.byW;
    const quietRAlpha = -atEnd * quiet.byRW;
    const quietAlphaAlpha = atEnd * atEnd * (quiet.byWW + quiet.byW);
    const p1 = inverseAb.first[n]!;
    const p2 = inverseAb.second[n]!;
    const d = [
      inverseR.first[k * x]! - Math.log1p(T / alpha) + active * quiet.byR,
      r / alpha - shape * atEnd + active * quietAlpha,
      -p1,
      inverseB.first[n]! - p1,
    ];
    const h = new Float64Array(16);
    h[0] = -inverseR.second[k * x]! + active * quiet.byRR;
    h[1] = 1 / alpha - atEnd + active * quietRAlpha;
    h[5] = shape * atEnd * atEnd - r / (alpha * alpha) + active * quietAlphaAlpha;
    h[10] = p2;
    h[11] = p2;
    h[15] = p2 - inverseB.second[n]!;
    if (n > 0) {
      const atLast = 1 / (alpha + last);
      const left = 1 / (b + n - 1);
      const waited = Math.log1p((T - last) * atLast);
      const o = [waited - quiet.byR, shape * (atEnd - atLast) - quietAlpha, 1 / a, -left];
      d[0]! += share * waited;
      d[1]! += share * shape * (atEnd - atLast);
      d[2]! += share / a;
      d[3]! -= share * left;
      h[1]! += share * (atEnd - atLast);
      h[5]! += share * shape * (atLast * atLast - atEnd * atEnd);
      h[10]! -= share / (a * a);
      h[15]! += share * left * left;
      for (let j = 0; j < 4; j++) for (let m = j; m < 4; m++) h[4 * j + m]! += spread * o[j]! * o[m]!;
    }
    value += weight * each[i]!;
    for (let j = 0; j < 4; j++) first[j]! += weight * d[j]!;
    for (let j = 0; j < 16; j++) second[j]! += weight * h[j]!;
  }
  const gradient = scale.map((p, j) => p * first[j]!);
  return {
    value,
    gradient,
    hessian: scale.map((p, j) =>
      scale.map(
        (q, m) => p * q * second[4 * Math.min(j, m) + Math.max(j, m)]! + (j === m ? gradient[j]! : 0),
      ),
    ),
  };
}
