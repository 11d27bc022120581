import { inverseTables, logBetaRatioTable, logRisingTable } from "../special.ts";
import { discountedOpportunities } from "./bg-bb.ts";
import { type Fit, failed } from "./fit-report.ts";
import { fitFromStarts } from "./maximum-likelihood.ts";

/** At each renewal a customer leaves with a chance that is Beta(alpha, beta) over customers. */
export type SbgParameters = { alpha: number; beta: number };

/**
 * Customers who began a contract at the same time: `survivors[t]` of them are still there after t renewals, and
 * `survivors[0]` is how many began. Cohorts may be observed for different numbers of renewals; those still there at
 * the end are censored, not lost.
 */
export interface ContractCohort {
  readonly survivors: readonly number[];
}

const names = ["alpha", "beta"] as const;

/** How many left at the t-th renewal, and of how many no more than t renewals are known. */
function countsOf(cohorts: readonly ContractCohort[]) {
  const renewals = Math.max(0, ...cohorts.map(({ survivors }) => survivors.length - 1));
  const lost = new Float64Array(renewals + 1);
  const censored = new Float64Array(renewals + 1);
  cohorts.forEach(({ survivors }, at) => {
    if (survivors.length === 0) throw new RangeError(`Cohort ${at} is empty: it needs at least its size.`);
    survivors.forEach((count, t) => {
      if (!(count >= 0 && count < Number.POSITIVE_INFINITY)) {
        throw new RangeError(
          `Cohort ${at}: ${count} survivors after ${t} renewals are not a number of customers.`,
        );
      }
      if (t === 0) return;
      const before = survivors[t - 1]!;
      if (count > before) {
        throw new RangeError(
          `Cohort ${at}: ${count} survivors after ${t} renewals are more than the ${before} before. ` +
            "Who comes back later is not a survivor.",
        );
      }
      lost[t]! += before - count;
    });
    censored[survivors.length - 1]! += survivors.at(-1)!;
  });
  return { renewals, lost, censored };
}

function curvature(logs: readonly number[], { renewals, lost, censored }: ReturnType<typeof countsOf>) {
  const alpha = Math.exp(logs[0]!);
  const beta = Math.exp(logs[1]!);
  const stay = { log: logRisingTable(beta, renewals), ...inverseTables(beta, renewals) };
  const both = { log: logRisingTable(alpha + beta, renewals), ...inverseTables(alpha + beta, renewals) };
  let value = 0;
  let ga = 0;
  let gb = 0;
  let haa = 0;
  let hab = 0;
  let hbb = 0;
  const add = (weight: number, left: 0 | 1, t: number) => {
    if (weight === 0) return;
    // P(left at t) = alpha (beta)_(t-1) / (alpha+beta)_t, and S(t) = (beta)_t / (alpha+beta)_t.
    const stayed = t - left;
    value += weight * (left * logs[0]! + stay.log[stayed]! - both.log[t]!);
    ga += weight * (left / alpha - both.first[t]!);
    gb += weight * (stay.first[stayed]! - both.first[t]!);
    haa += weight * (both.second[t]! - left / (alpha * alpha));
    hab += weight * both.second[t]!;
    hbb += weight * (both.second[t]! - stay.second[stayed]!);
  };
  for (let t = 0; t <= renewals; t++) {
    if (t > 0) add(lost[t]!, 1, t);
    add(censored[t]!, 0, t);
  }
  return {
    value,
    gradient: [alpha * ga, beta * gb],
    hessian: [
      [alpha * alpha * haa + alpha * ga, alpha * beta * hab],
      [alpha * beta * hab, beta * beta * hbb + beta * gb],
    ],
  };
}

function checkedRate(rate: number): number {
  if (!(rate > 0 && rate < Number.POSITIVE_INFINITY)) {
    throw new RangeError(`The discount a renewal must be above 0, such as 0.1 for 10 %, not ${rate}.`);
  }
  return rate;
}

/**
 * sBG (shifted beta-geometric): contracts that are renewed or not, such as subscriptions and memberships.
 *
 * Retention rises from renewal to renewal although nobody becomes more loyal: those who were to leave have left.
 * Sources: Fader and Hardie (2007), "How to Project Customer Retention", Journal of Interactive Marketing 21;
 * (2010), "Customer-Base Valuation in a Contractual Setting: The Perils of Ignoring Heterogeneity", Marketing
 * Science 29 (discounted lifetimes).
 */
export const sbg = {
  name: "sBG",
  parameterNames: names,
  /** Maximum likelihood, or the reason why there is none. Throws `RangeError` for impossible cohorts. */
  fit(cohorts: readonly ContractCohort[]): Fit<SbgParameters> {
    const counts = countsOf(cohorts);
    const customers = cohorts.reduce((sum, { survivors }) => sum + survivors[0]!, 0);
    if (customers === 0) return failed("no_customers", "There is no customer to fit.");
    if (counts.renewals === 0) return failed("no_time_observed", "No cohort has come to its first renewal.");
    if (counts.renewals === 1) {
      return failed(
        "too_few_periods",
        "Only one renewal is observed: how customers differ shows from the second renewal of a cohort on.",
      );
    }
    const gone = counts.lost.reduce((sum, one) => sum + one, 0);
    if (gone === 0)
      return failed("nobody_left", "Nobody has left, so the chance of leaving is not identified.");
    const starts = [
      [1, 2],
      [0.5, 5],
      [3, 10],
      [0.3, 0.3],
    ].map(([alpha, beta]) => ({ alpha: alpha!, beta: beta! }));
    return fitFromStarts(names, starts, (logs) => curvature(logs, counts), customers);
  },
  logLikelihood(parameters: SbgParameters, cohorts: readonly ContractCohort[]): number {
    return curvature([Math.log(parameters.alpha), Math.log(parameters.beta)], countsOf(cohorts)).value;
  },
  /** The share of a cohort that is still there after 0, 1 … `renewals` renewals. */
  survival({ alpha, beta }: SbgParameters, renewals: number): Float64Array {
    return logBetaRatioTable(alpha, beta, renewals).map(Math.exp);
  },
  /** Of those who are there, the share that renews at the 1st, 2nd … `renewals`-th renewal. */
  retention({ alpha, beta }: SbgParameters, renewals: number): Float64Array {
    return Float64Array.from({ length: renewals }, (_, t) => (beta + t) / (alpha + beta + t));
  },
  /** The share of a cohort that leaves at the 1st, 2nd … `renewals`-th renewal. */
  leaving(parameters: SbgParameters, renewals: number): Float64Array {
    const survival = sbg.survival(parameters, renewals);
    const { alpha, beta } = parameters;
    return Float64Array.from({ length: renewals }, (_, t) => (survival[t]! * alpha) / (alpha + beta + t));
  },
  /**
   * Discounted expected lifetime (DEL), in payments, of a customer yet to be won who pays at the start and at each
   * renewal: the sum of S(t) / (1 + rate)^t from t = 0.
   */
  discountedLifetime({ alpha, beta }: SbgParameters, rate: number): number {
    return 1 + discountedOpportunities(alpha, beta, checkedRate(rate));
  },
  /**
   * Discounted expected residual lifetime (DERL), in payments, of a customer who has renewed `renewals` times and
   * stands right before the next renewal, whose payment is not discounted.
   */
  discountedResidual({ alpha, beta }: SbgParameters, renewals: number, rate: number): number {
    return (1 + checkedRate(rate)) * discountedOpportunities(alpha, beta + renewals, rate);
  },
} as const;
