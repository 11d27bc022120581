import { z } from "zod";
import type { Context } from "../../garden/index.ts";

const Window = z.object({
  orders: z.number(),
  lastOrder: z.string(),
  events: z.number(),
  lastEvent: z.string(),
});

/**
 * The last day observed, as YYYY-MM-DD in the garden's zone, or null when nothing has happened.
 *
 * It is the last day with an order: silence may be counted only while orders were being recorded, and
 * an export that ends in June says nothing about July. Without orders it is the last day with an event.
 * Events dated after `now` (a wrong clock) do not count.
 */
export async function observedUntil(ctx: Context): Promise<string | null> {
  const [row] = await ctx.events.query(
    Window,
    { zone: ctx.garden.timezone, now: ctx.now() },
    `select
      countIf(name = 'Order Completed') as orders,
      toString(toDate(maxIf(happened_at, name = 'Order Completed'), {zone:String})) as last_order,
      count() as events,
      toString(toDate(max(happened_at), {zone:String})) as last_event
    from events
    where happened_at <= {now:DateTime64(3, 'UTC')}`,
    { lane: "work" },
  );
  if (!row || row.events === 0) return null;
  return row.orders > 0 ? row.lastOrder : row.lastEvent;
}
