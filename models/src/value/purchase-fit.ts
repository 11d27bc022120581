import { maximise } from "../optimise.ts";
import { checkedHistories, groupHistories, type PurchaseHistories } from "./histories.ts";
import {
  type EarlyExits,
  likelihoodCurvature,
  logLikelihood,
  type PurchaseParameters,
} from "./purchase-likelihood.ts";

/** How the search for the maximum went; shown to whoever asks whether a fit may be trusted. */
export interface FitDiagnostics<Parameter extends string> {
  /** Newton steps of the start that won. */
  steps: number;
  /** Largest absolute derivative of the log-likelihood in the log of a parameter. */
  gradientNorm: number;
  /** Condition of the Hessian in log parameters; above 1e6 single parameters mean little, predictions still may. */
  hessianCondition: number;
  /** Parameters that ran to the edge of the searched range: that part of the model is not identified. */
  atBound: Parameter[];
  starts: number;
  /** How many starts ended within 1e-3 log-likelihood of the best (on a part of very many histories). */
  startsAgreeing: number;
}

export interface FitFound<Parameters extends object> {
  ok: true;
  parameters: Parameters;
  /** From the inverse observed information, on the parameters' own scale; NaN for one at its bound. */
  standardErrors: Parameters;
  /** Covariance of the logs of the parameters, in their order; zero rows for those at a bound. */
  logCovariance: number[][];
  /** Sum over customers, in the original units. */
  logLikelihood: number;
  /** Customers (weights summed) that the fit used. */
  customers: number;
  diagnostics: FitDiagnostics<keyof Parameters & string>;
}

export type FitFailure = "no_customers" | "no_repeat_buyers" | "no_time_observed" | "not_converged";

/** A fit that did not succeed: a reason to show, never a number to use. */
export interface FitFailed {
  ok: false;
  reason: FitFailure;
  message: string;
}

export type Fit<Parameters extends object> = FitFound<Parameters> | FitFailed;
export type PurchaseFit = Fit<PurchaseParameters>;

const names = ["r", "alpha", "a", "b"] as const;
const edge = Math.log(1e5);
/** Distinct histories on which the starts are tried out: enough to pin a maximum to a few steps. */
const exploredMax = 4000;

type ScaledHistories = PurchaseHistories & { readonly weights: Float64Array };

/**
 * Maximum likelihood of BG/NBD or MBG/NBD.
 *
 * Works on distinct histories, with time scaled so that the longest observation is 10, in the logs of
 * the parameters, by Newton steps in a trust region from several starts. The log-likelihood returned is
 * that of the unscaled histories. Throws `InvalidHistories` for impossible rows.
 */
export function fitPurchases(earlyExits: EarlyExits, input: PurchaseHistories): PurchaseFit {
  checkedHistories(input);
  const { histories } = groupHistories(input);
  let customers = 0;
  let purchases = 0;
  let weeks = 0;
  let longest = 0;
  for (let i = 0; i < histories.repeats.length; i++) {
    const weight = histories.weights[i]!;
    customers += weight;
    purchases += weight * histories.repeats[i]!;
    weeks += weight * histories.observedWeeks[i]!;
    longest = Math.max(longest, histories.observedWeeks[i]!);
  }
  if (customers === 0) return failed("no_customers", "There is no customer to fit.");
  if (longest === 0) return failed("no_time_observed", "Every customer is observed for 0 weeks.");
  if (purchases === 0) {
    return failed(
      "no_repeat_buyers",
      "No customer bought a second time, so the purchase rate is not identified.",
    );
  }

  const scale = 10 / longest;
  const scaled: ScaledHistories = {
    repeats: histories.repeats,
    lastWeek: histories.lastWeek.map((week) => week * scale),
    observedWeeks: histories.observedWeeks.map((week) => week * scale),
    weights: histories.weights,
  };
  // Purchases a week of an NBD without dropout is a lower bound of the rate while active.
  const rate = purchases / (weeks * scale);
  const starts = [
    [0.5, 0.5 / (1.5 * rate), 0.8, 2],
    [1.5, 1.5 / (2 * rate), 0.3, 3],
    [0.2, 0.2 / (4 * rate), 2, 3],
    [1.5, 1.5 / (3 * rate), 0.2, 0.2],
    [3, 3 / (6 * rate), 1.5, 0.7],
  ].map((start) => start.map(Math.log));
  const search = (from: number[], data: ScaledHistories) =>
    maximise((logs) => likelihoodCurvature(logs, earlyExits, data), from, {
      lower: [-edge, -edge, -edge, -edge],
      upper: [edge, edge, edge, edge],
    });
  // A part of very many histories shows where the maxima lie; all of them then decide between those.
  const part = thinned(scaled, exploredMax);
  const explored = starts.map((start) => search(start, part)).toSorted((x, y) => y.value - x.value);
  const different = explored.filter(
    (end, i) => !explored.slice(0, i).some((better) => better.value - end.value < 1e-3),
  );
  const ends = part === scaled ? explored : different.slice(0, 3).map((end) => search(end.point, scaled));
  const best = ends.reduce((top, end) =>
    Number(end.converged) - Number(top.converged) > 0 ||
    (end.converged === top.converged && end.value > top.value)
      ? end
      : top,
  );
  if (!best.converged) {
    return failed(
      "not_converged",
      `The search from ${starts.length} starts ended where it is no maximum ` +
        `(largest derivative ${best.gradientNorm.toExponential(1)} after ${best.steps} steps).`,
    );
  }
  const [r, alpha, a, b] = best.point.map(Math.exp) as [number, number, number, number];
  const parameters = { r, alpha: alpha / scale, a, b };
  const error = (i: number, value: number) =>
    best.atBound[i] ? Number.NaN : value * Math.sqrt(best.covariance[i]![i]!);
  return {
    ok: true,
    parameters,
    standardErrors: {
      r: error(0, r),
      alpha: error(1, parameters.alpha),
      a: error(2, a),
      b: error(3, b),
    },
    logCovariance: best.covariance,
    logLikelihood: logLikelihood(parameters, earlyExits, histories),
    customers,
    diagnostics: {
      steps: best.steps,
      gradientNorm: best.gradientNorm,
      hessianCondition: best.condition,
      atBound: names.filter((_, i) => best.atBound[i]),
      starts: starts.length,
      startsAgreeing: explored.filter((end) => end.value > explored[0]!.value - 1e-3).length,
    },
  };
}

/** Every k-th distinct history with its weight, so that no more than about `most` remain. */
function thinned(histories: ScaledHistories, most: number): ScaledHistories {
  const every = Math.ceil(histories.repeats.length / most);
  if (every <= 1) return histories;
  const keep = (column: Float64Array) => column.filter((_, i) => i % every === 0);
  return {
    repeats: keep(histories.repeats),
    lastWeek: keep(histories.lastWeek),
    observedWeeks: keep(histories.observedWeeks),
    weights: keep(histories.weights),
  };
}

export function failed(reason: FitFailure, message: string): FitFailed {
  return { ok: false, reason, message };
}
