import { type Curvature, type Maximum, maximise } from "../optimise.ts";
import { type Fit, type FitFailed, type FitFound, failed } from "./fit-report.ts";
import type { ModelParameters } from "./purchase-model.ts";

/** Bounds of the search in logs: where an optimum lies beyond, that part of the model is not identified. */
export const edge = Math.log(1e5);

/** The best of several searches: a verified maximum before any other point. */
export function highest(ends: readonly Maximum[]): Maximum {
  return ends.reduce((top, end) =>
    Number(end.converged) - Number(top.converged) > 0 ||
    (end.converged === top.converged && end.value > top.value)
      ? end
      : top,
  );
}

export function notConverged(best: Maximum, starts: number): FitFailed {
  return failed(
    "not_converged",
    `The search from ${starts} starts ended where it is no maximum ` +
      `(largest derivative ${best.gradientNorm.toExponential(1)} after ${best.steps} steps).`,
  );
}

export function byName(names: readonly string[], values: readonly number[]): Record<string, number> {
  return Object.fromEntries(names.map((name, i) => [name, values[i]!]));
}

/** What a search in the logs of the parameters found, in the parameters' own units. */
export function foundAt<Parameters extends ModelParameters>(
  names: readonly (keyof Parameters & string)[],
  best: Maximum,
  explored: readonly Maximum[],
  fit: { values: number[]; logLikelihood: number; customers: number },
): FitFound<Parameters> {
  const top = Math.max(...explored.map((end) => end.value));
  return {
    ok: true,
    parameters: byName(names, fit.values) as Parameters,
    standardErrors: byName(
      names,
      fit.values.map((value, i) =>
        best.atBound[i] ? Number.NaN : value * Math.sqrt(best.covariance[i]![i]!),
      ),
    ) as Parameters,
    logCovariance: best.covariance,
    logLikelihood: fit.logLikelihood,
    customers: fit.customers,
    diagnostics: {
      steps: best.steps,
      gradientNorm: best.gradientNorm,
      hessianCondition: best.condition,
      atBound: names.filter((_, i) => best.atBound[i]),
      starts: explored.length,
      startsAgreeing: explored.filter((end) => end.value > top - 1e-3).length,
    },
  };
}

/** Maximum likelihood of a model without units of time, in the logs of its parameters, from several starts. */
export function fitFromStarts<Parameters extends ModelParameters>(
  names: readonly (keyof Parameters & string)[],
  starts: readonly Parameters[],
  curvature: (logs: readonly number[]) => Curvature,
  customers: number,
): Fit<Parameters> {
  const ends = starts.map((start) =>
    maximise(
      curvature,
      names.map((name) => Math.log(start[name]!)),
      { lower: names.map(() => -edge), upper: names.map(() => edge) },
    ),
  );
  const best = highest(ends);
  if (!best.converged) return notConverged(best, ends.length);
  return foundAt(names, best, ends, {
    values: best.point.map(Math.exp),
    logLikelihood: best.value,
    customers,
  });
}
