import type { Context } from "../../garden/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { findCurrentRun } from "../runs/index.ts";
import type { Bound } from "./conditions.ts";

const dayMs = 86_400_000;

/** The start of a day in the garden's zone, as an instant for ClickHouse. */
export function startSql(day: string, zone: string): string {
  return `toDateTime64(concat(${day}, ' 00:00:00'), 3, ${zone})`;
}

/** Refuses journeys.period unless the period has a day in it. */
export function requirePeriod(ask: { from: string; to: string }): void {
  if (ask.from >= ask.to) {
    refuse("invalid", "journeys.period", "The period ends before it begins: `to` is the day after the last.");
  }
}

/**
 * The moment up to which somebody can be said not to have done a thing: the end of the last day observed
 * by the run that is shown, or now. An export that ends in June says nothing of July.
 */
async function observedUntil(ctx: Context): Promise<{ instant: Date } | { nextDay: string }> {
  const run = await findCurrentRun(ctx, "value");
  const now = ctx.now();
  // A run older than two days no longer says where the data end: orders may have come since.
  const recent = run?.finishedAt && now.getTime() - run.finishedAt.getTime() < 2 * dayMs;
  if (!run?.dataUntil || !recent) return { instant: now };
  return { nextDay: new Date(Date.parse(`${run.dataUntil}T00:00:00Z`) + dayMs).toISOString().slice(0, 10) };
}

/**
 * `observedUntil` as SQL; undefined when every window that begins before `to` was over by then, so that
 * nobody is waiting and the question need not be asked of each row.
 */
export async function observedSql(
  ctx: Context,
  ask: { to: string; windowDays: number },
  zone: string,
  bound: Bound,
): Promise<string | undefined> {
  const observed = await observedUntil(ctx);
  const observedMs =
    "instant" in observed ? observed.instant.getTime() : Date.parse(`${observed.nextDay}T00:00:00Z`);
  // A day of room: zones and their changes of clock move the ends by hours.
  const windowsEndMs = Date.parse(`${ask.to}T00:00:00Z`) + (ask.windowDays + 2) * dayMs;
  if (windowsEndMs < observedMs) return undefined;
  return "instant" in observed
    ? bound.add(observed.instant, "DateTime64(3, 'UTC')")
    : startSql(bound.add(observed.nextDay, "String"), zone);
}
