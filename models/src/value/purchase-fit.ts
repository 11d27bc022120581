import { maximise } from "../optimise.ts";
import { type Fit, type FitFailed, failed } from "./fit-report.ts";
import {
  checkedHistories,
  groupHistories,
  type PurchaseHistories,
  type WeightedHistories,
} from "./histories.ts";
import { byName, edge, foundAt, highest, notConverged } from "./maximum-likelihood.ts";
import type { ModelDefinition, ModelParameters } from "./purchase-model.ts";

/** Distinct histories on which the starts are tried out: enough to pin a maximum to a few steps. */
const exploredMax = 4000;

/** Histories as searches want them: distinct, and with time scaled so that the longest observation is 10. */
export interface SearchableHistories {
  distinct: WeightedHistories;
  scaled: WeightedHistories;
  groupOf: Int32Array;
  /** Scaled time is weeks times this. */
  scale: number;
  /** Naive purchases per unit of scaled time: a lower bound of the rate while active. */
  rate: number;
  customers: number;
}

/** Throws `InvalidHistories` for impossible rows; a reason where nothing can be fitted. */
export function searchable(input: PurchaseHistories): SearchableHistories | FitFailed {
  checkedHistories(input);
  const { histories, groupOf } = groupHistories(input);
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
  const scaled: WeightedHistories = {
    repeats: histories.repeats,
    lastWeek: histories.lastWeek.map((week) => week * scale),
    observedWeeks: histories.observedWeeks.map((week) => week * scale),
    weights: histories.weights,
  };
  return { distinct: histories, scaled, groupOf, scale, rate: purchases / (weeks * scale), customers };
}

/**
 * Maximum likelihood of a purchase model.
 *
 * Works on distinct histories, with time scaled so that the longest observation is 10, in the logs of
 * the parameters, by Newton steps in a trust region from several starts. The log-likelihood returned is
 * that of the unscaled histories. Throws `InvalidHistories` for impossible rows.
 */
export function fitPurchases<Parameters extends ModelParameters>(
  model: ModelDefinition<Parameters>,
  input: PurchaseHistories,
): Fit<Parameters> {
  const ready = searchable(input);
  if ("ok" in ready) return ready;
  const { scaled, scale, rate } = ready;
  const names = model.parameterNames;
  const starts = model.starts(rate).map((start) => names.map((name) => Math.log(start[name]!)));
  const search = (from: number[], data: WeightedHistories) =>
    maximise((logs) => model.curvature(logs, data), from, {
      lower: names.map(() => -edge),
      upper: names.map(() => edge),
    });
  // A part of very many histories shows where the maxima lie; all of them then decide between those.
  const part = thinned(scaled, exploredMax);
  const explored = starts.map((start) => search(start, part)).toSorted((x, y) => y.value - x.value);
  const different = explored.filter(
    (end, i) => !explored.slice(0, i).some((better) => better.value - end.value < 1e-3),
  );
  const ends = part === scaled ? explored : different.slice(0, 3).map((end) => search(end.point, scaled));
  const best = highest(ends);
  if (!best.converged) return notConverged(best, starts.length);
  const values = names.map((name, i) => {
    const value = Math.exp(best.point[i]!);
    return model.timeParameters.includes(name) ? value / scale : value;
  });
  const each = model.logLikelihoods(byName(names, values) as Parameters, ready.distinct);
  return foundAt(names, best, explored, {
    values,
    logLikelihood: each.reduce((sum, one, i) => sum + one * ready.distinct.weights[i]!, 0),
    customers: ready.customers,
  });
}

/** Every k-th distinct history with its weight, so that no more than about `most` remain. */
function thinned(histories: WeightedHistories, most: number): WeightedHistories {
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
