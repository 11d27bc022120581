export const weekdays = [1, 2, 3, 4, 5, 6, 7] as const;

/** The name of a day of the week, of which 1 is Monday. */
export function weekdayName(language: string, weekday: number): string {
  // The first of January 2024 was a Monday.
  return new Intl.DateTimeFormat(language, { weekday: "long", timeZone: "UTC" }).format(
    Date.UTC(2024, 0, weekday),
  );
}
