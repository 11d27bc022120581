import normal from "@stdlib/stats-base-dists-normal";
import type { FitFound } from "./fit-report.ts";
import type { PurchaseForecast } from "./forecast.ts";
import { expectedSpends, type GammaGammaParameters } from "./gamma-gamma.ts";
import type { PurchaseHistories } from "./histories.ts";
import type { ModelParameters, PurchaseModel } from "./purchase-model.ts";

export interface TotalRequest<Parameters extends ModelParameters> {
  model: PurchaseModel<Parameters>;
  fit: FitFound<Parameters>;
  histories: PurchaseHistories;
  weeks: number;
  spend?: { fit: FitFound<GammaGammaParameters>; meanSpend: Float64Array };
  /** The forecast of the same customers, at the same parameters and weeks. */
  forecast: PurchaseForecast;
  /** 0.95 unless said otherwise. */
  level?: number;
}

export interface Total {
  expected: number;
  low: number;
  high: number;
  /** The part of the standard deviation that more customers would average away … */
  ownDeviation: number;
  /** … and the part that stems from not knowing the parameters, which all customers share. */
  parameterDeviation: number;
}

export interface Totals {
  purchases: Total;
  /** Undefined without spend, or when spend has no finite mean or variance. */
  value?: Total;
}

/**
 * What all these customers will buy, and spend, together, with a predictive interval.
 *
 * Customers are independent given the parameters, so their own variances add up; the parameters' errors hit
 * all at once and enter by the delta method (central differences in log parameters). Normal approximation:
 * from a few hundred customers on. It covers chance and estimation, not a model or a season that is wrong.
 */
export function totalsOf<Parameters extends ModelParameters>(request: TotalRequest<Parameters>): Totals {
  const { model, fit, histories, weeks, spend, forecast, level = 0.95 } = request;
  const half = normal.quantile(1 - (1 - level) / 2, 0, 1);
  const spendNames = ["p", "q", "v"] as const;
  const unit = new Float64Array(histories.repeats.length).fill(1);
  const perPurchase = spend ? spendsAt(spend.fit.parameters, histories, spend.meanSpend) : unit;

  const countSlopes: number[] = [];
  const valueSlopes: number[] = [];
  for (const name of model.parameterNames) {
    const [up, down] = [1, -1].map((side) =>
      model.expectedPurchases(moved(fit.parameters, name, side), histories, weeks),
    );
    countSlopes.push(slope(up!, down!, unit));
    valueSlopes.push(slope(up!, down!, perPurchase));
  }
  const purchases = total(
    forecast.expectedPurchases,
    forecast.purchaseVariance,
    quadratic(countSlopes, fit.logCovariance),
    half,
  );
  if (!spend || !forecast.value) return { purchases };
  const spendSlopes = spendNames.map((name) => {
    const [up, down] = [1, -1].map((side) =>
      spendsAt(moved(spend.fit.parameters, name, side), histories, spend.meanSpend),
    );
    return slope(up!, down!, forecast.expectedPurchases);
  });
  const value = total(
    forecast.value.expectedValue,
    forecast.value.variance,
    quadratic(valueSlopes, fit.logCovariance) + quadratic(spendSlopes, spend.fit.logCovariance),
    half,
  );
  return Number.isFinite(value.high) ? { purchases, value } : { purchases };
}

const step = 1e-4;

function moved<P extends object>(parameters: P, name: keyof P, side: number): P {
  return { ...parameters, [name]: (parameters[name] as number) * Math.exp(side * step) };
}

function spendsAt(parameters: GammaGammaParameters, histories: PurchaseHistories, meanSpend: Float64Array) {
  return expectedSpends(parameters, { repeats: histories.repeats, meanSpend });
}

/** Derivative of the sum of value * weight in a log parameter. */
function slope(up: Float64Array, down: Float64Array, weight: Float64Array): number {
  let sum = 0;
  for (let i = 0; i < up.length; i++) sum += weight[i]! * (up[i]! - down[i]!);
  return sum / (2 * step);
}

function quadratic(slopes: number[], covariance: number[][]): number {
  return slopes.reduce(
    (sum, s, i) => sum + slopes.reduce((row, t, j) => row + s * covariance[i]![j]! * t, 0),
    0,
  );
}

function total(
  expected: Float64Array,
  variance: Float64Array,
  parameterVariance: number,
  half: number,
): Total {
  let sum = 0;
  let own = 0;
  for (let i = 0; i < expected.length; i++) {
    sum += expected[i]!;
    own += variance[i]!;
  }
  const deviation = Math.sqrt(own + parameterVariance);
  return {
    expected: sum,
    low: Math.max(0, sum - half * deviation),
    high: sum + half * deviation,
    ownDeviation: Math.sqrt(own),
    parameterDeviation: Math.sqrt(parameterVariance),
  };
}
