import { distinctPaths, type Journeys, markovCredit, Random } from "../models/src/index.ts";
import type { BenchRow } from "./row.ts";

const paths = 1_000_000;
const channels = 10;
const forms = [
  { order: 1, limit: 1 },
  { order: 3, limit: 3 },
] as const;

/** A million journeys of one to a dozen touches, some channels far more common than others, a row each. */
function made(): Journeys {
  const random = new Random("bench attribution");
  const offsets = new Int32Array(paths + 1);
  const touches = new Int32Array(paths * 12);
  const conversions = new Float64Array(paths);
  let at = 0;
  for (let row = 0; row < paths; row++) {
    do touches[at++] = Math.floor(channels * random.uniform() ** 2);
    while (at - offsets[row]! < 12 && random.chance(0.7));
    offsets[row + 1] = at;
    conversions[row] = Number(random.chance(0.1));
  }
  return {
    channels: Array.from({ length: channels }, (_, n) => `channel ${n}`),
    touches: touches.slice(0, at),
    ...{ offsets, conversions, value: conversions, nulls: conversions.map((one) => 1 - one) },
  };
}

/** Exact Markov attribution of a million paths, from the rows to the removal effect of every channel. */
export async function benchAttribution(): Promise<BenchRow[]> {
  const journeys = made();
  return forms.map(({ order, limit }): BenchRow => {
    const begun = performance.now();
    const { conversionChance } = markovCredit(distinctPaths(journeys), order);
    const seconds = (performance.now() - begun) / 1000;
    if (Math.abs(conversionChance - journeys.conversions.reduce((sum, one) => sum + one, 0) / paths) > 1e-9)
      throw new Error("The chain does not foretell the rate that was observed.");
    return {
      name: `exact Markov attribution, order ${order}, ${paths.toLocaleString("en")} paths (${journeys.touches.length.toLocaleString("en")} touches)`,
      ...{ value: seconds, unit: "s", target: `under ${limit} s`, met: seconds < limit },
    };
  });
}
