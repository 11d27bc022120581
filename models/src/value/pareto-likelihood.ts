import type { Curvature } from "../optimise.ts";
import { inverseTables, largest, logRisingTable, softplus } from "../special.ts";
import type { PurchaseHistories, WeightedHistories } from "./histories.ts";
import { logLeavingIntegral, momentCount, type SilentLeaving } from "./leaving-time.ts";
import type { ParetoNbdParameters } from "./pareto-nbd.ts";

/**
 * The log odds of having left since the last purchase against being active: -Infinity right at a purchase.
 * Source: Fader and Hardie (2005), "A Note on Deriving the Pareto/NBD Model", the likelihood's two terms.
 */
export function logOddsOfSilentLeaving(leaving: SilentLeaving): number {
  const { shape, alpha, s, beta, lastWeek, observedWeeks } = leaving;
  const silence = observedWeeks - lastWeek;
  if (silence <= 0) return Number.NEGATIVE_INFINITY;
  const b = beta + lastWeek;
  return (
    Math.log(s) +
    shape * Math.log1p(silence / (alpha + lastWeek)) +
    s * Math.log1p(silence / b) -
    Math.log(b) +
    logLeavingIntegral(leaving)
  );
}

/** Log-likelihood of each row (its weight not applied), weeks as the unit of time. */
export function paretoLogLikelihoods(
  { r, alpha, s, beta }: ParetoNbdParameters,
  { repeats, lastWeek, observedWeeks }: PurchaseHistories,
): Float64Array {
  const rising = logRisingTable(r, largest(repeats));
  const result = new Float64Array(repeats.length);
  for (let i = 0; i < repeats.length; i++) {
    const x = repeats[i]!;
    const T = observedWeeks[i]!;
    const odds = logOddsOfSilentLeaving({
      shape: r + x,
      alpha,
      s,
      beta,
      lastWeek: lastWeek[i]!,
      observedWeeks: T,
    });
    result[i] =
      rising[x]! -
      r * Math.log1p(T / alpha) -
      x * Math.log(alpha + T) -
      s * Math.log1p(T / beta) +
      (odds === Number.NEGATIVE_INFINITY ? 0 : softplus(odds));
  }
  return result;
}

/**
 * The weighted log-likelihood with gradient and Hessian in the logs of (r, alpha, s, beta), in one pass.
 *
 * The odds of having left are an integral; the derivatives of its log are means and covariances, under the
 * integrand, of the integrand's own derivatives.
 */
export function paretoCurvature(logs: readonly number[], histories: WeightedHistories): Curvature {
  const [r, alpha, s, beta] = logs.map(Math.exp) as [number, number, number, number];
  const { repeats, lastWeek, observedWeeks, weights } = histories;
  const most = largest(repeats);
  const rising = logRisingTable(r, most);
  const inverseR = inverseTables(r, most);
  const moments = new Float64Array(momentCount);
  const scale = [r, alpha, s, beta];
  const first = new Float64Array(4);
  const second = new Float64Array(16);
  const odds1 = new Float64Array(4);
  const odds2 = new Float64Array(16);
  let value = 0;
  for (let i = 0; i < repeats.length; i++) {
    const w = weights[i]!;
    const x = repeats[i]!;
    const T = observedWeeks[i]!;
    const last = lastWeek[i]!;
    const n = r + x;
    const iaT = 1 / (alpha + T);
    const ibT = 1 / (beta + T);
    const growth = Math.log1p(T / alpha);
    const ageing = Math.log1p(T / beta);
    let l = rising[x]! - r * growth - x * Math.log(alpha + T) - s * ageing;
    first[0]! += w * (inverseR.first[x]! - growth);
    first[1]! += w * (r / alpha - n * iaT);
    first[2]! -= w * ageing;
    first[3]! += w * (s / beta - s * ibT);
    second[0]! -= w * inverseR.second[x]!;
    second[1]! += w * (1 / alpha - iaT);
    second[5]! += w * (n * iaT * iaT - r / (alpha * alpha));
    second[11]! += w * (1 / beta - ibT);
    second[15]! += w * (s * ibT * ibT - s / (beta * beta));
    const silence = T - last;
    if (silence > 0) {
      const b = beta + last;
      const la = Math.log1p(silence / (alpha + last));
      const lb = Math.log1p(silence / b);
      const integral = logLeavingIntegral(
        { shape: n, alpha, s, beta, lastWeek: last, observedWeeks: T },
        moments,
      );
      const odds = Math.log(s / b) + n * la + s * lb + integral;
      const e = Math.exp(-Math.abs(odds));
      const share = odds > 0 ? 1 / (1 + e) : e / (1 + e);
      const spread = e / ((1 + e) * (1 + e));
      l += (odds > 0 ? odds : 0) + Math.log1p(e);
      const m1 = moments[0]!;
      const ma = moments[1]!;
      const m2 = moments[2]!;
      const mb = moments[3]!;
      const q = s + 1;
      odds1[0] = la - m1;
      odds1[1] = n * (iaT - ma);
      odds1[2] = 1 / s + lb - m2;
      odds1[3] = s * ibT - q * mb;
      odds2[0] = moments[4]! - m1 * m1;
      odds2[1] = iaT - ma + n * (moments[5]! - m1 * ma);
      odds2[2] = moments[6]! - m1 * m2;
      odds2[3] = q * (moments[7]! - m1 * mb);
      odds2[5] = n * (moments[8]! - iaT * iaT) + n * n * (moments[8]! - ma * ma);
      odds2[6] = n * (moments[9]! - ma * m2);
      odds2[7] = n * q * (moments[10]! - ma * mb);
      odds2[10] = moments[11]! - m2 * m2 - 1 / (s * s);
      odds2[11] = ibT - mb + q * (moments[12]! - m2 * mb);
      odds2[15] = q * moments[13]! - s * ibT * ibT + q * q * (moments[13]! - mb * mb);
      for (let j = 0; j < 4; j++) {
        first[j]! += w * share * odds1[j]!;
        for (let k = j; k < 4; k++) {
          second[4 * j + k]! += w * (share * odds2[4 * j + k]! + spread * odds1[j]! * odds1[k]!);
        }
      }
    }
    value += w * l;
  }
  // To logs: d/dlog p = p d/dp, and the diagonal gains the first derivative.
  const gradient = scale.map((p, j) => p * first[j]!);
  const hessian = scale.map((p, j) =>
    scale.map((q, k) => p * q * second[4 * Math.min(j, k) + Math.max(j, k)]! + (j === k ? gradient[j]! : 0)),
  );
  return { value, gradient, hessian };
}
