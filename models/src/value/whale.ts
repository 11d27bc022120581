export interface WhaleCurve {
  /** Points from (0, 0) to (1, 1): share of customers, best first, against their share of the total. */
  points: { customers: number; value: number }[];
  total: number;
  mean: number;
  /** Share of customers worth less than the mean, in [0, 1]. */
  belowMean: number;
  /** Share of customers with a value below 0: those who cost more than they bring. */
  negative: number;
}

/**
 * Who pays for whom: customers from the best to the worst, and the share of the total that the best of
 * them bring. Above 1 in the middle when the last ones cost money (the whale's back).
 *
 * Undefined when there is no customer, a value is not finite, or the total is not above 0, for then shares
 * mean nothing. Source: Kaplan and Narayanan (2001), "Measuring and Managing Customer Profitability".
 */
export function whaleCurve(values: ArrayLike<number>, pointsMax = 101): WhaleCurve | undefined {
  const sorted = descending(values);
  const n = sorted.length;
  if (n === 0) return undefined;
  let total = 0;
  for (let i = 0; i < n; i++) total += sorted[i]!;
  if (!(total > 0 && total < Number.POSITIVE_INFINITY)) return undefined;
  const steps = Math.min(n, pointsMax - 1);
  const points = [{ customers: 0, value: 0 }];
  let sum = 0;
  let next = 1;
  for (let i = 0; i < n; i++) {
    sum += sorted[i]!;
    if (i + 1 === Math.round((next * n) / steps)) {
      points.push({ customers: (i + 1) / n, value: i + 1 === n ? 1 : sum / total });
      next += 1;
    }
  }
  const mean = total / n;
  let below = 0;
  let negative = 0;
  for (let i = 0; i < n; i++) {
    if (sorted[i]! < mean) below += 1;
    if (sorted[i]! < 0) negative += 1;
  }
  return { points, total, mean, belowMean: below / n, negative: negative / n };
}

/** The share of the total that the best `share` of customers (in [0, 1]) bring; undefined as in `whaleCurve`. */
export function valueOfTop(values: ArrayLike<number>, share: number): number | undefined {
  const sorted = descending(values);
  const top = Math.round(sorted.length * share);
  let total = 0;
  let held = 0;
  for (let i = 0; i < sorted.length; i++) {
    total += sorted[i]!;
    if (i < top) held += sorted[i]!;
  }
  return total > 0 && total < Number.POSITIVE_INFINITY ? held / total : undefined;
}

/** The smallest share of customers, best first, who bring `share` of the total; undefined as in `whaleCurve`. */
export function customersBringing(values: ArrayLike<number>, share: number): number | undefined {
  const sorted = descending(values);
  let total = 0;
  for (let i = 0; i < sorted.length; i++) total += sorted[i]!;
  if (!(total > 0 && total < Number.POSITIVE_INFINITY)) return undefined;
  let sum = 0;
  for (let i = 0; i < sorted.length; i++) {
    sum += sorted[i]!;
    if (sum >= share * total) return (i + 1) / sorted.length;
  }
  return 1;
}

function descending(values: ArrayLike<number>): Float64Array {
  return Float64Array.from(values).sort().reverse();
}
