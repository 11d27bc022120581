import type { Random } from "../random.ts";
import { checkedTable, type MixedTable, tempered } from "./table.ts";

/** A group of the mixture: how large it is, and what its members are like. */
export interface MixtureGroup {
  /** Share of all, in (0, 1). */
  share: number;
  /** For each column of numbers, in its own unit. */
  means: Float64Array;
  deviations: Float64Array;
  /** For each column of kinds, the chance of each level. */
  chances: Float64Array[];
  /** For each column of counts, the share of each level. */
  mixes: Float64Array[];
}

/** Customers as a mixture of groups within which the columns are independent of each other. */
export interface Mixture {
  groups: MixtureGroup[];
  logLikelihood: number;
  parameters: number;
  /** Bayesian information criterion, and the same with the uncertainty of membership as a price (ICL): less is better. */
  bic: number;
  icl: number;
  converged: boolean;
}

export interface MixtureOptions {
  groups: number;
  /** The search begins so many times from elsewhere; the most promising goes on. */
  starts?: number;
  random: Random;
}

const stepsMax = 300;
/** Each start is followed for so long; only the best goes on. Source: Biernacki, Celeux and Govaert (2003), short runs of EM. */
const trialSteps = 12;
/** The search ends when a step wins less than this, per row. */
const gain = 1e-6;
/** A group varies at least by so much of what all do: without a floor a group of equal rows is infinitely likely. */
const deviationFloor = 0.1;
/** Rows, or things done, of each level that a group is taken to have seen before any. */
const levelPrior = 0.5;

/**
 * Fits a mixture by expectation maximisation. A missing value says nothing and is passed over. Throws `InvalidMixedTable`;
 * RangeError for fewer rows than groups.
 * Source: Dempster, Laird and Rubin (1977), JRSS B 39; mixed columns as in Hunt and Jorgensen (1999), "Mixture model clustering
 * using the MULTIMIX program"; ICL: Biernacki, Celeux and Govaert (2000), IEEE PAMI 22.
 */
export function fitMixture(whole: MixedTable, { groups, starts = 5, random }: MixtureOptions): Mixture {
  const table = tempered(checkedTable(whole));
  if (table.rows < groups || groups < 1)
    throw new RangeError(`${table.rows} rows cannot make ${groups} groups.`);
  const scale = table.numbers.map(({ values }) => scaleOf(values));
  let best: { member: Float64Array; logLikelihood: number } | undefined;
  for (let start = 0; start < (groups === 1 ? 1 : starts); start++) {
    const member = begun(table, scale, groups, random.fork(start));
    const { logLikelihood } = climb(table, scale, member, trialSteps);
    if (!best || logLikelihood > best.logLikelihood) best = { member, logLikelihood };
  }
  return climb(table, scale, best!.member, stepsMax);
}

interface Scale {
  mean: number;
  deviation: number;
}

function scaleOf(values: Float64Array): Scale {
  let [count, mean, squares] = [0, 0, 0];
  for (const value of values) {
    if (Number.isNaN(value)) continue;
    count++;
    const difference = value - mean;
    mean += difference / count;
    squares += difference * (value - mean);
  }
  const deviation = count > 1 ? Math.sqrt(squares / count) : 0;
  return { mean, deviation: deviation > 1e-12 * Math.abs(mean) ? deviation : 0 };
}

/** Memberships around rows that lie far apart. Source: Arthur and Vassilvitskii (2007), "k-means++". */
function begun(table: MixedTable, scale: readonly Scale[], groups: number, random: Random): Float64Array {
  const nearest = new Float64Array(table.rows).fill(Number.POSITIVE_INFINITY);
  const owner = new Int32Array(table.rows);
  let centre = random.integer(table.rows);
  for (let group = 0; group < groups; group++) {
    let total = 0;
    for (let row = 0; row < table.rows; row++) {
      const distance = distanceOf(table, scale, row, centre);
      if (distance < nearest[row]!) {
        nearest[row] = distance;
        owner[row] = group;
      }
      total += nearest[row]!;
    }
    let left = random.uniform() * total;
    centre = nearest.findIndex((distance) => {
      left -= distance;
      return left < 0;
    });
    if (centre < 0) centre = random.integer(table.rows);
  }
  const member = new Float64Array(table.rows * groups).fill(0.1 / groups);
  for (let row = 0; row < table.rows; row++) member[row * groups + owner[row]!]! += 0.9;
  return member;
}

function distanceOf(
  { numbers, kinds, counts = [] }: MixedTable,
  scale: readonly Scale[],
  a: number,
  b: number,
): number {
  let distance = 0;
  numbers.forEach(({ values }, at) => {
    const difference = (values[a]! - values[b]!) / (scale[at]!.deviation || 1);
    if (!Number.isNaN(difference)) distance += Math.min(difference ** 2, 9);
  });
  for (const { values } of kinds)
    if (values[a]! >= 0 && values[b]! >= 0 && values[a] !== values[b]) distance += 2;
  for (const { values, levels } of counts) {
    const [ofA, ofB] = [totalOf(values, levels, a), totalOf(values, levels, b)];
    if (ofA === 0 || ofB === 0) continue;
    for (let level = 0; level < levels; level++)
      distance += 2 * Math.abs(values[a * levels + level]! / ofA - values[b * levels + level]! / ofB);
  }
  return distance;
}

/** How much somebody did of everything that a column of counts knows. */
export function totalOf(values: Float64Array, levels: number, row: number): number {
  let total = 0;
  for (let at = row * levels; at < (row + 1) * levels; at++) total += values[at]!;
  return total;
}

/** Goes on from these memberships, which it changes, for at most so many steps. */
function climb(table: MixedTable, scale: readonly Scale[], member: Float64Array, stepsMax: number): Mixture {
  const count = member.length / table.rows;
  let before = Number.NEGATIVE_INFINITY;
  let groups = groupsOf(table, scale, member, count);
  let converged = false;
  let logLikelihood = before;
  for (let step = 0; step < stepsMax && !converged; step++) {
    logLikelihood = memberships(table, groups, member);
    converged = logLikelihood - before < gain * table.rows;
    before = logLikelihood;
    if (!converged) groups = groupsOf(table, scale, member, count);
  }
  const parameters =
    count -
    1 +
    count *
      (table.numbers.filter((_column, at) => scale[at]!.deviation > 0).length * 2 +
        [...table.kinds, ...(table.counts ?? [])].reduce((sum, { levels }) => sum + levels - 1, 0));
  const bic = -2 * logLikelihood + parameters * Math.log(table.rows);
  let entropy = 0;
  for (const chance of member) if (chance > 0) entropy -= chance * Math.log(chance);
  return { groups, logLikelihood, parameters, bic, icl: bic + 2 * entropy, converged };
}

/** What the members of each group are like, by how far each row belongs to it. */
function groupsOf(
  table: MixedTable,
  scale: readonly Scale[],
  member: Float64Array,
  count: number,
): MixtureGroup[] {
  return Array.from({ length: count }, (_, group): MixtureGroup => {
    let size = 0;
    for (let row = 0; row < table.rows; row++) size += member[row * count + group]!;
    const means = new Float64Array(table.numbers.length);
    const deviations = new Float64Array(table.numbers.length);
    table.numbers.forEach(({ values }, at) => {
      const { mean: overall, deviation } = scale[at]!;
      let [known, sum] = [0, 0];
      for (let row = 0; row < table.rows; row++) {
        if (Number.isNaN(values[row]!)) continue;
        known += member[row * count + group]!;
        sum += member[row * count + group]! * (values[row]! - overall);
      }
      const mean = known > 1e-9 ? sum / known : 0;
      let squares = 0;
      for (let row = 0; row < table.rows; row++)
        if (!Number.isNaN(values[row]!))
          squares += member[row * count + group]! * (values[row]! - overall - mean) ** 2;
      means[at] = overall + mean;
      const own = known > 1e-9 ? Math.sqrt(squares / known) : deviation;
      deviations[at] = deviation > 0 ? Math.max(own, deviationFloor * deviation) : 1;
    });
    const chances = table.kinds.map(({ values, levels }) => {
      const own = new Float64Array(levels).fill(levelPrior);
      for (let row = 0; row < table.rows; row++)
        if (values[row]! >= 0) own[values[row]!]! += member[row * count + group]!;
      const total = own.reduce((sum, one) => sum + one, 0);
      return own.map((one) => one / total);
    });
    const mixes = (table.counts ?? []).map(({ values, levels }) => {
      const own = new Float64Array(levels).fill(levelPrior);
      for (let row = 0; row < table.rows; row++)
        for (let level = 0; level < levels; level++)
          own[level]! += member[row * count + group]! * values[row * levels + level]!;
      const total = own.reduce((sum, one) => sum + one, 0);
      return own.map((one) => one / total);
    });
    return { share: Math.max(size / table.rows, 1e-12), means, deviations, chances, mixes };
  });
}

const halfLogTau = 0.5 * Math.log(2 * Math.PI);

/**
 * The chance of each row to belong to each group, into `member[row * groups + group]`; gives the log-likelihood of the rows.
 * A row of which nothing is known belongs to each group by its share.
 */
export function memberships(
  table: MixedTable,
  groups: readonly MixtureGroup[],
  member: Float64Array,
): number {
  const count = groups.length;
  const { rows, numbers, kinds, counts = [] } = table;
  for (let group = 0; group < count; group++) {
    const { share, means, deviations, chances, mixes } = groups[group]!;
    const logShare = Math.log(share);
    for (let row = 0; row < rows; row++) member[row * count + group] = logShare;
    numbers.forEach(({ values }, at) => {
      const [mean, deviation] = [means[at]!, deviations[at]!];
      const constant = halfLogTau + Math.log(deviation);
      for (let row = 0; row < rows; row++) {
        const z = (values[row]! - mean) / deviation;
        if (!Number.isNaN(z)) member[row * count + group]! -= constant + 0.5 * z * z;
      }
    });
    kinds.forEach(({ values }, at) => {
      const logs = chances[at]!.map(Math.log);
      for (let row = 0; row < rows; row++)
        if (values[row]! >= 0) member[row * count + group]! += logs[values[row]!]!;
    });
    counts.forEach(({ values, levels }, at) => {
      const logs = mixes[at]!.map(Math.log);
      for (let row = 0; row < rows; row++)
        for (let level = 0; level < levels; level++)
          member[row * count + group]! += values[row * levels + level]! * logs[level]!;
    });
  }
  let logLikelihood = 0;
  for (let row = 0; row < rows; row++) {
    let largest = Number.NEGATIVE_INFINITY;
    for (let at = row * count; at < (row + 1) * count; at++) if (member[at]! > largest) largest = member[at]!;
    let sum = 0;
    for (let at = row * count; at < (row + 1) * count; at++) {
      member[at] = Math.exp(member[at]! - largest);
      sum += member[at]!;
    }
    for (let at = row * count; at < (row + 1) * count; at++) member[at]! /= sum;
    logLikelihood += largest + Math.log(sum);
  }
  return logLikelihood;
}

/** For each row the group that it most likely belongs to, and how likely. */
export function assign(
  table: MixedTable,
  groups: readonly MixtureGroup[],
): { group: Int32Array; chance: Float64Array } {
  const member = new Float64Array(table.rows * groups.length);
  memberships(tempered(checkedTable(table)), groups, member);
  const group = new Int32Array(table.rows);
  const chance = new Float64Array(table.rows);
  for (let row = 0; row < table.rows; row++) {
    for (let one = 0; one < groups.length; one++) {
      if (member[row * groups.length + one]! <= chance[row]!) continue;
      chance[row] = member[row * groups.length + one]!;
      group[row] = one;
    }
  }
  return { group, chance };
}
