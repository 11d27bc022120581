import type { Curvature } from "../optimise.ts";
import { inverseTables, largest, logRisingTable } from "../special.ts";
import type { PurchaseHistories, WeightedHistories } from "./histories.ts";
import { type PurchaseModel, purchaseModel } from "./purchase-model.ts";
import { LastingCustomer } from "./while-lasting.ts";

/** The purchase rate a week is Gamma(shape r, rate alpha weeks) over customers. */
export type NbdParameters = { r: number; alpha: number };

function logLikelihoods(
  { r, alpha }: NbdParameters,
  { repeats, observedWeeks }: PurchaseHistories,
): Float64Array {
  const most = largest(repeats);
  const rising = logRisingTable(r, most);
  const factorial = logRisingTable(1, most);
  return repeats.map((x, i) => {
    const T = observedWeeks[i]!;
    return (
      rising[x]! -
      factorial[x]! -
      r * Math.log1p(T / alpha) +
      (x > 0 ? x * (Math.log(T) - Math.log(alpha + T)) : 0)
    );
  });
}

function curvature(logs: readonly number[], histories: WeightedHistories): Curvature {
  const r = Math.exp(logs[0]!);
  const alpha = Math.exp(logs[1]!);
  const { repeats, observedWeeks, weights } = histories;
  const inverse = inverseTables(r, largest(repeats));
  const each = logLikelihoods({ r, alpha }, histories);
  let value = 0;
  let gr = 0;
  let gAlpha = 0;
  let hrr = 0;
  let hrAlpha = 0;
  let hAlphaAlpha = 0;
  for (let i = 0; i < repeats.length; i++) {
    const w = weights[i]!;
    const x = repeats[i]!;
    const T = observedWeeks[i]!;
    const atEnd = 1 / (alpha + T);
    value += w * each[i]!;
    gr += w * (inverse.first[x]! - Math.log1p(T / alpha));
    gAlpha += w * (r / alpha - (r + x) * atEnd);
    hrr -= w * inverse.second[x]!;
    hrAlpha += w * (1 / alpha - atEnd);
    hAlphaAlpha += w * ((r + x) * atEnd * atEnd - r / (alpha * alpha));
  }
  return {
    value,
    gradient: [r * gr, alpha * gAlpha],
    hessian: [
      [r * r * hrr + r * gr, r * alpha * hrAlpha],
      [r * alpha * hrAlpha, alpha * alpha * hAlphaAlpha + alpha * gAlpha],
    ],
  };
}

/**
 * NBD: nobody ever leaves. The baseline that a model of leaving has to beat; its likelihood is that of the number
 * of repeats alone, factorials included, so it cannot be compared with those of the other models.
 *
 * Source: Ehrenberg (1959), "The Pattern of Consumer Purchases", Applied Statistics 8.
 */
export const nbd: PurchaseModel<NbdParameters> = purchaseModel({
  name: "NBD",
  parameterNames: ["r", "alpha"],
  timeParameters: ["alpha"],
  effects: { purchase: { alpha: -1 }, leaving: {} },
  starts: (rate) => [0.5, 2, 0.1].map((r) => ({ r, alpha: r / rate })),
  curvature,
  logLikelihoods,
  outlook: ({ r, alpha }, repeats, _, observedWeeks) => ({
    alive: 1,
    active: new LastingCustomer({ shape: r + repeats, rate: alpha + observedWeeks, s: 0, b: 1 }),
  }),
  draw: ({ r, alpha }, random) => {
    const rate = random.gamma(r, alpha);
    return { lastsUntil: Number.POSITIVE_INFINITY, wait: () => random.exponential(rate), stays: () => true };
  },
});
