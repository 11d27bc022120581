import type { Random } from "../random.ts";
import { assign, fitMixture, type Mixture, totalOf } from "./mixture.ts";
import { adjustedRandIndex } from "./rand-index.ts";
import { checkedTable, type MixedTable, rowsOf, tempered } from "./table.ts";

export interface PersonaSearch {
  /** Numbers of personas that are tried; 2 to 8 where nothing is said. */
  from?: number;
  to?: number;
  /** Rows drawn anew for each number, to see whether the same personas come out; 20 where nothing is said. */
  replicates?: number;
  /** Rows that the search looks at, drawn at random from more; all rows are assigned in the end. 4,000 where nothing is said. */
  rowsMax?: number;
  random: Random;
}

/** One number of personas that was tried. */
export interface Candidate {
  personas: number;
  bic: number;
  icl: number;
  /** Mean adjusted Rand index between the personas of all rows and those of rows drawn anew, at most 1. */
  stability: number;
  /** Share of the smallest persona. */
  smallest: number;
}

export interface Personas {
  ok: true;
  mixture: Mixture;
  /** Names of the columns that the mixture speaks of, in its order: those in which customers differ at all. */
  columns: { numbers: string[]; kinds: string[]; counts: string[] };
  /** For each row, the persona that fits best and how likely it is. */
  group: Int32Array;
  chance: Float64Array;
  /** For each persona the row that is most typical of it. */
  medoids: Int32Array;
  stability: number;
  tried: Candidate[];
}

/** No structure: too few rows or columns, one group says it better, or no number of groups comes out the same twice. */
export interface NoPersonas {
  ok: false;
  reason: "too_few_rows" | "no_column" | "no_structure" | "not_stable";
  tried: Candidate[];
}

/** Below, what comes out depends on who happened to be asked. Source: Hennig (2007), 0.75 for "stable". */
export const stableFrom = 0.75;
const rowsMin = 60;
/** A persona of fewer than so many of 100 is no picture of anybody. */
const smallestShare = 0.03;

/**
 * Finds how many groups of alike customers there are, and which: of the numbers whose groups come out the same when rows are
 * drawn anew, and none of whose groups is tiny, the one with the lowest ICL. Refuses (ok: false) where no number is stable, or
 * one group alone describes the customers better. The same seed gives the same personas. Throws `InvalidMixedTable`.
 * Source: Hennig (2007), "Cluster-wise assessment of cluster stability", Computational Statistics & Data Analysis 52.
 */
export function findPersonas(
  whole: MixedTable,
  { from = 2, to = 8, replicates = 20, rowsMax = 4_000, random }: PersonaSearch,
): Personas | NoPersonas {
  const table = tempered(varying(checkedTable(whole)));
  if (whole.rows < rowsMin) return { ok: false, reason: "too_few_rows", tried: [] };
  if (table.numbers.length + table.kinds.length + table.counts!.length === 0)
    return { ok: false, reason: "no_column", tried: [] };
  const looked =
    table.rows > rowsMax
      ? rowsOf(
          table,
          random
            .fork("rows")
            .shuffled(Array.from({ length: table.rows }, (_, row) => row))
            .slice(0, rowsMax),
        )
      : table;
  const single = fitMixture(looked, { groups: 1, random: random.fork("one") });
  const found: { mixture: Mixture; candidate: Candidate }[] = [];
  for (let personas = from; personas <= Math.min(to, Math.floor(looked.rows / 20)); personas++) {
    const mixture = fitMixture(looked, {
      groups: personas,
      starts: 8,
      random: random.fork(`fit ${personas}`),
    });
    // What does not even describe better than a single group needs no second look.
    const stability =
      mixture.icl < single.icl
        ? stabilityOf(looked, mixture, replicates, random.fork(`again ${personas}`))
        : 0;
    const smallest = Math.min(...mixture.groups.map(({ share }) => share));
    found.push({ mixture, candidate: { personas, bic: mixture.bic, icl: mixture.icl, stability, smallest } });
  }
  const tried = found.map(({ candidate }) => candidate);
  const better = found.filter(({ mixture }) => mixture.icl < single.icl);
  if (!better.length) return { ok: false, reason: "no_structure", tried };
  const [best] = better
    .filter(({ candidate }) => candidate.stability >= stableFrom && candidate.smallest >= smallestShare)
    .toSorted((a, b) => a.mixture.icl - b.mixture.icl);
  if (!best) return { ok: false, reason: "not_stable", tried };
  const { group, chance } = assign(table, best.mixture.groups);
  return {
    ok: true,
    mixture: best.mixture,
    columns: {
      numbers: table.numbers.map(({ name }) => name),
      kinds: table.kinds.map(({ name }) => name),
      counts: table.counts!.map(({ name }) => name),
    },
    ...{ group, chance, tried },
    medoids: medoidsOf(table, best.mixture, group),
    stability: best.candidate.stability,
  };
}

/** Columns in which customers differ at all. */
function varying(table: MixedTable): MixedTable {
  return {
    rows: table.rows,
    numbers: table.numbers.filter(({ values }) => {
      const known = values.filter((value) => !Number.isNaN(value));
      return known.some((value) => value !== known[0]);
    }),
    kinds: table.kinds.filter(({ values }) => {
      const known = values.filter((level) => level >= 0);
      return known.some((level) => level !== known[0]);
    }),
    counts: (table.counts ?? []).filter(({ values, levels }) => {
      const done = new Set<number>();
      values.forEach((count, at) => {
        if (count > 0) done.add(at % levels);
      });
      return done.size > 1;
    }),
  };
}

function stabilityOf(table: MixedTable, { groups }: Mixture, replicates: number, random: Random): number {
  const reference = assign(table, groups).group;
  let sum = 0;
  for (let replicate = 0; replicate < replicates; replicate++) {
    const own = random.fork(replicate);
    const drawn = rowsOf(
      table,
      Int32Array.from({ length: table.rows }, () => own.integer(table.rows)),
    );
    const again = fitMixture(drawn, { groups: groups.length, starts: 3, random: own });
    sum += adjustedRandIndex(reference, assign(table, again.groups).group);
  }
  return replicates > 0 ? sum / replicates : 1;
}

/** Of each group the row that the group itself makes most likely: a real customer, and no average of all. */
function medoidsOf(table: MixedTable, { groups }: Mixture, group: Int32Array): Int32Array {
  const medoids = new Int32Array(groups.length).fill(-1);
  const closest = new Float64Array(groups.length).fill(Number.POSITIVE_INFINITY);
  for (let row = 0; row < table.rows; row++) {
    const { means, deviations, chances, mixes } = groups[group[row]!]!;
    let distance = 0;
    table.numbers.forEach(({ values }, at) => {
      // Of whom something is not known, nobody can say that they are typical in it.
      distance += Number.isNaN(values[row]!) ? 4 : ((values[row]! - means[at]!) / deviations[at]!) ** 2;
    });
    table.kinds.forEach(({ values }, at) => {
      distance +=
        values[row]! < 0 ? 4 : -2 * Math.log(chances[at]![values[row]!]! / Math.max(...chances[at]!));
    });
    for (const [at, { values, levels }] of table.counts!.entries()) {
      const total = totalOf(values, levels, row);
      if (total === 0) distance += 4;
      for (let level = 0; level < levels && total > 0; level++) {
        const share = values[row * levels + level]! / total;
        if (share > 0) distance += 4 * share * Math.log(share / mixes[at]![level]!);
      }
    }
    if (distance >= closest[group[row]!]!) continue;
    closest[group[row]!] = distance;
    medoids[group[row]!] = row;
  }
  return medoids;
}
