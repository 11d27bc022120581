import type { Duplicates } from "./find-duplicates.ts";

interface Measured {
  pairs: number;
  precision: number;
  recall: number;
  f1: number;
}

/**
 * How well duplicates were found, pair by pair, against who is who. `truth` has the person of each record by its id, which
 * counts from 0. Of nothing found the precision is 1.
 */
export function measured(
  found: Duplicates,
  truth: ArrayLike<number | string>,
): { pairs: Measured; clusters: Measured; automatic: Measured } {
  const sizes = new Map<number | string, number>();
  for (let i = 0; i < truth.length; i++) sizes.set(truth[i]!, (sizes.get(truth[i]!) ?? 0) + 1);
  const wanted = [...sizes.values()].reduce((sum, size) => sum + (size * (size - 1)) / 2, 0);
  const of = (pairs: readonly (readonly [number, number])[]): Measured => {
    const right = pairs.filter(([a, b]) => truth[a] === truth[b]).length;
    const precision = pairs.length ? right / pairs.length : 1;
    const recall = wanted ? right / wanted : 1;
    return { pairs: pairs.length, precision, recall, f1: (2 * right) / Math.max(1, pairs.length + wanted) };
  };
  return {
    pairs: of(found.pairs.map(({ a, b }) => [a, b])),
    clusters: of(
      found.clusters.flatMap((members) =>
        members.flatMap((a, i) => members.slice(i + 1).map((b) => [a, b] as const)),
      ),
    ),
    automatic: of(found.pairs.filter((pair) => pair.automatic).map(({ a, b }) => [a, b])),
  };
}
