import type { Random } from "../random.ts";
import type { Journeys } from "./journeys.ts";
import type { Credit } from "./rules.ts";

/** For each channel, the range in which the credit lies in 95 % of worlds that might have been observed as well. */
export interface CreditRange {
  conversions: { low: Float64Array; high: Float64Array };
  value: { low: Float64Array; high: Float64Array };
}

/**
 * 95 % percentile intervals of a credit by the Poisson bootstrap: each journey counts once, never or several times. They say
 * how far chance in the data moves the numbers, and nothing about whether a touch caused what followed. Where a row stands for
 * several conversions their values are taken to be alike.
 * Source: Efron (1979); Poisson weights after Hanley and MacGibbon (2006), "Creating non-parametric bootstrap samples using
 * Poisson frequencies".
 */
export function bootstrapCredit(
  journeys: Journeys,
  credit: (resampled: Journeys) => Credit,
  { replicates, random }: { replicates: number; random: Random },
): CreditRange {
  const found = { conversions: [] as Float64Array[], value: [] as Float64Array[] };
  for (let replicate = 0; replicate < replicates; replicate++) {
    const { conversions, value } = credit(resampled(journeys, random));
    found.conversions.push(conversions);
    found.value.push(value);
  }
  const rangeOf = (draws: readonly Float64Array[]) => {
    const low = new Float64Array(journeys.channels.length);
    const high = new Float64Array(journeys.channels.length);
    for (let channel = 0; channel < low.length; channel++) {
      const own = Float64Array.from(draws, (draw) => draw[channel]!).sort();
      low[channel] = quantile(own, 0.025);
      high[channel] = quantile(own, 0.975);
    }
    return { low, high };
  };
  return { conversions: rangeOf(found.conversions), value: rangeOf(found.value) };
}

function resampled(journeys: Journeys, random: Random): Journeys {
  const { conversions, value, nulls } = journeys;
  const drawn = conversions.map((count) => (count > 0 ? random.poisson(count) : 0));
  return {
    ...journeys,
    conversions: drawn,
    value: value.map((sum, row) => (conversions[row]! > 0 ? (sum / conversions[row]!) * drawn[row]! : 0)),
    nulls: nulls.map((count) => (count > 0 ? random.poisson(count) : 0)),
  };
}

/** Of ascending numbers, linear between them; 0 of none. Hyndman and Fan (1996), definition 7. */
function quantile(ascending: Float64Array, share: number): number {
  if (!ascending.length) return 0;
  const at = share * (ascending.length - 1);
  const below = ascending[Math.floor(at)]!;
  return below + (ascending[Math.ceil(at)]! - below) * (at % 1);
}
