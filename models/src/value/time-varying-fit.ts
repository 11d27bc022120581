import { type Curvature, maximise } from "../optimise.ts";
import type { Random } from "../random.ts";
import { type CovariateFailed, type CovariateFitFound, likelihoodRatio } from "./covariate-fit.ts";
import { checkedHistories } from "./histories.ts";
import { byName, edge, notConverged } from "./maximum-likelihood.ts";
import { type ParetoNbdParameters, paretoNbd } from "./pareto-nbd.ts";
import {
  type Calendar,
  type DatedHistories,
  expectedOnWalk,
  type TimeVaryingParameters,
  type Walk,
  walkLikelihood,
  walksOf,
} from "./time-varying.ts";

/** The covariates of each process, by the names of the calendar's columns; a name may stand in both. */
export interface TimeVaryingCovariates {
  purchase: readonly string[];
  leaving: readonly string[];
}

const names = ["r", "alpha", "s", "beta"] as const;

/**
 * Pareto/NBD whose customers buy, and leave, faster or slower as covariates change: season, campaigns.
 *
 * Both rates are multiplied by exp(effect times covariate), period by period. Starts at the optimum without
 * covariates, so it can never end below it. Throws `RangeError` for columns that do not fit the customers and
 * `InvalidHistories` for impossible rows.
 * Source: Bachmann, Meierer and Näf (2021), "The Role of Time-Varying Contextual Factors in Latent Attrition Models for
 * Customer Base Analysis", Marketing Science 40.
 */
export function fitTimeVarying(
  histories: DatedHistories,
  calendar: Calendar,
  covariates: TimeVaryingCovariates,
): CovariateFitFound<ParetoNbdParameters> | CovariateFailed {
  checkedHistories(histories);
  const { purchase, leaving } = covariates;
  const walks = walksOf(histories, calendar, purchase, leaving);
  const plain = paretoNbd.fit(histories);
  if (!plain.ok) return plain;
  const all = [...purchase, ...leaving];
  const spreads = all.map((name) => spreadOf(calendar.columns[name]!));
  const flat = spreads.findIndex((spread) => !(spread > 0));
  if (flat >= 0) {
    return {
      ok: false,
      reason: "constant_covariate",
      message: `The covariate ${all[flat]} never changes and is the same for all, so its effect is not identified. Leave it out.`,
    };
  }
  const { weights } = histories;
  const size = 4 + all.length;
  const at = (point: readonly number[]): TimeVaryingParameters => ({
    r: Math.exp(point[0]!),
    alpha: Math.exp(point[1]!),
    s: Math.exp(point[2]!),
    beta: Math.exp(point[3]!),
    purchase: purchase.map((_, k) => point[4 + k]! / spreads[k]!),
    leaving: leaving.map((_, k) => point[4 + purchase.length + k]! / spreads[purchase.length + k]!),
  });
  const evaluate = (point: readonly number[]): Curvature => curvature(walks, weights, at(point), spreads);
  // Weeks scaled so that the longest observation is 10, as in the other searches; here only the bounds show it.
  const scale = Math.log(histories.observedWeeks.reduce((most, weeks) => Math.max(most, weeks), 0) / 10);
  const centre = [0, scale, 0, scale, ...all.map(() => 0)];
  const room = [edge, edge, edge, edge, ...all.map(() => 10)];
  const start = [...names.map((name) => Math.log(plain.parameters[name])), ...all.map(() => 0)];
  const best = maximise(evaluate, start, {
    lower: centre.map((middle, i) => middle - room[i]!),
    upper: centre.map((middle, i) => middle + room[i]!),
  });
  if (!best.converged) return notConverged(best, 1);
  const found = at(best.point);
  const deviation = (i: number) => (best.atBound[i] ? Number.NaN : Math.sqrt(best.covariance[i]![i]!));
  const part = (process: readonly string[], from: number, value: (k: number) => number) =>
    byName(
      process,
      process.map((_, k) => value(from + k)),
    );
  const values = [found.r, found.alpha, found.s, found.beta];
  const P = purchase.length;
  return {
    ok: true,
    parameters: byName(names, values) as ParetoNbdParameters,
    effects: {
      purchase: part(purchase, 0, (k) => found.purchase[k]!),
      leaving: part(leaving, 0, (k) => found.leaving[k]!),
    },
    standardErrors: byName(
      names,
      values.map((value, i) => value * deviation(i)),
    ) as ParetoNbdParameters,
    effectErrors: {
      purchase: part(purchase, 0, (k) => deviation(4 + k) / spreads[k]!),
      leaving: part(leaving, P, (k) => deviation(4 + k) / spreads[k]!),
    },
    logLikelihood: best.value,
    customers: plain.customers,
    test: likelihoodRatio(plain.logLikelihood, best.value, all.length),
    diagnostics: {
      steps: best.steps,
      gradientNorm: best.gradientNorm,
      hessianCondition: best.condition,
      atBound: [
        ...names,
        ...purchase.map((name) => `purchase.${name}`),
        ...leaving.map((name) => `leaving.${name}`),
      ].filter((_, i) => best.atBound[i]),
    },
  };

  function curvature(
    customers: readonly Walk[],
    counts: Float64Array | undefined,
    parameters: TimeVaryingParameters,
    divided: readonly number[],
  ): Curvature {
    const gradient = new Float64Array(size);
    const hessian = new Float64Array(size * size);
    let value = 0;
    if (counts) {
      const own = { gradient: new Float64Array(size), hessian: new Float64Array(size * size) };
      customers.forEach((walk, i) => {
        own.gradient.fill(0);
        own.hessian.fill(0);
        value += counts[i]! * walkLikelihood(walk, parameters, own).log;
        for (let j = 0; j < size; j++) gradient[j]! += counts[i]! * own.gradient[j]!;
        for (let j = 0; j < size * size; j++) hessian[j]! += counts[i]! * own.hessian[j]!;
      });
    } else {
      for (const walk of customers) value += walkLikelihood(walk, parameters, { gradient, hessian }).log;
    }
    // To the search's coordinates: logs of the four parameters, effects of covariates divided by their spread.
    const slope = [
      parameters.r,
      parameters.alpha,
      parameters.s,
      parameters.beta,
      ...divided.map((spread) => 1 / spread),
    ];
    return {
      value,
      gradient: slope.map((one, j) => one * gradient[j]!),
      hessian: slope.map((one, j) =>
        slope.map(
          (other, k) =>
            one * other * hessian[Math.min(j, k) * size + Math.max(j, k)]! +
            (j === k && j < 4 ? one * gradient[j]! : 0),
        ),
      ),
    };
  }
}

function spreadOf(column: Float64Array): number {
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  return Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length);
}

export interface TimeVaryingForecast {
  /** The chance, in [0, 1], that each customer is still active. */
  probabilityAlive: Float64Array;
  expectedPurchases: Float64Array;
  /** The same, each purchase discounted by exp(-weeklyRate * weeks from now). */
  discountedPurchases: Float64Array;
}

/**
 * What each customer will buy in the `weeks` after the end of observation, under covariates that the calendar knows in
 * advance. There is no infinite horizon: nobody knows the season for ever.
 */
export function forecastTimeVarying(
  fit: Pick<CovariateFitFound<ParetoNbdParameters>, "parameters" | "effects">,
  histories: DatedHistories,
  calendar: Calendar,
  weeks: number,
  weeklyRate = 0,
): TimeVaryingForecast {
  checkedHistories(histories);
  if (!(weeks >= 0 && weeks < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`The horizon must be 0 or more weeks, not ${weeks}.`);
  }
  const purchase = Object.keys(fit.effects.purchase);
  const leaving = Object.keys(fit.effects.leaving);
  const parameters: TimeVaryingParameters = {
    ...fit.parameters,
    purchase: purchase.map((name) => fit.effects.purchase[name]!),
    leaving: leaving.map((name) => fit.effects.leaving[name]!),
  };
  const walks = walksOf(histories, calendar, purchase, leaving, weeks);
  const probabilityAlive = Float64Array.from(walks, (walk) => walkLikelihood(walk, parameters).alive);
  const ahead = (rate: number) =>
    Float64Array.from(
      walks,
      (walk, i) => probabilityAlive[i]! * expectedOnWalk(walk, parameters, weeks, rate),
    );
  const expectedPurchases = ahead(0);
  return {
    probabilityAlive,
    expectedPurchases,
    discountedPurchases: weeklyRate === 0 ? expectedPurchases : ahead(weeklyRate),
  };
}

/** Customers who buy and leave exactly as the model says, observed for `observedWeeks` and for `laterWeeks` more. */
export function simulateTimeVarying(
  fit: Pick<CovariateFitFound<ParetoNbdParameters>, "parameters" | "effects">,
  calendar: Calendar,
  observedWeeks: Float64Array,
  laterWeeks: number,
  random: Random,
): { histories: DatedHistories; later: Float64Array } {
  const { parameters, effects } = fit;
  const size = observedWeeks.length;
  const nothing = new Float64Array(size);
  const purchase = Object.keys(effects.purchase);
  const leaving = Object.keys(effects.leaving);
  const empty = {
    repeats: nothing,
    lastWeek: nothing,
    observedWeeks,
    purchaseWeeks: Array.from(nothing, () => []),
  };
  const later = new Float64Array(size);
  const faster = (own: Record<string, number>, process: readonly string[], values: Float64Array) =>
    Math.exp(process.reduce((sum, name, k) => sum + own[name]! * values[k]!, 0));
  const purchaseWeeks = walksOf(empty, calendar, purchase, leaving, laterWeeks).map((walk, i) => {
    const weeks: number[] = [];
    const rate = random.gamma(parameters.r, parameters.alpha);
    // What is left of the operational times until the next purchase and until leaving.
    let toPurchase = random.exponential(rate);
    let toLeaving = random.exponential(random.gamma(parameters.s, parameters.beta));
    for (const stretch of walk.stretches) {
      const a = faster(effects.purchase, purchase, stretch.purchase);
      const b = faster(effects.leaving, leaving, stretch.leaving);
      const until = Math.min(stretch.length, toLeaving / b);
      let week = toPurchase / a;
      while (week < until) {
        if (stretch.from + week <= observedWeeks[i]!) weeks.push(stretch.from + week);
        else later[i]! += 1;
        toPurchase += random.exponential(rate);
        week = toPurchase / a;
      }
      toPurchase -= a * until;
      toLeaving -= b * stretch.length;
      if (toLeaving <= 0) break;
    }
    return weeks;
  });
  return {
    histories: {
      repeats: Float64Array.from(purchaseWeeks, (weeks) => weeks.length),
      lastWeek: Float64Array.from(purchaseWeeks, (weeks) => weeks.at(-1) ?? 0),
      observedWeeks,
      purchaseWeeks,
    },
    later,
  };
}
