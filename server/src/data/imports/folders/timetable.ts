import { z } from "zod";

const TimeOfDay = z
  .string()
  .regex(/^([01]\d|2[0-3]):[0-5]\d$/, "Write hours and minutes, such as 03:00.")
  .describe("A time of day in the garden's zone");

/** When a folder is looked into. Files of one without a timetable are taken as they come. */
export const Timetable = z.discriminatedUnion("every", [
  z.object({ every: z.literal("day"), at: TimeOfDay }),
  z.object({
    every: z.literal("week"),
    weekday: z.number().int().min(1).max(7).describe("1 is Monday, 7 is Sunday"),
    at: TimeOfDay,
  }),
]);
export type Timetable = z.infer<typeof Timetable>;

/** A timetable as it is stored. */
export interface StoredTimes {
  timeOfDay: string | null;
  weekday: number | null;
}

export function timetableOf({ timeOfDay: at, weekday }: StoredTimes): Timetable | null {
  if (at === null) return null;
  return weekday === null ? { every: "day", at } : { every: "week", weekday, at };
}

export function timesOf(timetable: Timetable | null): StoredTimes {
  return {
    timeOfDay: timetable?.at ?? null,
    weekday: timetable?.every === "week" ? timetable.weekday : null,
  };
}
