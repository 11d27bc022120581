/**
 * How far two ways to divide the same rows agree: 1 where they are the same but for the names of the groups, about 0 where one
 * says nothing of the other. 1 where both leave all rows together. Throws RangeError for columns of unequal length.
 * Source: Hubert and Arabie (1985), "Comparing partitions", Journal of Classification 2.
 */
export function adjustedRandIndex(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) throw new RangeError(`${a.length} rows cannot be compared with ${b.length}.`);
  const cells = new Map<string, number>();
  const ofA = new Map<number, number>();
  const ofB = new Map<number, number>();
  const add = <Key>(counts: Map<Key, number>, key: Key) => counts.set(key, (counts.get(key) ?? 0) + 1);
  for (let row = 0; row < a.length; row++) {
    add(cells, `${a[row]} ${b[row]}`);
    add(ofA, a[row]!);
    add(ofB, b[row]!);
  }
  const pairs = (counts: Map<unknown, number>) =>
    [...counts.values()].reduce((sum, count) => sum + (count * (count - 1)) / 2, 0);
  const [together, inA, inB, all] = [pairs(cells), pairs(ofA), pairs(ofB), (a.length * (a.length - 1)) / 2];
  const expected = all > 0 ? (inA * inB) / all : 0;
  const most = (inA + inB) / 2;
  return most === expected ? 1 : (together - expected) / (most - expected);
}
