import gamma from "@stdlib/stats-base-dists-gamma";
import normal from "@stdlib/stats-base-dists-normal";

/**
 * How long it took until something happened to each of a group, or until they were last seen without it: entry i of both
 * columns belongs to one customer, or to `weights[i]` of them. Any unit of time, not negative.
 */
export interface Durations {
  readonly time: Float64Array;
  /** 1 where it happened at that time, 0 where nothing is known of later (censored). */
  readonly happened: Uint8Array;
  readonly weights?: Float64Array;
}

/** Columns that cannot be durations. `row` is the first faulty one, counted from 0. */
export class InvalidDurations extends Error {
  override readonly name = "InvalidDurations";
  constructor(
    message: string,
    readonly row?: number,
  ) {
    super(message);
  }
}

/** A step of the curve, at a time at which it happened to somebody. */
export interface SurvivalStep {
  time: number;
  /** Customers who were still waiting just before, and those of them to whom it happened then. */
  atRisk: number;
  happened: number;
  /** Estimated share to whom it has not happened by then, in [0, 1], with its pointwise interval. */
  survival: number;
  low: number;
  high: number;
}

export interface SurvivalCurve {
  customers: number;
  happened: number;
  steps: SurvivalStep[];
  /** The first time by which it has happened to at least half, with its interval; undefined where the data end before. */
  median: { time: number | undefined; low: number | undefined; high: number | undefined };
  /** The longest time that anybody was watched: nothing is said beyond. */
  watched: number;
}

function sorted({ time, happened, weights }: Durations) {
  const rows = time.length;
  if (happened.length !== rows || (weights && weights.length !== rows))
    throw new InvalidDurations(`The columns differ in length: ${rows}, ${happened.length}.`);
  for (let row = 0; row < rows; row++) {
    if (!(time[row]! >= 0 && time[row]! < Number.POSITIVE_INFINITY))
      throw new InvalidDurations(`Row ${row}: ${time[row]} is no duration; 0 or more is needed.`, row);
    if (weights && !(weights[row]! > 0 && weights[row]! < Number.POSITIVE_INFINITY))
      throw new InvalidDurations(`Row ${row}: the weight ${weights[row]} is not a positive number.`, row);
  }
  const order = Array.from(time.keys()).sort((a, b) => time[a]! - time[b]!);
  /** Each distinct time once, with how many it happened to and how many were last seen then. */
  const moments: { time: number; happened: number; censored: number }[] = [];
  for (const row of order) {
    if (moments.at(-1)?.time !== time[row]) moments.push({ time: time[row]!, happened: 0, censored: 0 });
    const weight = weights ? weights[row]! : 1;
    if (happened[row]) moments.at(-1)!.happened += weight;
    else moments.at(-1)!.censored += weight;
  }
  return moments;
}

/**
 * The share of a group to whom something has not happened yet, over time, taking those who were watched for a while only for
 * as long as they were watched. The interval is pointwise, by Greenwood's variance on the scale log(-log): it stays within
 * [0, 1]. Throws `InvalidDurations`.
 * Source: Kaplan and Meier (1958), JASA 53; Kalbfleisch and Prentice (2002), section 1.4; median after Brookmeyer and Crowley
 * (1982), Biometrics 38.
 */
export function kaplanMeier(durations: Durations, level = 0.95): SurvivalCurve {
  const moments = sorted(durations);
  const z = normal.quantile(0.5 + level / 2, 0, 1);
  const customers = moments.reduce((sum, one) => sum + one.happened + one.censored, 0);
  const steps: SurvivalStep[] = [];
  let atRisk = customers;
  let survival = 1;
  let greenwood = 0;
  for (const { time, happened, censored } of moments) {
    if (happened > 0) {
      const left = atRisk - happened;
      // Weights add up to all of them only but for rounding.
      const isLast = left <= customers * 1e-12;
      survival = isLast ? 0 : survival * (left / atRisk);
      if (!isLast) greenwood += happened / (atRisk * left);
      steps.push({ time, atRisk, happened, survival, ...boundsOf(survival, greenwood, z) });
    }
    atRisk -= happened + censored;
  }
  const first = (column: "survival" | "low" | "high") => steps.find((step) => step[column] <= 0.5)?.time;
  return {
    customers,
    happened: steps.reduce((sum, step) => sum + step.happened, 0),
    steps,
    median: { time: first("survival"), low: first("low"), high: first("high") },
    watched: moments.at(-1)?.time ?? 0,
  };
}

function boundsOf(survival: number, greenwood: number, z: number) {
  // Nobody left: the scale ends here, and what is known is that it has happened to all that were watched.
  if (survival === 0) return { low: 0, high: 0 };
  const half = (z * Math.sqrt(greenwood)) / Math.abs(Math.log(survival));
  return { low: survival ** Math.exp(half), high: survival ** Math.exp(-half) };
}

/** The curve at a time: 1 before the first step; undefined beyond what was watched. */
export function survivalAt(curve: SurvivalCurve, time: number): Omit<SurvivalStep, "time"> | undefined {
  if (time > curve.watched) return undefined;
  const step = curve.steps.findLast((one) => one.time <= time);
  return step ?? { atRisk: curve.customers, happened: 0, survival: 1, low: 1, high: 1 };
}

export interface LogRank {
  /** Of each group, to how many it happened, and to how many it would have if all groups were alike. */
  groups: { observed: number; expected: number }[];
  chiSquare: number;
  degrees: number;
  /** Chance of curves that differ at least as much if the groups were alike. */
  pValue: number;
}

/**
 * Whether groups differ in how long it takes. Undefined where there are fewer than two groups in which anybody was watched, or
 * nothing happened to anybody. Throws `InvalidDurations`.
 * Source: Mantel (1966), Cancer Chemotherapy Reports 50; variance as in Kalbfleisch and Prentice (2002), section 1.5.
 */
export function logRank(groups: readonly Durations[]): LogRank | undefined {
  const watched = groups.map(sorted);
  const atRisk = watched.map((moments) => moments.reduce((sum, one) => sum + one.happened + one.censored, 0));
  if (atRisk.filter((count) => count > 0).length < 2) return undefined;
  const observed = new Float64Array(groups.length);
  const expected = new Float64Array(groups.length);
  const size = groups.length - 1;
  const variance = Array.from({ length: size }, () => new Float64Array(size));
  const next = new Int32Array(groups.length);
  for (;;) {
    const time = Math.min(...watched.map((moments, group) => moments[next[group]!]?.time ?? Infinity));
    if (time === Infinity) break;
    const here = watched.map((moments, group) => {
      const moment = moments[next[group]!];
      return moment?.time === time ? moment : { happened: 0, censored: 0 };
    });
    const all = atRisk.reduce((sum, one) => sum + one, 0);
    const happened = here.reduce((sum, one) => sum + one.happened, 0);
    if (happened > 0) {
      const spread = all > 1 ? (happened * (all - happened)) / (all - 1) : 0;
      here.forEach((one, group) => {
        const share = atRisk[group]! / all;
        observed[group]! += one.happened;
        expected[group]! += happened * share;
        if (group === size) return;
        for (let other = 0; other < size; other++)
          variance[group]![other]! += spread * share * (Number(group === other) - atRisk[other]! / all);
      });
    }
    here.forEach((one, group) => {
      atRisk[group]! -= one.happened + one.censored;
      if (watched[group]![next[group]!]?.time === time) next[group]!++;
    });
  }
  const differences = Array.from({ length: size }, (_, group) => observed[group]! - expected[group]!);
  const found = quadraticForm(variance, differences);
  if (!found) return undefined;
  return {
    groups: groups.map((_group, at) => ({ observed: observed[at]!, expected: expected[at]! })),
    chiSquare: found.value,
    degrees: found.rank,
    pValue: 1 - gamma.cdf(found.value, found.rank / 2, 0.5),
  };
}

/**
 * v' M⁻ v and the rank of the symmetric M, by elimination with pivots on the diagonal; groups that never shared a moment of
 * risk with others leave it short of full rank. Undefined where the rank is 0.
 */
function quadraticForm(matrix: readonly Float64Array[], vector: readonly number[]) {
  const m = matrix.map((row) => row.slice());
  const v = vector.slice();
  const largest = Math.max(...m.map((row, at) => row[at]!));
  let [value, rank] = [0, 0];
  const open = new Set(v.keys());
  while (open.size) {
    const pivot = [...open].reduce((best, one) => (m[one]![one]! > m[best]![best]! ? one : best));
    open.delete(pivot);
    const diagonal = m[pivot]![pivot]!;
    if (!(diagonal > largest * 1e-10)) break;
    rank++;
    value += v[pivot]! ** 2 / diagonal;
    for (const row of open) {
      const factor = m[row]![pivot]! / diagonal;
      for (const column of open) m[row]![column]! -= factor * m[pivot]![column]!;
      v[row]! -= factor * v[pivot]!;
    }
  }
  return rank > 0 ? { value, rank } : undefined;
}
