/** Names longer than this are compared by their beginning, so that no text can take long. */
const lengthMax = 64;
const takenA = new Uint8Array(lengthMax);
const takenB = new Uint8Array(lengthMax);

/**
 * How alike two texts are by Jaro and Winkler, in [0, 1]; 1 for equal ones, 0 where one is empty. Symmetric.
 *
 * Sources: Jaro (1989), "Advances in record-linkage methodology", JASA 84; Winkler (1990), "String comparator metrics
 * and enhanced decision rules in the Fellegi-Sunter model": 0.1 for each of up to four letters at the start.
 */
export function jaroWinkler(a: string, b: string): number {
  if (a === b) return a === "" ? 0 : 1;
  // Which letters are taken as common depends on where the search begins: it begins with the same text always.
  if (a > b) return jaroWinkler(b, a);
  const n = Math.min(a.length, lengthMax);
  const m = Math.min(b.length, lengthMax);
  if (n === 0 || m === 0) return 0;
  const reach = Math.max(0, (Math.max(n, m) >> 1) - 1);
  takenA.fill(0, 0, n);
  takenB.fill(0, 0, m);
  let common = 0;
  for (let i = 0; i < n; i++) {
    const letter = a.charCodeAt(i);
    const to = Math.min(m, i + reach + 1);
    for (let j = Math.max(0, i - reach); j < to; j++) {
      if (takenB[j] === 0 && b.charCodeAt(j) === letter) {
        takenA[i] = 1;
        takenB[j] = 1;
        common++;
        break;
      }
    }
  }
  if (common === 0) return 0;
  let moved = 0;
  for (let i = 0, j = 0; i < n; i++) {
    if (takenA[i] === 0) continue;
    while (takenB[j] === 0) j++;
    if (a.charCodeAt(i) !== b.charCodeAt(j)) moved++;
    j++;
  }
  const jaro = (common / n + common / m + (common - (moved >> 1)) / common) / 3;
  let prefix = 0;
  while (prefix < 4 && prefix < n && prefix < m && a.charCodeAt(prefix) === b.charCodeAt(prefix)) prefix++;
  return jaro + prefix * 0.1 * (1 - jaro);
}

const rows = [new Uint8Array(lengthMax + 1), new Uint8Array(lengthMax + 1), new Uint8Array(lengthMax + 1)];

/**
 * Letters put in, left out, exchanged, or swapped with their neighbour, to make one text from the other, counted up to
 * `max`; `max + 1` where it takes more. Symmetric.
 *
 * Source: Damerau (1964), "A technique for computer detection and correction of spelling errors" (optimal string
 * alignment, no letter changed twice).
 */
export function edits(a: string, b: string, max: number): number {
  if (a === b) return 0;
  const n = Math.min(a.length, lengthMax);
  const m = Math.min(b.length, lengthMax);
  if (Math.abs(n - m) > max) return max + 1;
  let [before, last, next] = rows as [Uint8Array, Uint8Array, Uint8Array];
  for (let j = 0; j <= m; j++) last[j] = j;
  for (let i = 1; i <= n; i++) {
    next[0] = i;
    let least = i;
    for (let j = 1; j <= m; j++) {
      const same = a.charCodeAt(i - 1) === b.charCodeAt(j - 1) ? 0 : 1;
      let cost = Math.min(last[j - 1]! + same, last[j]! + 1, next[j - 1]! + 1);
      if (
        i > 1 &&
        j > 1 &&
        a.charCodeAt(i - 1) === b.charCodeAt(j - 2) &&
        a.charCodeAt(i - 2) === b.charCodeAt(j - 1)
      )
        cost = Math.min(cost, before[j - 2]! + 1);
      next[j] = cost;
      if (cost < least) least = cost;
    }
    if (least > max) return max + 1;
    [before, last, next] = [last, next, before];
  }
  return Math.min(last[m]!, max + 1);
}
