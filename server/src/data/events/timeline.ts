import { z } from "zod";
import type { Context } from "../../garden/index.ts";

/** One touchpoint of a customer. */
export const TimelineEntry = z.object({
  eventId: z.string(),
  happenedAt: z.string(),
  name: z.string(),
  channel: z.string(),
  medium: z.string(),
  campaign: z.string(),
  sourceId: z.number(),
  amountMinor: z.number().nullable(),
  currency: z.string(),
  properties: z.record(z.string(), z.unknown()),
});
export type TimelineEntry = z.infer<typeof TimelineEntry>;

/** Where a page of a timeline ends: an instant alone, or with the event there that was shown last. */
export const TimelineCursor = z
  .string()
  .regex(/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d{1,6})?Z(_[0-9a-f-]{36})?$/, "is no place in a timeline")
  .transform((text) => {
    const [at = "", eventId = nil] = text.split("_");
    return { at: new Date(at), eventId };
  })
  .refine(({ at, eventId }) => !Number.isNaN(at.getTime()) && z.guid().safeParse(eventId).success, {
    message: "is no place in a timeline",
  });
export type TimelineCursor = z.infer<typeof TimelineCursor>;

/** No event has an id below it. */
const nil = "00000000-0000-0000-0000-000000000000";

/** The place after an entry. Events of one instant are told apart by their id, so none is lost between two pages. */
export const cursorAfter = (entry: TimelineEntry) => `${entry.happenedAt}_${entry.eventId}`;

/**
 * The touchpoints of one customer before a place, newest first. `ids` are the customer and all ids
 * joined into it: rows lie under the id they were written for, so this is a range scan.
 */
export function timeline(
  ctx: Context,
  ask: { ids: number[]; before: { at: Date; eventId?: string }; max: number },
): Promise<TimelineEntry[]> {
  return ctx.events.query(
    TimelineEntry,
    { ids: ask.ids, before: ask.before.at, id: ask.before.eventId ?? nil, max: ask.max },
    `select toString(event_id) as event_id, formatDateTime(e.happened_at, '%Y-%m-%dT%H:%i:%S.%fZ') as happened_at, name, channel, medium,
      campaign, source_id, amount_minor, currency, properties
    from events as e
    where e.written_customer_id in {ids:Array(UInt64)} and e.happened_at <= {before:DateTime64(3, 'UTC')}
      and (e.happened_at < {before:DateTime64(3, 'UTC')} or e.event_id < {id:UUID})
    order by e.happened_at desc, e.event_id desc limit {max:UInt32}`,
  );
}

export const RecentEvent = z.object({
  eventId: z.string(),
  receivedAt: z.string(),
  happenedAt: z.string(),
  customerId: z.number(),
  sourceId: z.number(),
  name: z.string(),
  channel: z.string(),
  medium: z.string(),
});

/** What arrived in the last hour, newest first. */
export function recentEvents(
  ctx: Context,
  ask: { since: Date; max: number },
): Promise<z.infer<typeof RecentEvent>[]> {
  return ctx.events.query(
    RecentEvent,
    { since: ask.since, max: ask.max },
    `select toString(event_id) as event_id, formatDateTime(e.received_at, '%Y-%m-%dT%H:%i:%S.%fZ') as received_at,
      formatDateTime(e.happened_at, '%Y-%m-%dT%H:%i:%S.%fZ') as happened_at, customer_id, source_id, name, channel, medium
    from events as e
    where e.received_at > {since:DateTime64(3, 'UTC')} and import_id = 0
    order by e.received_at desc limit {max:UInt32}`,
  );
}
