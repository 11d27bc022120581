import { logistic } from "../special.ts";
import { type Fit, type FitFound, failed } from "./fit-report.ts";
import type { PurchaseHistories } from "./histories.ts";
import type { EarlyExits, PurchaseParameters } from "./leaving-likelihood.ts";
import { type PurchaseModel, purchaseModel } from "./purchase-model.ts";
import {
  logOddsOfRegularLeft,
  regularCurvature,
  regularLogLikelihoods,
  silenceOf,
} from "./regular-likelihood.ts";
import { RegularCustomer } from "./while-regular.ts";

export type RegularFamily = "BG/CNBD" | "MBG/CNBD";

/** The largest regularity that is tried: beyond, customers buy like clockwork and a calendar says more. */
export const regularityMax = 10;

/**
 * BG/CNBD-k and MBG/CNBD-k: as BG/NBD and MBG/NBD, but the weeks between purchases are Erlang-k, so customers buy at
 * a steadier rhythm the larger k is (groceries, feed, contact lenses); k = 1 is the models without regularity.
 * Parameters as there; the purchase rate is that of the process of which every k-th event is a purchase.
 *
 * Source: Platzer and Reutterer (2016), "Ticking Away the Moments: Timing Regularity Helps to Better Predict Customer
 * Activity", Marketing Science 35; Reutterer, Platzer and Schröder (2021), "Leveraging purchase regularity for
 * predicting customer behavior the easy way", IJRM 38. The expectation, which the latter approximates, is exact here.
 */
export function cnbd(family: RegularFamily, k: number): PurchaseModel<PurchaseParameters> {
  if (!(Number.isInteger(k) && k >= 1 && k <= regularityMax)) {
    throw new RangeError(`The regularity k must be a whole number from 1 to ${regularityMax}, not ${k}.`);
  }
  const earlyExits: EarlyExits = family === "BG/CNBD" ? 0 : 1;
  return purchaseModel<PurchaseParameters>({
    name: `${family}-${k}`,
    parameterNames: ["r", "alpha", "a", "b"],
    timeParameters: ["alpha"],
    effects: { purchase: { alpha: -1 }, leaving: { a: 1, b: 1 } },
    starts: (rate) =>
      [
        [0.5, 1.5, 0.8, 2],
        [1.5, 2, 0.3, 3],
        [0.2, 4, 2, 3],
        [3, 6, 1.5, 0.7],
      ].map(([r, times, a, b]) => ({ r: r!, alpha: r! / (k * times! * rate), a: a!, b: b! })),
    curvature: (logs, histories) => regularCurvature(logs, earlyExits, k, histories),
    logLikelihoods: (parameters, histories) => regularLogLikelihoods(parameters, earlyExits, k, histories),
    outlook: (parameters, repeats, lastWeek, observedWeeks) => {
      const { r, alpha, a, b } = parameters;
      const shape = r + k * repeats;
      const rate = alpha + observedWeeks;
      return {
        alive: logistic(-logOddsOfRegularLeft(parameters, earlyExits, k, repeats, lastWeek, observedWeeks)),
        active: new RegularCustomer(
          { shape, rate, a, b: b + repeats + earlyExits },
          k,
          silenceOf(k, shape, (observedWeeks - lastWeek) / rate).chances,
        ),
      };
    },
    draw: ({ r, alpha, a, b }, random) => {
      const rate = random.gamma(r, alpha);
      const leaving = random.beta(a, b);
      return {
        lastsUntil: Number.POSITIVE_INFINITY,
        wait: () => random.gamma(k, rate),
        stays: (isFirst) => (isFirst && earlyExits === 0) || !random.chance(leaving),
      };
    },
  });
}

export interface RegularityFound {
  ok: true;
  k: number;
  model: PurchaseModel<PurchaseParameters>;
  fit: FitFound<PurchaseParameters>;
  /** Each k that was tried, with the log-likelihood of when customers bought, comparable across k. */
  tried: { k: number; logLikelihood: number | null }[];
}

export type Regularity = RegularityFound | Exclude<Fit<PurchaseParameters>, { ok: true }>;

/**
 * The regularity k under which the purchases are likeliest: from 1 upwards for as long as the likelihood grows.
 *
 * `logGaps[i]` is the sum of the logs of the weeks between one purchase day of customer i and the next, as
 * `historiesFromPurchases` gives it; without the gaps nothing tells a steady rhythm from chance. The fit's own
 * `logLikelihood` leaves the gaps out; `tried` has them.
 */
export function fitRegular(
  family: RegularFamily,
  histories: PurchaseHistories,
  logGaps: Float64Array,
): Regularity {
  if (logGaps.length !== histories.repeats.length) {
    throw new RangeError(
      `There are ${histories.repeats.length} histories and ${logGaps.length} sums of gaps.`,
    );
  }
  let gaps = 0;
  let purchases = 0;
  logGaps.forEach((log, i) => {
    const weight = histories.weights ? histories.weights[i]! : 1;
    gaps += weight * log;
    purchases += weight * histories.repeats[i]!;
  });
  if (!Number.isFinite(gaps)) throw new RangeError("A sum of the logs of gaps is not a finite number.");
  const tried: RegularityFound["tried"] = [];
  let best: Pick<RegularityFound, "k" | "model" | "fit"> | undefined;
  let highest = Number.NEGATIVE_INFINITY;
  let logFactorial = 0;
  for (let k = 1; k <= regularityMax; k++) {
    if (k > 1) logFactorial += Math.log(k - 1);
    const model = cnbd(family, k);
    const fit = model.fit(histories);
    if (!fit.ok && fit.reason !== "not_converged") return fit;
    const logLikelihood = fit.ok ? fit.logLikelihood + (k - 1) * gaps - purchases * logFactorial : null;
    tried.push({ k, logLikelihood });
    if (fit.ok && logLikelihood !== null && logLikelihood > highest) {
      best = { k, model, fit };
      highest = logLikelihood;
    } else if (best && k > best.k + 1) {
      break;
    }
  }
  if (!best) return failed("not_converged", `No search found a maximum for k = 1 to ${regularityMax}.`);
  return { ok: true, ...best, tried };
}
