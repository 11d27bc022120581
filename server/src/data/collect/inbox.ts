import type { Pool } from "pg";
import { query, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import type { Trust } from "./model.ts";

/** A checked request on its way into the inbox. */
export interface Request {
  sourceId: number;
  receivedAt: Date;
  trust: Trust;
  events: number;
  body: Buffer;
}

interface Waiting extends Request {
  resolve(): void;
  reject(error: unknown): void;
}

/** Requests in one insert at most. */
const groupMax = 64;
/** Inserts side by side: one fills while the other waits for the disk. */
const writersMax = 2;

const texts: string[] = [];

/** The insert of so many requests. The text is kept: making it anew would cost more than the rest of the request. */
function insertText(requests: number): string {
  texts[requests] ??= `insert into inbox (source_id, received_at, trust, events, body) values ${Array.from(
    { length: requests },
    (_, row) => `($${row * 5 + 1}, $${row * 5 + 2}, $${row * 5 + 3}, $${row * 5 + 4}, $${row * 5 + 5})`,
  ).join(", ")}`;
  return texts[requests]!;
}

/**
 * The durable way into the inbox of one garden. While an insert is on its way, requests that come
 * meanwhile gather and go together in the next: one wait for the disk serves all of them.
 */
export function openInbox(pool: Pool, bytesMax: number, written: () => void) {
  const waiting: Waiting[] = [];
  let writers = 0;
  let bytes: number | undefined;
  let measuredAt = 0;

  async function write(): Promise<void> {
    writers++;
    try {
      while (waiting.length) {
        const group = waiting.splice(0, groupMax);
        try {
          await pool.query(
            insertText(group.length),
            group.flatMap((one) => [
              one.sourceId,
              one.receivedAt.toISOString(),
              JSON.stringify(one.trust),
              one.events,
              one.body,
            ]),
          );
          for (const one of group) one.resolve();
          written();
        } catch (error) {
          for (const one of group) one.reject(error);
        }
      }
    } finally {
      writers--;
    }
  }

  /** Bytes that wait, measured once a second and added to in between. */
  async function measure(): Promise<number> {
    const now = performance.now();
    if (bytes === undefined || now - measuredAt > 1_000) {
      measuredAt = now;
      const rows = await query<{ bytes: number }>(
        pool,
        sql`select pg_total_relation_size('inbox')::bigint as bytes, exists (select 1 from inbox) as filled`,
      );
      const row = rows[0] as unknown as { bytes: number; filled: boolean };
      // An emptied table keeps its size until it is vacuumed.
      if (!row.filled) bytes = 0;
      else if (row.bytes < bytesMax) bytes = row.bytes;
      else
        bytes = (
          await query<{ bytes: number }>(
            pool,
            sql`select coalesce(sum(length(body)), 0)::bigint as bytes from inbox`,
          )
        )[0]!.bytes;
    }
    return bytes;
  }

  return {
    /** Returns once the request cannot be lost. Refuses inbox.full. */
    async accept(request: Request): Promise<void> {
      if ((await measure()) + request.body.length > bytesMax) {
        refuse(
          "too_many",
          "inbox.full",
          "More events arrive than can be worked through. Send them again a little later.",
          { retryAfterSeconds: 2 },
        );
      }
      bytes = (bytes ?? 0) + request.body.length;
      return new Promise<void>((resolve, reject) => {
        waiting.push({ ...request, resolve, reject });
        if (writers < writersMax) void write();
      });
    },
  };
}
export type Inbox = ReturnType<typeof openInbox>;

/** The lane of requests that could not be worked through. They are kept: a later version may know how. */
const aside = -1;

/** Puts the first waiting request aside, and gives its id. */
export async function setAside(pool: Pool): Promise<number | undefined> {
  const rows = await query<{ id: number }>(
    pool,
    sql`update inbox set lane = ${aside} where id = (select min(id) from inbox where lane = 0) returning id`,
  );
  return rows[0]?.id;
}

/** Lets requests that were put aside wait again. */
export async function takeUpAside(pool: Pool): Promise<void> {
  await query(pool, sql`update inbox set lane = 0 where lane = ${aside}`);
}
