import { z } from "zod";
import type { Context } from "../../garden/index.ts";

const EventName = z.object({ name: z.string(), events: z.number() });
const Span = z.object({ first: z.string().nullable(), last: z.string().nullable() });

/** What happens here at all, the most frequent first, and from when to when. */
export async function listEventNames(
  ctx: Context,
): Promise<{ events: z.infer<typeof EventName>[]; first: string | null; last: string | null }> {
  const params = { zone: ctx.garden.timezone };
  const [events, [span]] = await Promise.all([
    ctx.events.query(
      EventName,
      {},
      "select name, count() as events from events where customer_id > 0 group by name order by events desc, name limit 300",
    ),
    ctx.events.query(
      Span,
      params,
      `select
        if(count() = 0, null, toString(toDate(min(happened_at), {zone:String}))) as first,
        if(count() = 0, null, toString(toDate(max(happened_at), {zone:String}))) as last
      from events where customer_id > 0`,
    ),
  ]);
  return { events, first: span?.first ?? null, last: span?.last ?? null };
}

/** Which properties does this event carry? From the latest ten thousand of them. */
export async function listProperties(ctx: Context, event: string): Promise<string[]> {
  const rows = await ctx.events.query(
    z.object({ path: z.string() }),
    { event },
    `select arrayJoin(JSONAllPaths(properties)) as path
    from (select properties from events where name = {event:String} order by received_at desc limit 10000)
    group by path order by count() desc, path limit 200`,
  );
  return rows.map((row) => row.path);
}
