import normal from "@stdlib/stats-base-dists-normal";
import { type Baskets, basketOf } from "./purchases.ts";

/** Two items that are bought together, and how much more often than if one said nothing of the other. */
export interface Bundle {
  first: number;
  second: number;
  /** Baskets with both. */
  together: number;
  /** Their share among all baskets over what it would be by chance: 2 is twice as often. With its 95 % interval. */
  lift: number;
  low: number;
  high: number;
}

export interface BundleLimits {
  /** Baskets that must have both; 5 where nothing is said. */
  togetherMin?: number;
  /** Only bundles whose interval lies above this are told; 1 where nothing is said: more often than by chance. */
  liftMin?: number;
}

/**
 * Bundles by lift, the surest first (by the lower end of the interval). The interval is that of a ratio of rates on the log
 * scale, and widened for the number of pairs that were looked at (Bonferroni), so that of many pairs none stands out by chance.
 * Source of the standard error: Katz, Baptista, Azen and Pike (1978), Biometrics 34.
 */
export function bundles(baskets: Baskets, { togetherMin = 5, liftMin = 1 }: BundleLimits = {}): Bundle[] {
  const { offsets, size } = baskets;
  const counts = new Float64Array(size);
  const pairs = new Map<number, number>();
  let all = 0;
  for (let customer = 0; customer + 1 < offsets.length; customer++) {
    const basket = basketOf(baskets, customer);
    if (basket.length) all++;
    basket.forEach((first, at) => {
      counts[first]! += 1;
      for (const second of basket.subarray(at + 1))
        pairs.set(first * size + second, (pairs.get(first * size + second) ?? 0) + 1);
    });
  }
  const looked = [...pairs].filter(([, together]) => together >= togetherMin);
  const z = normal.quantile(1 - 0.025 / Math.max(1, looked.length), 0, 1);
  return looked
    .map(([pair, together]): Bundle => {
      const [first, second] = [Math.floor(pair / size), pair % size];
      const [a, b] = [counts[first]!, counts[second]!];
      const lift = (together * all) / (a * b);
      // Of the rate of the second item among baskets with the first, against its rate among all.
      const half = z * Math.sqrt(Math.max(0, 1 / together - 1 / a + 1 / b - 1 / all));
      return { first, second, together, lift, low: lift * Math.exp(-half), high: lift * Math.exp(half) };
    })
    .filter(({ low }) => low > liftMin)
    .sort((one, other) => other.low - one.low);
}
