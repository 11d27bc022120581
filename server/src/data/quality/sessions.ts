import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";

/** So long nothing, and the next event begins a session. */
const pauseMs = 30 * 60 * 1000;
/** How many sessions of a visitor a late event may still join. */
const recentMax = 4;
/** Sessions that a visitor can have before ids meet those of the next. Ids stay below 2^53 while visitors stay below 2^33. */
export const sessionsOfVisitor = 2 ** 20;

/** Number, first and last instant in ms, and the campaign it began with. */
type Session = [number: number, first: number, last: number, campaign: string];
const Row = z.object({
  visitorId: z.number(),
  sessions: z.number(),
  recent: z.custom<Session[]>(Array.isArray),
});

/** A visitor's event on its way to its session. */
export interface Visit {
  visitor: number;
  at: Date;
  /** What brought the visitor, '' where nothing is said. */
  campaign: string;
  /** May it begin a session? What a server tells of a visitor who sits elsewhere joins one, or stands alone. */
  begins: boolean;
}

/**
 * The sessions of visitors.
 *
 * A session ends after 30 minutes without an event, by the time at which events happened, and where a campaign brings the
 * visitor anew. An event that comes late joins the session around it, one of the last four of its visitor, else it begins
 * one of its own. Two sessions that it would bridge stay two: rows are never written again.
 */
export class Sessions {
  readonly #of: Map<number, { sessions: number; recent: Session[] }>;
  readonly #changed = new Set<number>();

  constructor(rows: readonly z.infer<typeof Row>[]) {
    this.#of = new Map(
      rows.map(({ visitorId, ...visitor }) => [
        visitorId,
        { ...visitor, recent: visitor.recent.map((session): Session => [...session]) },
      ]),
    );
  }

  /** The session's id, 0 for none. */
  of({ visitor, at, campaign, begins }: Visit): number {
    if (!visitor) return 0;
    let own = this.#of.get(visitor);
    const time = at.getTime();
    const session = own && around(own.recent, time);
    if (session && own && (campaign === "" || session[3] === campaign)) {
      session[1] = Math.min(session[1], time);
      session[2] = Math.max(session[2], time);
      if (own.recent.at(-1) !== session) {
        own.recent.splice(own.recent.indexOf(session), 1);
        own.recent.push(session);
      }
      this.#changed.add(visitor);
      return idOf(visitor, session[0]);
    }
    if (!begins) return session ? idOf(visitor, session[0]) : 0;
    if (!own) {
      own = { sessions: 0, recent: [] };
      this.#of.set(visitor, own);
    }
    own.sessions++;
    own.recent.push([own.sessions, time, time, campaign]);
    if (own.recent.length > recentMax) own.recent.shift();
    this.#changed.add(visitor);
    return idOf(visitor, own.sessions);
  }

  get changed(): z.infer<typeof Row>[] {
    return [...this.#changed].map((visitorId) => ({ visitorId, ...this.#of.get(visitorId)! }));
  }
}

const idOf = (visitor: number, session: number) =>
  visitor * sessionsOfVisitor + (session % sessionsOfVisitor);

/** The session that an instant lies in; else the one that ended last before it; else the one that began next after it. */
function around(sessions: readonly Session[], time: number): Session | undefined {
  let before: Session | undefined;
  let after: Session | undefined;
  for (const session of sessions) {
    const [, first, last] = session;
    if (time >= first && time <= last) return session;
    if (time > last && time - last < pauseMs && !(before && before[2] > last)) before = session;
    if (time < first && first - time < pauseMs && !(after && after[1] < first)) after = session;
  }
  return before ?? after;
}

/** What is known of the sessions of these visitors. */
export async function loadSessions(tx: Tx, visitors: readonly number[]): Promise<Sessions> {
  if (!visitors.length) return new Sessions([]);
  const rows = await query(
    tx,
    sql`select visitor_id, sessions, recent from visitor_sessions where visitor_id = any(${visitors}::bigint[])`,
    Row,
  );
  return new Sessions(rows);
}

export async function saveSessions(tx: Tx, sessions: Sessions): Promise<void> {
  const rows = sessions.changed;
  if (!rows.length) return;
  await query(
    tx,
    sql`insert into visitor_sessions (visitor_id, sessions, recent)
      select * from unnest(${rows.map((row) => row.visitorId)}::bigint[], ${rows.map((row) => row.sessions)}::int[], ${rows.map((row) => JSON.stringify(row.recent))}::jsonb[])
      on conflict (visitor_id) do update set sessions = excluded.sessions, recent = excluded.recent`,
  );
}
