import beta from "@stdlib/stats-base-dists-beta";
import gamma from "@stdlib/stats-base-dists-gamma";
import normal from "@stdlib/stats-base-dists-normal";

/** One arm of an experiment: how many customers, and mean and sample variance (n - 1) of what was measured. */
export interface Arm {
  customers: number;
  mean: number;
  variance: number;
}

/** An arm from what SQL sums up: count, sum, and sum of squares of the measure over its customers. */
export function armOfSums(customers: number, sum: number, squares: number): Arm {
  const mean = customers > 0 ? sum / customers : Number.NaN;
  const variance =
    customers > 1 ? Math.max(0, (squares - customers * mean * mean) / (customers - 1)) : Number.NaN;
  return { customers, mean, variance };
}

/** An arm from its customers' values. Prefer it for large means with a small spread, where sums lose digits. */
export function armOf(values: ArrayLike<number>): Arm {
  let mean = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    // Welford (1962).
    const difference = values[i]! - mean;
    mean += difference / (i + 1);
    squares += difference * (values[i]! - mean);
  }
  return {
    customers: values.length,
    mean: values.length > 0 ? mean : Number.NaN,
    variance: values.length > 1 ? squares / (values.length - 1) : Number.NaN,
  };
}

/** Treated minus control, with an interval. */
export interface Effect {
  difference: number;
  low: number;
  high: number;
  /** Two-sided chance of a difference at least as large if there were none. */
  pValue: number;
}

/**
 * Difference of the means of two arms, for any measure (spend, orders), without assuming equal variances.
 * Undefined while an arm has fewer than two customers.
 * Source: Welch (1947), "The Generalization of Student's Problem", Biometrika 34.
 */
export function differenceOfMeans(treated: Arm, control: Arm, level = 0.95): Effect | undefined {
  if (treated.customers < 2 || control.customers < 2) return undefined;
  const difference = treated.mean - control.mean;
  const a = treated.variance / treated.customers;
  const b = control.variance / control.customers;
  const error = Math.sqrt(a + b);
  if (error === 0) return { difference, low: difference, high: difference, pValue: difference === 0 ? 1 : 0 };
  const degrees = (a + b) ** 2 / (a ** 2 / (treated.customers - 1) + b ** 2 / (control.customers - 1));
  const half = studentQuantile((1 - level) / 2, degrees) * error;
  return {
    difference,
    low: difference - half,
    high: difference + half,
    pValue: studentTails(difference / error, degrees),
  };
}

/** t with `tail` above it. Through the beta distribution: Abramowitz and Stegun, 26.7.1 with 26.5.27. */
function studentQuantile(tail: number, degrees: number): number {
  if (degrees > 1e6) return -normal.quantile(tail, 0, 1);
  const share = beta.quantile(2 * tail, degrees / 2, 0.5);
  return Math.sqrt((degrees * (1 - share)) / share);
}

function studentTails(t: number, degrees: number): number {
  if (degrees > 1e6) return 2 * normal.cdf(-Math.abs(t), 0, 1);
  return beta.cdf(degrees / (degrees + t * t), degrees / 2, 0.5);
}

/** One arm of a yes-or-no measure: bought, answered, came back. */
export interface ShareArm {
  customers: number;
  successes: number;
}

/**
 * Difference of two shares, with an interval that stays inside [-1, 1] and holds for small counts.
 * Undefined while an arm is empty.
 * Sources: Newcombe (1998), "Interval Estimation for the Difference Between Independent Proportions",
 * Statistics in Medicine 17, method 10; the p value is that of the pooled z test.
 */
export function differenceOfShares(treated: ShareArm, control: ShareArm, level = 0.95): Effect | undefined {
  if (treated.customers < 1 || control.customers < 1) return undefined;
  const z = normal.quantile(1 - (1 - level) / 2, 0, 1);
  const t = wilson(treated, z);
  const c = wilson(control, z);
  const difference = t.share - c.share;
  const pooled = (treated.successes + control.successes) / (treated.customers + control.customers);
  const error = Math.sqrt(pooled * (1 - pooled) * (1 / treated.customers + 1 / control.customers));
  return {
    difference,
    low: difference - Math.hypot(t.share - t.low, c.high - c.share),
    high: difference + Math.hypot(t.high - t.share, c.share - c.low),
    pValue: error > 0 ? 2 * normal.cdf(-Math.abs(difference) / error, 0, 1) : 1,
  };
}

/** A share with its interval. Source: Wilson (1927), "Probable Inference", JASA 22. */
export function shareInterval(arm: ShareArm, level = 0.95): { share: number; low: number; high: number } {
  return wilson(arm, normal.quantile(1 - (1 - level) / 2, 0, 1));
}

function wilson({ customers: n, successes }: ShareArm, z: number) {
  const share = successes / n;
  const centre = share + (z * z) / (2 * n);
  const half = z * Math.sqrt((share * (1 - share)) / n + (z * z) / (4 * n * n));
  const scale = 1 + (z * z) / n;
  return { share, low: Math.max(0, (centre - half) / scale), high: Math.min(1, (centre + half) / scale) };
}

export interface SampleRatio {
  chiSquare: number;
  pValue: number;
  /** True when the arms' sizes do not fit the planned shares: the effect must not be believed until explained. */
  mismatch: boolean;
}

/**
 * Do the arms have the sizes they should? Flags below p = 0.001, since the check is looked at again and again.
 * Source: Fabijan et al. (2019), "Diagnosing Sample Ratio Mismatch in Online Controlled Experiments", KDD.
 */
export function sampleRatio(customers: readonly number[], plannedShares: readonly number[]): SampleRatio {
  if (customers.length !== plannedShares.length || customers.length < 2) {
    throw new RangeError("Give one planned share for each arm, and at least two arms.");
  }
  const total = customers.reduce((sum, n) => sum + n, 0);
  const shares = plannedShares.reduce((sum, share) => sum + share, 0);
  if (!plannedShares.every((share) => share > 0)) throw new RangeError("Each planned share must be above 0.");
  if (total === 0) return { chiSquare: 0, pValue: 1, mismatch: false };
  const chiSquare = customers.reduce((sum, n, i) => {
    const planned = (total * plannedShares[i]!) / shares;
    return sum + (n - planned) ** 2 / planned;
  }, 0);
  const degrees = customers.length - 1;
  const pValue =
    degrees === 1 ? 2 * normal.cdf(-Math.sqrt(chiSquare), 0, 1) : 1 - gamma.cdf(chiSquare, degrees / 2, 0.5);
  return { chiSquare, pValue, mismatch: pValue < 0.001 };
}

export interface SampleQuestion {
  /** Standard deviation of the measure over customers; sqrt(share (1 - share)) for a share. */
  deviation: number;
  /** The smallest true difference worth finding, in the unit of the measure. */
  smallestEffect: number;
  /** Planned share of the control arm, in (0, 1). */
  controlShare: number;
  level?: number;
  /** Chance of finding that difference; 0.8 unless said otherwise. */
  power?: number;
}

/**
 * Customers needed in both arms together to find the smallest effect, rounded up.
 * Source: Kohavi, Tang and Xu (2020), "Trustworthy Online Controlled Experiments", chapter 17, for unequal arms.
 */
export function customersNeeded(question: SampleQuestion): number {
  const { deviation, smallestEffect, controlShare, level = 0.95, power = 0.8 } = question;
  if (!(smallestEffect > 0)) throw new RangeError("The smallest effect worth finding must be above 0.");
  if (!(controlShare > 0 && controlShare < 1))
    throw new RangeError("The control share must lie between 0 and 1.");
  const z = normal.quantile(1 - (1 - level) / 2, 0, 1) + normal.quantile(power, 0, 1);
  return Math.ceil(((z * deviation) / smallestEffect) ** 2 * (1 / controlShare + 1 / (1 - controlShare)));
}

export interface ReadinessQuestion extends SampleQuestion {
  treated: ShareArm;
  control: ShareArm;
  /** New customers a week in both arms together; 0 or less means that none come. */
  customersPerWeek: number;
  /** Least customers, and least successes (buyers), in each arm before an effect is shown. */
  customersMin?: number;
  successesMin?: number;
}

export type Readiness =
  | { ready: true; needed: number; precise: boolean; weeksUntilPrecise: number | null }
  | { ready: false; customersMissing: number; weeksLeft: number | null; needed: number };

/**
 * May an effect be shown yet, and when will it be known?
 *
 * "Too early" until each arm has 100 customers and 10 successes (fewer make the normal approximation, and
 * the reader, fail); then shown with its interval, and `precise` once the sample suffices to find the
 * smallest effect. Weeks assume that customers and successes go on arriving as so far; null when they do not.
 */
export function readiness(question: ReadinessQuestion): Readiness {
  const { treated, control, controlShare, customersPerWeek } = question;
  const { customersMin = 100, successesMin = 10 } = question;
  const needed = customersNeeded(question);
  const total = treated.customers + control.customers;
  const weeksFor = (customers: number) => {
    if (customers <= 0) return 0;
    return customersPerWeek > 0 && Number.isFinite(customers) ? customers / customersPerWeek : null;
  };
  // Where nobody has succeeded yet no pace can be told, and what is missing is the least it can be.
  const rate = total > 0 ? (treated.successes + control.successes) / total : 0;
  // The arm that is furthest from its minimum decides, at its own share of arrivals and rate of success.
  const missing = [
    { arm: treated, share: 1 - controlShare },
    { arm: control, share: controlShare },
  ].map(({ arm, share }) => {
    const forCustomers = Math.max(0, customersMin - arm.customers);
    const lacking = Math.max(0, successesMin - arm.successes);
    return Math.max(forCustomers, lacking / (rate || 1)) / share;
  });
  const customersMissing = Math.ceil(Math.max(...missing));
  if (customersMissing > 0) {
    return {
      ready: false,
      customersMissing,
      weeksLeft: rate > 0 ? weeksFor(customersMissing) : null,
      needed,
    };
  }
  return {
    ready: true,
    needed,
    precise: total >= needed,
    weeksUntilPrecise: weeksFor(needed - total),
  };
}
