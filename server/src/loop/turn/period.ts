import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { isTouchpoint } from "./touchpoints.ts";

/** Days that a page of the loop looks at, and as many before them to compare with. */
export interface LoopPeriod {
  from: Date;
  to: Date;
  previousFrom: Date;
  previousTo: Date;
  /** YYYY-MM-DD in the garden's zone, one a day, oldest first; the last one is not over yet. */
  days: string[];
  /** `newest`: nothing happened lately, so these are the last days in which something did. */
  anchor: "now" | "newest";
}

const Edges = z.object({ midnight: z.number(), first: z.number(), before: z.number(), lastDay: z.string() });
const dayMs = 86_400_000;

/**
 * The last `count` days up to now, or, where nothing happened in them (an old export, a simulated
 * garden), up to the newest touchpoint. Undefined where nothing ever happened. Days begin at midnight in
 * the garden's zone; the days before are cut at the same time of day, so that like stands beside like.
 */
export async function loopPeriod(ctx: Context, count: number): Promise<LoopPeriod | undefined> {
  const [newest] = await ctx.events.query(
    z.object({ at: z.number(), touchpoints: z.number() }),
    { now: ctx.now() },
    `select toUnixTimestamp64Milli(max(happened_at)) as at, count() as touchpoints
    from events where ${isTouchpoint} and happened_at <= {now:DateTime64(3, 'UTC')}`,
  );
  if (!newest || newest.touchpoints === 0) return undefined;
  const isOld = ctx.garden.synthetic || newest.at < ctx.now().getTime() - count * dayMs;
  const to = isOld ? new Date(newest.at + 1) : ctx.now();
  const [edges] = await ctx.events.query(
    Edges,
    { at: to, zone: ctx.garden.timezone, count },
    `with toDate({at:DateTime64(3, 'UTC')}, {zone:String}) as last
    select toUnixTimestamp(toDateTime(last, {zone:String})) as midnight,
      toUnixTimestamp(toDateTime(last - ({count:UInt16} - 1), {zone:String})) as first,
      toUnixTimestamp(toDateTime(last - (2 * {count:UInt16} - 1), {zone:String})) as before,
      toString(last) as last_day`,
  );
  const { midnight, first, before, lastDay } = edges!;
  const from = new Date(first * 1000);
  const previousFrom = new Date(before * 1000);
  // As far into the last day of the days before as we are into this one.
  const previousTo = new Date(
    Math.min(from.getTime(), from.getTime() - dayMs + (to.getTime() - midnight * 1000)),
  );
  const last = Date.parse(`${lastDay}T00:00:00Z`);
  const days = Array.from({ length: count }, (_, index) =>
    new Date(last - (count - 1 - index) * dayMs).toISOString().slice(0, 10),
  );
  return {
    from,
    to,
    previousFrom,
    previousTo,
    days,
    anchor: isOld && !ctx.garden.synthetic ? "newest" : "now",
  };
}
