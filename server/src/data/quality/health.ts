/**
 * How an event is doing: `new` before a week is over, `silent` when it stopped coming, `fewer` or `more` when its last
 * whole day is out of what that day of the week usually brings, else `steady`.
 */
export type Health = "new" | "steady" | "silent" | "fewer" | "more";

const dayMs = 86_400_000;
const weeks = 4;
/** How many standard deviations of a Poisson count a day must be off. */
const deviations = 4;

/**
 * `days` are the events of the last 29 whole and begun days, oldest first: the last is today, which is not over.
 *
 * Silent: nothing for one and a half times the longest pause of the 28 days before, and for a day at least, so that an
 * event of weekdays alone is not missed on a Sunday. Fewer or more: yesterday against the median of the same day of the
 * week in the weeks before, by half or double, and by more than chance (4 standard deviations of a Poisson count).
 */
export function healthOf(seen: { days: readonly number[]; firstAt: Date; lastAt: Date }, now: Date): Health {
  const ageMs = now.getTime() - seen.firstAt.getTime();
  const silentMs = now.getTime() - seen.lastAt.getTime();
  const whole = seen.days.slice(0, -1);
  const lived = whole.slice(-Math.max(1, Math.ceil(ageMs / dayMs)));
  if (silentMs > Math.max(dayMs, (longestPause(lived) + 1) * 1.5 * dayMs)) return "silent";
  if (ageMs < 7 * dayMs) return "new";
  const yesterday = whole.at(-1) ?? 0;
  const before = Array.from({ length: weeks - 1 }, (_, week) => whole.at(-1 - 7 * (week + 1)) ?? 0);
  if (ageMs < weeks * 7 * dayMs || before.some((events) => events === 0)) return "steady";
  const usual = before.toSorted((a, b) => a - b)[Math.floor(before.length / 2)]!;
  if (Math.abs(yesterday - usual) <= deviations * Math.sqrt(usual)) return "steady";
  if (yesterday < usual / 2) return "fewer";
  return yesterday > usual * 2 ? "more" : "steady";
}

/** Most days in a row without an event, between days with one. What follows the last one is the silence itself. */
function longestPause(days: readonly number[]): number {
  let longest = 0;
  let pause = 0;
  let isOpen = false;
  for (const events of days) {
    if (events > 0) {
      longest = Math.max(longest, isOpen ? pause : 0);
      pause = 0;
      isOpen = true;
    } else pause++;
  }
  return longest;
}
