/** A pair by the places of its records, with the log2 odds that it is one person. */
export interface ScoredPair {
  a: number;
  b: number;
  odds: number;
}

/** Beyond this many members every further pair is taken as it is: people have no more records. */
const membersMax = 200;

/**
 * The groups of records that are one person each, by transitive closure with a check against chains: groups grow from
 * the surest pair to the least sure one, and two groups become one only when their records, each of one with each of the
 * other, are on average more likely one person than not. So A like B and B like C does not join A and C when those two
 * contradict each other.
 *
 * `pairs` are those that may join, surest first; `oddsOf` gives the log2 odds of any pair. Groups of one are left out.
 * Source: Sokal and Michener (1958), average linkage, on the log-likelihood ratios of Fellegi and Sunter.
 */
export function clustersOf(
  pairs: readonly ScoredPair[],
  oddsOf: (a: number, b: number) => number,
): { clusters: number[][]; refused: number } {
  const groupOf = new Map<number, number[]>();
  const group = (place: number) => {
    const own = groupOf.get(place);
    if (own) return own;
    const made = [place];
    groupOf.set(place, made);
    return made;
  };
  const refusedBetween = new Map<number[], Map<number[], number>>();
  let refused = 0;
  for (const pair of pairs) {
    const [one, other] = [group(pair.a), group(pair.b)];
    if (one === other) continue;
    if (one.length * other.length > 1) {
      if (one.length + other.length > membersMax) {
        refused++;
        continue;
      }
      // Groups that did not change since they were refused are not looked at again.
      const size = one.length + other.length;
      if (refusedBetween.get(one)?.get(other) === size) {
        refused++;
        continue;
      }
      let sum = 0;
      for (const a of one) for (const b of other) sum += oddsOf(a, b);
      if (sum < 0) {
        refused++;
        for (const [x, y] of [
          [one, other],
          [other, one],
        ] as const) {
          const known = refusedBetween.get(x) ?? new Map<number[], number>();
          known.set(y, size);
          refusedBetween.set(x, known);
        }
        continue;
      }
    }
    const [large, small] = one.length >= other.length ? [one, other] : [other, one];
    for (const place of small) {
      large.push(place);
      groupOf.set(place, large);
    }
  }
  return { clusters: [...new Set(groupOf.values())].filter((members) => members.length > 1), refused };
}
