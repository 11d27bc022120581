import { z } from "zod";

/** The stations in the order in which the loop turns. */
export const stations = ["experience", "data", "insight", "offer"] as const;
export const StationName = z.enum(stations);
export type StationName = z.infer<typeof StationName>;

/** Opens the customers behind a number: `GET /api/customers?filter=…&value=…`. */
export const CustomersFilter = z.object({ filter: z.string(), value: z.string() });
export type CustomersFilter = z.infer<typeof CustomersFilter>;

/** Why a number is not there. */
export const Missing = z.enum([
  /** Nothing happened in this time. */
  "no_touchpoint",
  /** No run of insight has finished yet. */
  "no_insight",
  /** No offer was decided in this time. */
  "no_decision",
  /** What came in was imported: it has no way of its own in time. */
  "only_imports",
  /** What would have to be counted has not happened yet. */
  "nothing_yet",
]);
export type Missing = z.infer<typeof Missing>;

/** A number of a station; null with the reason where there is none. */
const Number_ = z.object({ value: z.number().nullable(), missing: Missing.nullable() });

export const Station = z.object({
  station: StationName,
  /** Touchpoints, a share in [0, 1], customers, accepted offers. */
  unit: z.enum(["touchpoints", "share", "customers", "offers"]),
  ...Number_.shape,
  /** By how many customers, of how many offers; null where that has no meaning. */
  of: z.number().nullable(),
  /** The same number in the 28 days before; null where there was nothing to compare with. */
  previous: z.number().nullable(),
  /** A value for each day, oldest first, in the garden's zone. */
  days: z.array(z.number()),
  /** One more fact, which the page puts into words. */
  note: z
    .discriminatedUnion("code", [
      z.object({
        code: z.literal("channels"),
        grew: z.string(),
        change: z.number(),
        shrank: z.string().nullable(),
      }),
      z.object({ code: z.literal("stopped"), events: z.number(), share: z.number() }),
      z.object({ code: z.literal("known_share"), share: z.number(), boughtOnce: z.number() }),
      z.object({ code: z.literal("held_back"), customers: z.number() }),
    ])
    .nullable(),
  /** The customers that the note counts; null where it counts something else. */
  noteFilter: CustomersFilter.nullable(),
  customersFilter: CustomersFilter.nullable(),
  ofFilter: CustomersFilter.nullable(),
});
export type Station = z.infer<typeof Station>;

/** A median with its 95 % interval, in days. */
export const Days = z.object({ value: z.number(), low: z.number(), high: z.number() });
export type Days = z.infer<typeof Days>;

/** The way from a station to the next one. */
export const Passage = z.object({
  after: StationName,
  share: z.number().nullable(),
  missing: Missing.nullable(),
  /** What the share is of: events, customers or offers. */
  base: z.number(),
  passed: z.number(),
  days: Days.nullable(),
  /** The customers who got through, or whose events or offers did. */
  passedFilter: CustomersFilter.nullable(),
  /** Those who did not get through. */
  waitingFilter: CustomersFilter.nullable(),
});
export type Passage = z.infer<typeof Passage>;

/** Below this many, a share says too little to call a passage stuck. */
export const stuckBaseMin = 30;
/** A passage that lets this share through is not stuck, even if it is the narrowest. */
export const stuckShareMax = 0.8;

/**
 * Where the loop is stuck: the passage with the lowest share, of those with a base of `stuckBaseMin` or
 * more and a share below `stuckShareMax`. Of two equal ones the earlier, since what waits there never
 * reaches the later.
 */
export function stuckAt(passages: readonly Pick<Passage, "after" | "share" | "base">[]): StationName | null {
  let worst: { after: StationName; share: number } | undefined;
  for (const { after, share, base } of passages) {
    if (share === null || base < stuckBaseMin || share >= stuckShareMax) continue;
    if (!worst || share < worst.share) worst = { after, share };
  }
  return worst?.after ?? null;
}

/**
 * Days of one turn: the sum of the medians of the four passages; null until each was passed. The
 * interval adds the passages' half widths in squares, as of independent errors.
 */
export function turnDays(passages: readonly Pick<Passage, "days">[]): Days | null {
  const days = passages.flatMap((passage) => passage.days ?? []);
  if (days.length < passages.length || days.length === 0) return null;
  const value = days.reduce((sum, one) => sum + one.value, 0);
  const below = Math.hypot(...days.map((one) => one.value - one.low));
  const above = Math.hypot(...days.map((one) => one.high - one.value));
  return { value, low: Math.max(0, value - below), high: value + above };
}

/** `part / whole`, or null of nothing. */
export const shareOf = (part: number, whole: number): number | null => (whole > 0 ? part / whole : null);
