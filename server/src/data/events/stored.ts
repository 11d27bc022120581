import { z } from "zod";
import type { EventDatabase } from "../../platform/clickhouse/index.ts";
import type { Outgoing } from "../../platform/outbox/index.ts";

const Line = z.object({ event_id: z.string(), customer_id: z.number(), happened_at: z.string() });

/** Whether a batch of events is stored: all of its rows go in at once, so the first speaks for the others. */
export async function isStored(events: EventDatabase, batch: Outgoing): Promise<boolean | undefined> {
  if (batch.target !== "events_stored") return undefined;
  const end = batch.lines.indexOf(10);
  const text = Buffer.from(batch.lines.subarray(0, end < 0 ? undefined : end)).toString("utf8");
  const first = Line.parse(JSON.parse(text));
  const [row] = await events.query(
    z.object({ n: z.number() }),
    { id: first.event_id, customer: first.customer_id, at: new Date(first.happened_at) },
    `select count() as n from events_stored
      where customer_id = {customer:UInt64} and happened_at = {at:DateTime64(3, 'UTC')} and event_id = {id:UUID}`,
  );
  return row!.n > 0;
}

/** An event that the event store cannot read, with its properties as one text: nothing that was accepted is lost. */
export function repairEvent(target: string, line: string): string | undefined {
  if (target !== "events_stored") return undefined;
  const { properties, ...event } = JSON.parse(line) as Record<string, unknown>;
  const unreadable = JSON.stringify(properties) ?? "";
  return JSON.stringify({ ...event, properties: { unreadable } });
}
