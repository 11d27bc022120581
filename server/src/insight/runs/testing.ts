import { randomUUID } from "node:crypto";
import type { Context } from "../../garden/index.ts";

export interface SeededEvent {
  customer: number;
  /** `2026-01-31` (noon in UTC) or a full instant. */
  at: string;
  name?: string;
  channel?: string;
  minor?: number | null;
  properties?: object;
}

const instant = (at: string) => (at.length === 10 ? `${at} 12:00:00` : at);

/** Puts events straight into the event store, as the pipeline would leave them. */
export async function seedEvents(ctx: Context, events: readonly SeededEvent[]): Promise<void> {
  const lines = events.map(
    ({ customer, at, name = "Order Completed", channel = "", minor = null, properties = {} }) =>
      JSON.stringify({
        event_id: randomUUID(),
        subject_id: customer,
        customer_id: customer,
        happened_at: instant(at),
        received_at: instant(at),
        source_id: 1,
        name,
        channel,
        amount_minor: minor,
        currency: minor === null ? "" : ctx.garden.currency,
        amount_garden_minor: minor,
        properties,
      }),
  );
  await ctx.events.insertLines("events_stored", Buffer.from(lines.join("\n")));
}

/** Puts customers into the store for questions about many; with `profile` false nothing may be concluded. */
export async function seedCustomers(
  ctx: Context,
  ids: readonly number[],
  changes: { profile?: boolean; known?: boolean; createdAt?: string; version?: number } = {},
): Promise<void> {
  const { profile = true, known = true, createdAt = "2020-01-01", version = 1 } = changes;
  const lines = ids.map((id) =>
    JSON.stringify({
      customer_id: id,
      version,
      known: known ? 1 : 0,
      created_at: instant(createdAt),
      profile: profile ? 1 : 0,
      contact: [],
    }),
  );
  await ctx.events.insertLines("customers_stored", Buffer.from(lines.join("\n")));
}
