import gamma from "@stdlib/stats-base-dists-gamma";
import { EigenvalueDecomposition, Matrix } from "ml-matrix";
import { type Curvature, maximise } from "../optimise.ts";
import {
  type CovariateColumns,
  type CovariateEffects,
  cellsOf,
  distinctAt,
  parametersAt,
} from "./covariates.ts";
import type { FitDiagnostics, FitFailed } from "./fit-report.ts";
import type { PurchaseHistories, WeightedHistories } from "./histories.ts";
import { byName, edge, notConverged } from "./maximum-likelihood.ts";
import type { ModelParameters, PurchaseModel } from "./purchase-model.ts";

export interface CovariateOptions {
  /** Covariates of how often customers buy, and of how they leave; a name may stand in both. */
  purchase: readonly string[];
  leaving: readonly string[];
  /** Those of both that are held to one and the same effect in both processes. */
  equal?: readonly string[];
  /**
   * L2 penalty: what is maximised is the mean log-likelihood of a customer less `penalty` times the sum of the squared
   * effects. 0 unless said otherwise. A penalised fit has no standard errors and no likelihood-ratio test.
   */
  penalty?: number;
}

/** Whether the covariates tell anything: twice the gain in log-likelihood against a chi-squared distribution. */
export interface LikelihoodRatio {
  statistic: number;
  degrees: number;
  /** The chance of such a gain if no covariate had an effect; below 1e-15 it is 0. */
  pValue: number;
  plainLogLikelihood: number;
}

export interface CovariateFitFound<Parameters extends ModelParameters> {
  ok: true;
  /** Of customers whose covariates are all 0. */
  parameters: Parameters;
  effects: CovariateEffects;
  /** From the inverse observed information; NaN for one at its bound and in a penalised fit. */
  standardErrors: Parameters;
  effectErrors: CovariateEffects;
  /** Without the penalty. */
  logLikelihood: number;
  customers: number;
  /** Undefined for a penalised fit. */
  test?: LikelihoodRatio;
  diagnostics: Omit<FitDiagnostics<string>, "starts" | "startsAgreeing">;
}

export interface CovariateFailed {
  ok: false;
  reason: FitFailed["reason"] | "constant_covariate" | "covariates_alike";
  message: string;
}

interface Coefficient {
  name: string;
  processes: readonly ("purchase" | "leaving")[];
  /** The covariate's standard deviation, by which it is divided while searching. */
  spread: number;
}

/**
 * Maximum likelihood of a purchase model whose customers differ by known covariates (persona, channel, first product).
 *
 * Starts at the optimum without covariates, so it can never end below it. Throws `RangeError` for columns that are
 * missing or hold no numbers and `InvalidHistories` for impossible rows.
 */
export function fitWithCovariates<Parameters extends ModelParameters>(
  model: PurchaseModel<Parameters>,
  histories: PurchaseHistories,
  columns: CovariateColumns,
  options: CovariateOptions,
): CovariateFitFound<Parameters> | CovariateFailed {
  const { purchase, leaving, equal = [], penalty = 0 } = options;
  if (!(penalty >= 0 && penalty < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`The penalty must be 0 or more, not ${penalty}.`);
  }
  for (const name of equal) {
    if (!purchase.includes(name) || !leaving.includes(name)) {
      throw new RangeError(`The covariate ${name} cannot have equal effects: it is not in both processes.`);
    }
  }
  if (leaving.length > 0 && Object.keys(model.effects.leaving).length === 0) {
    throw new RangeError(`${model.name} knows no leaving, so it has no covariates of it.`);
  }
  const names = [...new Set([...purchase, ...leaving])];
  const size = histories.repeats.length;
  const cells = cellsOf(names, columns, size);
  const plain = model.fit(histories);
  if (!plain.ok) return plain;
  const spreads = new Map(names.map((name) => [name, spreadOf(columns[name]!)]));
  for (const [name, spread] of spreads) {
    if (!(spread > 0)) {
      return {
        ok: false,
        reason: "constant_covariate",
        message: `The covariate ${name} is the same for every customer, so its effect is not identified. Leave it out.`,
      };
    }
  }
  if (alike(names.map((name) => columns[name]!))) {
    return {
      ok: false,
      reason: "covariates_alike",
      message: `The covariates ${names.join(", ")} determine each other, so their effects are not identified. Leave one out.`,
    };
  }

  const coefficients: Coefficient[] = [
    ...equal.map((name) => coefficient(name, ["purchase", "leaving"])),
    ...purchase.filter((name) => !equal.includes(name)).map((name) => coefficient(name, ["purchase"])),
    ...leaving.filter((name) => !equal.includes(name)).map((name) => coefficient(name, ["leaving"])),
  ];
  function coefficient(name: string, processes: Coefficient["processes"]): Coefficient {
    return { name, processes, spread: spreads.get(name)! };
  }
  const longest = histories.observedWeeks.reduce((most, weeks) => Math.max(most, weeks), 0);
  const scale = 10 / longest;
  const scaled = {
    ...histories,
    lastWeek: histories.lastWeek.map((week) => week * scale),
    observedWeeks: histories.observedWeeks.map((week) => week * scale),
  };
  const ready = cells.map(({ values, rows }) => ({
    histories: distinctAt(scaled, rows),
    moves: model.parameterNames.map((parameter) =>
      coefficients.map(({ name, processes, spread }) =>
        processes.reduce(
          (sum, process) => sum + ((model.effects[process][parameter] ?? 0) * values[name]!) / spread,
          0,
        ),
      ),
    ),
  }));
  const base = model.parameterNames.length;
  const isTime = (name: keyof Parameters & string) => model.timeParameters.includes(name);
  const start = [
    ...model.parameterNames.map((name) => Math.log(plain.parameters[name]! * (isTime(name) ? scale : 1))),
    ...coefficients.map(() => 0),
  ];
  const weightOf = penalty * plain.customers;
  const best = maximise((point) => curvature(model, ready, coefficients, weightOf, point), start, {
    lower: start.map((_, i) => (i < base ? -edge : -10)),
    upper: start.map((_, i) => (i < base ? edge : 10)),
  });
  if (!best.converged) return notConverged(best, 1);

  const values = model.parameterNames.map((name, i) => Math.exp(best.point[i]!) / (isTime(name) ? scale : 1));
  const parameters = byName(model.parameterNames, values) as Parameters;
  const effects: CovariateEffects = { purchase: {}, leaving: {} };
  const effectErrors: CovariateEffects = { purchase: {}, leaving: {} };
  const deviation = (i: number) =>
    best.atBound[i] || penalty > 0 ? Number.NaN : Math.sqrt(best.covariance[i]![i]!);
  coefficients.forEach(({ name, processes, spread }, k) => {
    for (const process of processes) {
      effects[process][name] = best.point[base + k]! / spread;
      effectErrors[process][name] = deviation(base + k) / spread;
    }
  });
  let logLikelihood = 0;
  for (const { values: own, rows } of cells) {
    const at = distinctAt(histories, rows);
    logLikelihood += model.logLikelihood(parametersAt(model, parameters, effects, own), at);
  }
  const all = [
    ...model.parameterNames,
    ...coefficients.map(({ name, processes }) => `${processes.join("+")}.${name}`),
  ];
  return {
    ok: true,
    parameters,
    effects,
    standardErrors: byName(
      model.parameterNames,
      values.map((value, i) => value * deviation(i)),
    ) as Parameters,
    effectErrors,
    logLikelihood,
    customers: plain.customers,
    ...(penalty > 0
      ? {}
      : { test: likelihoodRatio(plain.logLikelihood, logLikelihood, coefficients.length) }),
    diagnostics: {
      steps: best.steps,
      gradientNorm: best.gradientNorm,
      hessianCondition: best.condition,
      atBound: all.filter((_, i) => best.atBound[i]),
    },
  };
}

/** Of a model within another that has `degrees` more parameters. */
export function likelihoodRatio(plain: number, richer: number, degrees: number): LikelihoodRatio {
  const statistic = Math.max(0, 2 * (richer - plain));
  return {
    statistic,
    degrees,
    pValue: degrees === 0 ? 1 : Math.max(0, 1 - gamma.cdf(statistic, degrees / 2, 0.5)),
    plainLogLikelihood: plain,
  };
}

/** The cells' derivatives in their own parameters, carried over to those that all share. */
function curvature<Parameters extends ModelParameters>(
  model: PurchaseModel<Parameters>,
  cells: readonly { histories: WeightedHistories; moves: readonly (readonly number[])[] }[],
  coefficients: readonly Coefficient[],
  penalty: number,
  point: readonly number[],
): Curvature {
  const base = model.parameterNames.length;
  const size = base + coefficients.length;
  const gradient = new Array<number>(size).fill(0);
  const hessian = Array.from({ length: size }, () => new Array<number>(size).fill(0));
  let value = 0;
  for (const { histories, moves } of cells) {
    const logs = moves.map((row, i) =>
      row.reduce((sum, move, k) => sum + move * point[base + k]!, point[i]!),
    );
    const own = model.curvature(logs, histories);
    value += own.value;
    // How each of the cell's logs moves with each of the shared coordinates.
    const slope = (i: number, at: number) => (at < base ? Number(at === i) : moves[i]![at - base]!);
    for (let p = 0; p < size; p++) {
      for (let i = 0; i < base; i++) {
        const ip = slope(i, p);
        if (ip === 0) continue;
        gradient[p]! += ip * own.gradient[i]!;
        for (let q = 0; q < size; q++) {
          for (let j = 0; j < base; j++) hessian[p]![q]! += ip * own.hessian[i]![j]! * slope(j, q);
        }
      }
    }
  }
  coefficients.forEach(({ spread }, k) => {
    const at = base + k;
    const strength = penalty / (spread * spread);
    value -= strength * point[at]! ** 2;
    gradient[at]! -= 2 * strength * point[at]!;
    hessian[at]![at]! -= 2 * strength;
  });
  return { value, gradient, hessian };
}

function spreadOf(column: Float64Array): number {
  const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
  return Math.sqrt(column.reduce((sum, value) => sum + (value - mean) ** 2, 0) / column.length);
}

/** Whether some column is, up to rounding, a sum of multiples of the others and a constant. */
function alike(columns: readonly Float64Array[]): boolean {
  if (columns.length < 2) return false;
  const standard = columns.map((column) => {
    const mean = column.reduce((sum, value) => sum + value, 0) / column.length;
    const spread = spreadOf(column);
    return column.map((value) => (value - mean) / spread);
  });
  const products = standard.map((one) =>
    standard.map((other) => one.reduce((sum, value, i) => sum + value * other[i]!, 0) / one.length),
  );
  const { realEigenvalues } = new EigenvalueDecomposition(new Matrix(products), { assumeSymmetric: true });
  return Math.min(...realEigenvalues) < 1e-9;
}
