import type { Curvature } from "../optimise.ts";
import { inverseTables, largest, logBetaRatioTable, logRisingTable, softplus } from "../special.ts";
import type { PurchaseHistories, WeightedHistories } from "./histories.ts";

/**
 * The four parameters of both models. While active a customer buys at a rate a week that is
 * Gamma(shape r, rate alpha) over customers (alpha in weeks), and after a purchase leaves for good with
 * a chance that is Beta(a, b) over customers.
 */
export type PurchaseParameters = {
  r: number;
  alpha: number;
  a: number;
  b: number;
};

/**
 * Whether the fit saw customers leave at all: the mean chance of leaving after a purchase is above 0.1 %.
 * Where it is not (short observation of steady buyers), everyone counts as active, and the time since the
 * last purchase tells more about a customer than the chance of being active.
 */
export function seesLeaving({ a, b }: PurchaseParameters): boolean {
  return a / (a + b) > 1e-3;
}

/**
 * When customers may leave: BG/NBD only after a repeat purchase (0), MBG/NBD already after the first
 * purchase (1). The number is how many more chances of leaving the customer has survived than repeats.
 */
export type EarlyExits = 0 | 1;

/**
 * The log odds of having left against being active. -Infinity where leaving is impossible (BG/NBD without
 * repeats). In logs, since ((alpha+T)/(alpha+t_x))^(r+x) overflows for heavy buyers.
 */
export function logOddsOfLeft(
  parameters: PurchaseParameters,
  earlyExits: EarlyExits,
  repeats: number,
  lastWeek: number,
  observedWeeks: number,
): number {
  const { r, alpha, a, b } = parameters;
  if (earlyExits === 0 && repeats === 0) return Number.NEGATIVE_INFINITY;
  const silence = Math.log1p((observedWeeks - lastWeek) / (alpha + lastWeek));
  return Math.log(a) - Math.log(b + repeats + earlyExits - 1) + (r + repeats) * silence;
}

/**
 * Log-likelihood of each row (its weight not applied), weeks as the unit of time.
 *
 * Sources: Fader, Hardie and Lee (2005), "Counting Your Customers the Easy Way", Marketing Science 24,
 * equation 6 (BG/NBD); Batislam, Denizel and Filiztekin (2007), "Empirical Validation and Comparison of
 * Models for Customer Base Analysis", IJRM 24 (MBG/NBD). Written as rising factorials and log odds.
 */
export function logLikelihoods(
  parameters: PurchaseParameters,
  earlyExits: EarlyExits,
  histories: PurchaseHistories,
): Float64Array {
  const { r, alpha, a, b } = parameters;
  const { repeats, lastWeek, observedWeeks } = histories;
  const most = largest(repeats);
  const rising = logRisingTable(r, most);
  const survival = logBetaRatioTable(a, b, most + earlyExits);
  const result = new Float64Array(repeats.length);
  for (let i = 0; i < repeats.length; i++) {
    const x = repeats[i]!;
    const T = observedWeeks[i]!;
    const odds = logOddsOfLeft(parameters, earlyExits, x, lastWeek[i]!, T);
    result[i] =
      rising[x]! -
      r * Math.log1p(T / alpha) -
      x * Math.log(alpha + T) +
      survival[x + earlyExits]! +
      (odds === Number.NEGATIVE_INFINITY ? 0 : softplus(odds));
  }
  return result;
}

/**
 * The weighted log-likelihood with gradient and Hessian in the logs of (r, alpha, a, b), in one pass.
 *
 * A row's likelihood is its active term times 1 + odds of having left, so each derivative is a smooth
 * part from tables over x plus the logistic weight of the odds.
 */
export function likelihoodCurvature(
  logs: readonly number[],
  earlyExits: EarlyExits,
  histories: WeightedHistories,
): Curvature {
  const r = Math.exp(logs[0]!);
  const alpha = Math.exp(logs[1]!);
  const a = Math.exp(logs[2]!);
  const b = Math.exp(logs[3]!);
  const { repeats, lastWeek, observedWeeks, weights } = histories;
  const most = largest(repeats);
  const rising = logRisingTable(r, most);
  const inverseR = inverseTables(r, most);
  const survival = logBetaRatioTable(a, b, most + earlyExits);
  const inverseB = inverseTables(b, most + earlyExits);
  const inverseAb = inverseTables(a + b, most + earlyExits);
  const logA = Math.log(a);

  let value = 0;
  let gr = 0;
  let gAlpha = 0;
  let ga = 0;
  let gb = 0;
  let hrr = 0;
  let hrAlpha = 0;
  let hra = 0;
  let hrb = 0;
  let hAlphaAlpha = 0;
  let hAlphaA = 0;
  let hAlphaB = 0;
  let haa = 0;
  let hab = 0;
  let hbb = 0;
  for (let i = 0; i < repeats.length; i++) {
    const w = weights[i]!;
    const x = repeats[i]!;
    const n = x + earlyExits;
    const T = observedWeeks[i]!;
    const atEnd = 1 / (alpha + T);
    const growth = Math.log1p(T / alpha);
    const p1 = inverseAb.first[n]!;
    const p2 = inverseAb.second[n]!;
    let l = rising[x]! - r * growth - x * Math.log(alpha + T) + survival[n]!;
    let dr = inverseR.first[x]! - growth;
    let dAlpha = r / alpha - (r + x) * atEnd;
    let da = -p1;
    let db = inverseB.first[n]! - p1;
    let drr = -inverseR.second[x]!;
    let drAlpha = 1 / alpha - atEnd;
    let dAlphaAlpha = -r / (alpha * alpha) + (r + x) * atEnd * atEnd;
    let daa = p2;
    const dab = p2;
    let dbb = p2 - inverseB.second[n]!;
    if (n > 0) {
      const last = lastWeek[i]!;
      const atLast = 1 / (alpha + last);
      const silence = Math.log1p((T - last) * atLast);
      const left = 1 / (b + n - 1);
      const odds = logA + Math.log(left) + (r + x) * silence;
      // One exponential serves log(1 + e^odds), the logistic and its derivative.
      const e = Math.exp(-Math.abs(odds));
      const share = odds > 0 ? 1 / (1 + e) : e / (1 + e);
      l += (odds > 0 ? odds : 0) + Math.log1p(e);
      const oddsAlpha = (r + x) * (atEnd - atLast);
      const oddsA = 1 / a;
      dr += share * silence;
      dAlpha += share * oddsAlpha;
      da += share * oddsA;
      db -= share * left;
      const spread = e / ((1 + e) * (1 + e));
      drr += spread * silence * silence;
      drAlpha += share * (atEnd - atLast) + spread * silence * oddsAlpha;
      dAlphaAlpha += share * (r + x) * (atLast * atLast - atEnd * atEnd) + spread * oddsAlpha * oddsAlpha;
      daa += (spread - share) * oddsA * oddsA;
      dbb += (share + spread) * left * left;
      hra += w * spread * silence * oddsA;
      hrb -= w * spread * silence * left;
      hAlphaA += w * spread * oddsAlpha * oddsA;
      hAlphaB -= w * spread * oddsAlpha * left;
      hab -= w * spread * oddsA * left;
    }
    value += w * l;
    gr += w * dr;
    gAlpha += w * dAlpha;
    ga += w * da;
    gb += w * db;
    hrr += w * drr;
    hrAlpha += w * drAlpha;
    hAlphaAlpha += w * dAlphaAlpha;
    haa += w * daa;
    hab += w * dab;
    hbb += w * dbb;
  }
  // To logs: d/dlog p = p d/dp, and the diagonal gains the first derivative.
  return {
    value,
    gradient: [r * gr, alpha * gAlpha, a * ga, b * gb],
    hessian: [
      [r * r * hrr + r * gr, r * alpha * hrAlpha, r * a * hra, r * b * hrb],
      [
        r * alpha * hrAlpha,
        alpha * alpha * hAlphaAlpha + alpha * gAlpha,
        alpha * a * hAlphaA,
        alpha * b * hAlphaB,
      ],
      [r * a * hra, alpha * a * hAlphaA, a * a * haa + a * ga, a * b * hab],
      [r * b * hrb, alpha * b * hAlphaB, a * b * hab, b * b * hbb + b * gb],
    ],
  };
}
