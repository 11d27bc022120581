import { inverseTables, largest, logBetaRatioTable, logRisingTable } from "../special.ts";
import { type Fit, failed } from "./fit-report.ts";
import { fitFromStarts } from "./maximum-likelihood.ts";
import { mixedWithGone } from "./purchase-model.ts";
import { betaNodes } from "./while-staying.ts";

/**
 * At each opportunity an active customer buys with a chance that is Beta(alpha, beta) over customers, having first
 * left for good with a chance that is Beta(gamma, delta).
 */
export type BgBbParameters = { alpha: number; beta: number; gamma: number; delta: number };

/**
 * Histories in columns: purchases at `repeats` of the `opportunities` after the first purchase, the last of them at
 * number `lastOpportunity` (0 without repeats). Opportunities are counted, not timed: yearly appeals, events,
 * seasons.
 */
export interface OpportunityHistories {
  readonly repeats: Float64Array;
  readonly lastOpportunity: Float64Array;
  readonly opportunities: Float64Array;
  readonly weights?: Float64Array;
}

const names = ["alpha", "beta", "gamma", "delta"] as const;

/** Columns that cannot be such histories: the message names the row and the reason. */
function check({ repeats, lastOpportunity, opportunities, weights }: OpportunityHistories): void {
  const rows = repeats.length;
  if (
    lastOpportunity.length !== rows ||
    opportunities.length !== rows ||
    (weights && weights.length !== rows)
  ) {
    throw new RangeError("The columns of the histories differ in length.");
  }
  for (let i = 0; i < rows; i++) {
    const [x, last, n] = [repeats[i]!, lastOpportunity[i]!, opportunities[i]!];
    const whole = Number.isInteger(x) && Number.isInteger(last) && Number.isInteger(n);
    if (!whole || x < 0 || x > last || last > n || (x === 0 && last > 0) || (weights && !(weights[i]! > 0))) {
      throw new RangeError(
        `Row ${i}: repeats ${x}, lastOpportunity ${last}, opportunities ${n} are no history; whole numbers with ` +
          "repeats <= lastOpportunity <= opportunities are.",
      );
    }
  }
}

/** The logs of the four rising factorials and their two joint ones, up to n. */
function tables({ alpha, beta, gamma, delta }: BgBbParameters, nMax: number) {
  const of = (c: number) => ({ log: logRisingTable(c, nMax + 1), ...inverseTables(c, nMax + 1) });
  return {
    alpha: of(alpha),
    beta: of(beta),
    both: of(alpha + beta),
    delta: of(delta),
    leaving: of(gamma + delta),
  };
}

/**
 * The logs of the ways in which a history can have come about, after `row` of them the last: active to the end, or
 * having left after opportunity `lastOpportunity` + i. `visit` gets for each its log, the purchases not made (m)
 * and the opportunities stayed (k), and whether they have left.
 */
function ways(
  t: ReturnType<typeof tables>,
  logGamma: number,
  x: number,
  last: number,
  n: number,
  visit: (log: number, m: number, k: number, left: 0 | 1) => void,
): void {
  const bought = (m: number) => t.alpha.log[x]! + t.beta.log[m]! - t.both.log[x + m]!;
  visit(bought(n - x) + t.delta.log[n]! - t.leaving.log[n]!, n - x, n, 0);
  for (let k = last; k < n; k++) {
    visit(bought(k - x) + logGamma + t.delta.log[k]! - t.leaving.log[k + 1]!, k - x, k, 1);
  }
}

/** Log-likelihood of each row, its weight not applied. Source: Fader, Hardie and Shang (2010), equation 5. */
function logLikelihoods(parameters: BgBbParameters, histories: OpportunityHistories): Float64Array {
  check(histories);
  const { repeats, lastOpportunity, opportunities } = histories;
  const t = tables(parameters, largest(opportunities));
  const logGamma = Math.log(parameters.gamma);
  return repeats.map((x, i) => {
    const logs: number[] = [];
    ways(t, logGamma, x, lastOpportunity[i]!, opportunities[i]!, (log) => logs.push(log));
    const top = Math.max(...logs);
    return top + Math.log(logs.reduce((sum, log) => sum + Math.exp(log - top), 0));
  });
}

function curvature(logs: readonly number[], histories: OpportunityHistories) {
  const [alpha, beta, gamma, delta] = logs.map(Math.exp) as [number, number, number, number];
  const scale = [alpha, beta, gamma, delta];
  const { repeats, lastOpportunity, opportunities, weights } = histories;
  const t = tables({ alpha, beta, gamma, delta }, largest(opportunities));
  const each = logLikelihoods({ alpha, beta, gamma, delta }, histories);
  const first = new Float64Array(4);
  const second = new Float64Array(16);
  let value = 0;
  const mean = new Float64Array(4);
  const h = new Float64Array(16);
  for (let i = 0; i < repeats.length; i++) {
    const weight = weights ? weights[i]! : 1;
    const x = repeats[i]!;
    mean.fill(0);
    h.fill(0);
    // The derivatives of a log of a sum: means of the terms' own, and their covariance.
    ways(t, logs[2]!, x, lastOpportunity[i]!, opportunities[i]!, (log, m, k, left) => {
      const share = Math.exp(log - each[i]!);
      const p1 = t.both.first[x + m]!;
      const p2 = t.both.second[x + m]!;
      const q1 = t.leaving.first[k + left]!;
      const q2 = t.leaving.second[k + left]!;
      const g = [t.alpha.first[x]! - p1, t.beta.first[m]! - p1, left / gamma - q1, t.delta.first[k]! - q1];
      h[0]! += share * (p2 - t.alpha.second[x]!);
      h[1]! += share * p2;
      h[5]! += share * (p2 - t.beta.second[m]!);
      h[10]! += share * (q2 - left / (gamma * gamma));
      h[11]! += share * q2;
      h[15]! += share * (q2 - t.delta.second[k]!);
      for (let a = 0; a < 4; a++) {
        mean[a]! += share * g[a]!;
        for (let b = a; b < 4; b++) h[4 * a + b]! += share * g[a]! * g[b]!;
      }
    });
    value += weight * each[i]!;
    for (let a = 0; a < 4; a++) {
      first[a]! += weight * mean[a]!;
      for (let b = a; b < 4; b++) second[4 * a + b]! += weight * (h[4 * a + b]! - mean[a]! * mean[b]!);
    }
  }
  const gradient = scale.map((p, a) => p * first[a]!);
  const hessian = scale.map((p, a) =>
    scale.map((q, b) => p * q * second[4 * Math.min(a, b) + Math.max(a, b)]! + (a === b ? gradient[a]! : 0)),
  );
  return { value, gradient, hessian };
}

/** The chance of having survived each of the next 1 … count opportunities, for leaving ~ Beta(a, b). */
function staying(a: number, b: number, count: number): Float64Array {
  return logBetaRatioTable(a, b, count).map(Math.exp);
}

interface Posterior {
  /** Active when the last observed opportunity has passed. */
  alive: number;
  p: { a: number; b: number };
  leaving: { a: number; b: number };
}

function posteriors(parameters: BgBbParameters, histories: OpportunityHistories): Posterior[] {
  const { alpha, beta, gamma, delta } = parameters;
  const { repeats, opportunities } = histories;
  const each = logLikelihoods(parameters, histories);
  const t = tables(parameters, largest(opportunities));
  return Array.from(repeats, (x, i) => {
    const n = opportunities[i]!;
    const active =
      t.alpha.log[x]! + t.beta.log[n - x]! - t.both.log[n]! + t.delta.log[n]! - t.leaving.log[n]!;
    return {
      alive: Math.min(1, Math.exp(active - each[i]!)),
      p: { a: alpha + x, b: beta + n - x },
      leaving: { a: gamma, b: delta + n },
    };
  });
}

function expectedOf({ alive, p, leaving }: Posterior, count: number, rate: number): number {
  const stays = staying(leaving.a, leaving.b, count);
  let sum = 0;
  for (let i = 1; i <= count; i++) sum += stays[i]! / (1 + rate) ** i;
  return alive * (p.a / (p.a + p.b)) * sum;
}

/** The mean over theta ~ Beta(a, b) of (1 - theta) / (rate + theta): the opportunities ahead, discounted. */
export function discountedOpportunities(a: number, b: number, rate: number): number {
  const { p, weight } = betaNodes(a, b, -40 - Math.log(1 + 1 / rate));
  let sum = 0;
  for (let i = 0; i < p.length; i++) sum += (weight[i]! * (1 - p[i]!)) / (rate + p[i]!);
  return sum;
}

function chancesOf({ alive, p, leaving }: Posterior, count: number, nMax: number): Float64Array {
  const stays = staying(leaving.a, leaving.b, count);
  const chances = new Float64Array(nMax + 1);
  for (let opportunities = 0; opportunities <= count; opportunities++) {
    const share = stays[opportunities]! - (opportunities < count ? stays[opportunities + 1]! : 0);
    // Beta-binomial: the chance of n of these opportunities being taken.
    const none = logBetaRatioTable(p.a, p.b, opportunities)[opportunities]!;
    let chance = Math.exp(none);
    for (let n = 0; n <= Math.min(nMax, opportunities); n++) {
      if (n > 0) {
        chance *= ((opportunities - n + 1) / n) * ((p.a + n - 1) / (p.b + opportunities - n));
      }
      chances[n]! += share * chance;
    }
  }
  return mixedWithGone(alive, chances);
}

function wholeCount(count: number): number {
  if (!(Number.isInteger(count) && count >= 0)) {
    throw new RangeError(`Opportunities are counted in whole numbers from 0, not ${count}.`);
  }
  return count;
}

/**
 * BG/BB: purchases at counted opportunities, such as yearly donations or the visits to an event.
 *
 * Source: Fader, Hardie and Shang (2010), "Customer-Base Analysis in a Discrete-Time Noncontractual Setting",
 * Marketing Science 29.
 */
export const bgBb = {
  name: "BG/BB",
  parameterNames: names,
  /** Maximum likelihood, or the reason why there is none. Throws `RangeError` for impossible rows. */
  fit(histories: OpportunityHistories): Fit<BgBbParameters> {
    check(histories);
    const { repeats, opportunities, weights } = histories;
    const customers = repeats.reduce((sum, _, i) => sum + (weights ? weights[i]! : 1), 0);
    if (customers === 0) return failed("no_customers", "There is no customer to fit.");
    if (largest(opportunities) === 0) {
      return failed("no_time_observed", "No customer had an opportunity after the first purchase.");
    }
    if (largest(repeats) === 0) {
      return failed(
        "no_repeat_buyers",
        "No customer bought a second time, so the chance to buy is not identified.",
      );
    }
    const starts = [
      [1, 1, 1, 3],
      [0.5, 2, 0.5, 5],
      [2, 2, 0.5, 1],
      [1, 0.5, 2, 10],
    ].map(([alpha, beta, gamma, delta]) => ({
      alpha: alpha!,
      beta: beta!,
      gamma: gamma!,
      delta: delta!,
    }));
    return fitFromStarts(names, starts, (logs) => curvature(logs, histories), customers);
  },
  logLikelihoods,
  logLikelihood(parameters: BgBbParameters, histories: OpportunityHistories): number {
    const { weights } = histories;
    return logLikelihoods(parameters, histories).reduce(
      (sum, one, i) => sum + one * (weights ? weights[i]! : 1),
      0,
    );
  },
  /** The chance, in [0, 1], that each customer takes part in the next opportunity. */
  probabilityAlive(parameters: BgBbParameters, histories: OpportunityHistories): Float64Array {
    return Float64Array.from(
      posteriors(parameters, histories),
      ({ alive, leaving }) => (alive * leaving.b) / (leaving.a + leaving.b),
    );
  },
  /** Expected purchases of each customer at the next `count` opportunities. */
  expectedPurchases(
    parameters: BgBbParameters,
    histories: OpportunityHistories,
    count: number,
  ): Float64Array {
    wholeCount(count);
    return Float64Array.from(posteriors(parameters, histories), (one) => expectedOf(one, count, 0));
  },
  /** The same, that at the i-th divided by (1 + rate)^i; `count` may be Infinity (DERT) at a rate above 0. */
  discountedPurchases(
    parameters: BgBbParameters,
    histories: OpportunityHistories,
    count: number,
    rate: number,
  ): Float64Array {
    if (!(rate >= 0) || (count === Number.POSITIVE_INFINITY && rate === 0)) {
      throw new RangeError(`A discount of ${rate} an opportunity has no sum: it must be above 0.`);
    }
    if (count !== Number.POSITIVE_INFINITY) wholeCount(count);
    return Float64Array.from(posteriors(parameters, histories), (one) =>
      count === Number.POSITIVE_INFINITY
        ? one.alive *
          (one.p.a / (one.p.a + one.p.b)) *
          discountedOpportunities(one.leaving.a, one.leaving.b, rate)
        : expectedOf(one, count, rate),
    );
  },
  /** P(n purchases at the next `count` opportunities), n = 0 … nMax, of the one customer in `row`. */
  purchaseChances(
    parameters: BgBbParameters,
    histories: OpportunityHistories,
    row: number,
    count: number,
    nMax: number,
  ): Float64Array {
    wholeCount(count);
    return chancesOf(posteriors(parameters, histories)[row]!, count, nMax);
  },
  /** Expected repeat purchases of a customer of whom nothing is known, at the first `count` opportunities. */
  expectedPurchasesOfNew({ alpha, beta, gamma, delta }: BgBbParameters, count: number): number {
    wholeCount(count);
    return expectedOf({ alive: 1, p: { a: alpha, b: beta }, leaving: { a: gamma, b: delta } }, count, 0);
  },
} as const;
