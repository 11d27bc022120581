import { z } from "zod";

/** How many answered 9 or 10, 7 or 8, and 0 to 6. */
export const NpsCounts = z.object({ promoters: z.number(), passives: z.number(), detractors: z.number() });
export type NpsCounts = z.infer<typeof NpsCounts>;

export const NpsGroup = z.enum(["promoter", "passive", "detractor"]);
export type NpsGroup = z.infer<typeof NpsGroup>;

/** An estimate in points of the score, with its 95 % interval and its 50 % core. */
export const NpsEstimate = z.object({
  /** In [−100, 100]: share of promoters minus share of detractors. */
  score: z.number(),
  low: z.number(),
  high: z.number(),
  coreLow: z.number(),
  coreHigh: z.number(),
});
export type NpsEstimate = z.infer<typeof NpsEstimate>;

/** Reichheld (2003), "The One Number You Need to Grow": 9 and 10 promote, 0 to 6 detract. */
export function groupOf(score: number): NpsGroup {
  if (score >= 9) return "promoter";
  return score >= 7 ? "passive" : "detractor";
}

/** The smallest and the largest score of a group. */
export const scoresOf: Record<NpsGroup, readonly [number, number]> = {
  promoter: [9, 10],
  passive: [7, 8],
  detractor: [0, 6],
};

const z95 = 1.959963984540054;
const z50 = 0.6744897501960817;

/**
 * The Net Promoter Score of these answers, or undefined where nobody answered.
 *
 * The score is a difference of two shares of one trinomial sample. Its interval is the adjusted Wald
 * interval: one answer is added to the promoters and one to the detractors, which keeps it honest for
 * few or one-sided answers, where the plain interval would shrink to a point. It holds for a random
 * sample of those who would answer; it knows nothing of those who stay silent.
 * Sources: Bonett and Price (2012), "Adjusted Wald Confidence Interval for a Difference of Binomial
 * Proportions Based on Paired Data"; Rocks (2016), "Interval Estimation for the Net Promoter Score".
 */
export function npsOf(counts: NpsCounts): NpsEstimate | undefined {
  const answers = answersIn(counts);
  if (answers === 0) return undefined;
  const { middle, variance } = adjusted(counts);
  const score = (100 * (counts.promoters - counts.detractors)) / answers;
  const half = 100 * Math.sqrt(variance);
  const end = (z: number) => clamp(100 * middle + z * half);
  return {
    score,
    low: Math.min(score, end(-z95)),
    high: Math.max(score, end(z95)),
    coreLow: Math.min(score, end(-z50)),
    coreHigh: Math.max(score, end(z50)),
  };
}

/**
 * How much the score rose from one set of answers to another, in points; undefined where one is empty.
 * The two sets are taken as independent, so their variances add up.
 */
export function npsChange(before: NpsCounts, after: NpsCounts): NpsEstimate | undefined {
  const [first, second] = [npsOf(before), npsOf(after)];
  if (!first || !second) return undefined;
  const [from, to] = [adjusted(before), adjusted(after)];
  const score = second.score - first.score;
  const middle = 100 * (to.middle - from.middle);
  const half = 100 * Math.sqrt(from.variance + to.variance);
  return {
    score,
    low: Math.min(score, middle - z95 * half),
    high: Math.max(score, middle + z95 * half),
    coreLow: Math.min(score, middle - z50 * half),
    coreHigh: Math.max(score, middle + z50 * half),
  };
}

export const answersIn = (counts: NpsCounts) => counts.promoters + counts.passives + counts.detractors;

/** Difference of shares and its variance, with one answer added at both ends. */
function adjusted(counts: NpsCounts): { middle: number; variance: number } {
  const total = answersIn(counts) + 2;
  const promote = (counts.promoters + 1) / total;
  const detract = (counts.detractors + 1) / total;
  return {
    middle: promote - detract,
    variance: (promote + detract - (promote - detract) ** 2) / total,
  };
}

const clamp = (score: number) => Math.min(100, Math.max(-100, score));
