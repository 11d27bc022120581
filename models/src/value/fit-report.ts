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

export type FitFailure =
  | "no_customers"
  | "no_repeat_buyers"
  | "no_time_observed"
  | "nobody_left"
  | "too_few_periods"
  | "not_converged";

/** A fit that did not succeed: a reason to show, never a number to use. */
export interface FitFailed {
  ok: false;
  reason: FitFailure;
  message: string;
}

export type Fit<Parameters extends object> = FitFound<Parameters> | FitFailed;

export function failed(reason: FitFailure, message: string): FitFailed {
  return { ok: false, reason, message };
}
