import { z } from "zod";
import type { Context } from "../../garden/index.ts";

const SetAside = z.object({
  traffic: z.enum(["bot", "internal", "datacentre"]),
  name: z.string(),
  sourceId: z.number(),
  customerId: z.number(),
  receivedAt: z.string().transform((text) => `${text.replace(" ", "T")}Z`),
  device: z.string(),
  os: z.string(),
  browser: z.string(),
});
export type SetAside = z.infer<typeof SetAside>;

/** The newest events, for whom they were written, that are kept and left out of every question, received at or after `since`. */
export function setAsideEvents(ctx: Context, ask: { since: Date; max: number }): Promise<SetAside[]> {
  return ctx.events.query(
    SetAside,
    ask,
    `select traffic, name, source_id,
        customer_id, toString(e.received_at) as received_at, device, os, browser
      from events_stored as e
      where traffic != '' and import_id = 0 and e.received_at >= {since:DateTime64(3, 'UTC')}
      order by e.received_at desc limit {max:UInt32}`,
  );
}
