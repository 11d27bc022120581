import type { Pool } from "pg";
import { z } from "zod";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
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
  let measureAt = 0;

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

  /** Bytes that wait, measured at most once a second and added to in between. */
  async function measure(): Promise<number> {
    const began = performance.now();
    if (bytes === undefined || began > measureAt) {
      measureAt = began + 1_000;
      const row = await queryOne(
        pool,
        sql`select pg_total_relation_size('inbox')::bigint as bytes, exists (select 1 from inbox where lane = 0) as filled`,
        z.object({ bytes: z.number(), filled: z.boolean() }),
      );
      // A table keeps its size when rows leave it, and what was put aside waits for nobody: a large one is added up.
      if (!row!.filled) bytes = 0;
      else if (row!.bytes < bytesMax / 2) bytes = row!.bytes;
      else
        bytes = (await queryOne(
          pool,
          sql`select coalesce(sum(length(body)), 0)::bigint as bytes from inbox where lane = 0`,
          z.object({ bytes: z.number() }),
        ))!.bytes;
      // Adding up a large table takes its time: no more than a tenth of the engine's goes into it.
      measureAt = Math.max(measureAt, began + 10 * (performance.now() - began));
    }
    return bytes;
  }

  async function refuseBeyond(more: number): Promise<void> {
    if ((await measure()) + more <= bytesMax) return;
    refuse(
      "too_many",
      "inbox.full",
      "More events arrive than can be worked through. Send them again a little later.",
      { retryAfterSeconds: 2 },
    );
  }

  return {
    /** Refuses inbox.full: for what the product would submit itself because somebody asks for something. */
    refuseWhenFull: () => refuseBeyond(0),
    /** Returns once the request cannot be lost. Refuses inbox.full. */
    async accept(request: Request): Promise<void> {
      await refuseBeyond(request.body.length);
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

/** Puts a request aside, so that it holds up no other. */
export async function setAside(pool: Pool, id: number): Promise<void> {
  await query(pool, sql`update inbox set lane = ${aside} where id = ${id}::bigint`);
}

/** Lets requests that were put aside wait again. */
export async function takeUpAside(pool: Pool): Promise<void> {
  await query(pool, sql`update inbox set lane = 0 where lane = ${aside}`);
}
