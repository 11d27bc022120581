import { z } from "zod";
import type { Context, Tx } from "../../garden/index.ts";
import { type Executor, query, queryOne, sql } from "../../platform/postgres/index.ts";
import type { AsideReason, DropReason, Incoming } from "./model.ts";

/** What a batch dropped: counted by day, source and reason, and for an hour each one without a personal field. */
export class Drops {
  readonly day: string;
  readonly #events: { event: Incoming; reason: DropReason }[] = [];

  readonly #aside = new Map<string, { source: number; reason: string; events: number }>();

  /** Drops count for the day of `at` in the garden's zone. */
  constructor(at: Date, timezone: string) {
    this.day = new Intl.DateTimeFormat("sv-SE", { timeZone: timezone }).format(at);
  }

  add(event: Incoming, reason: DropReason): void {
    this.#events.push({ event, reason });
  }

  /** Counts an event that is kept, and left out of every question. */
  setAside({ sourceId }: Incoming, reason: AsideReason): void {
    const key = `${sourceId} ${reason}`;
    const count = this.#aside.get(key) ?? { source: sourceId, reason, events: 0 };
    count.events++;
    this.#aside.set(key, count);
  }

  async save(tx: Tx): Promise<void> {
    if (!this.#events.length && !this.#aside.size) return;
    const counts = new Map(this.#aside);
    for (const { event, reason } of this.#events) {
      const key = `${event.sourceId} ${reason}`;
      const count = counts.get(key) ?? { source: event.sourceId, reason, events: 0 };
      count.events++;
      counts.set(key, count);
    }
    const rows = [...counts.values()];
    await query(
      tx,
      sql`insert into drop_counts (day, source_id, reason, events)
        select ${this.day}::date, * from unnest(${rows.map((row) => row.source)}::bigint[], ${rows.map((row) => row.reason)}::text[], ${rows.map((row) => row.events)}::bigint[])
        on conflict (day, source_id, reason) do update set events = drop_counts.events + excluded.events`,
    );
    const shown = this.#events.filter(({ reason }) => reason !== "duplicate").slice(-200);
    await query(
      tx,
      sql`insert into recent_drops (at, source_id, type, name, reason)
        select * from unnest(${shown.map(({ event }) => event.receivedAt)}::timestamptz[], ${shown.map(({ event }) => event.sourceId)}::bigint[],
          ${shown.map(({ event }) => event.type)}::text[], ${shown.map(({ event }) => event.name.slice(0, 255))}::text[], ${shown.map(({ reason }) => reason)}::text[])`,
    );
  }
}

/** The first of the last `days` days in the garden's zone, today among them, and the moment at which it began. */
export async function firstOfDays(ctx: Context, days: number): Promise<{ day: string; at: Date }> {
  const { timezone } = ctx.garden;
  const row = await queryOne(
    ctx.pool,
    sql`select day::text as day, day::timestamp at time zone ${timezone}::text as at
      from (select (${ctx.now()}::timestamptz at time zone ${timezone}::text)::date - ${days - 1}::int as day) as d`,
    z.object({ day: z.string(), at: z.date() }),
  );
  return row!;
}

/** Events that came on the days in [from, to) and were let go for want of a yes. */
export async function eventsWithoutConsent(
  db: Executor,
  days: { from: string; to: string },
): Promise<number> {
  const row = await queryOne(
    db,
    sql`select coalesce(sum(events), 0)::float8 as events from drop_counts
      where reason in ('no_consent', 'withdrawn') and day >= ${days.from}::date and day < ${days.to}::date`,
    z.object({ events: z.number() }),
  );
  return row?.events ?? 0;
}
