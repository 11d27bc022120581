import { setImmediate as nextTurn } from "node:timers/promises";
import type { Pool } from "pg";
import { z } from "zod";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import type { Trust } from "./model.ts";
import { type KeptBody, packed } from "./packing.ts";

/** A checked request on its way into the inbox. */
export interface Request {
  sourceId: number;
  receivedAt: Date;
  trust: Trust;
  events: number;
  body: Buffer;
}

interface Waiting {
  request: Request & KeptBody;
  resolve(): void;
  reject(error: unknown): void;
}

/** What one insert takes at most. A longer one would hold up the answers to all its requests. */
const group = { requests: 64, bytes: 512 * 1024 };
/**
 * Inserts side by side at most. One insert serves whoever comes while the one before waits for the disk: fewer, larger
 * groups cost less. Others begin beside it only where so many bytes wait that taking them in is the longer work.
 */
const writersMax = 4;
const crowdBytes = 128 * 1024;

const texts: string[] = [];

/** The insert of so many requests. The text is kept: making it anew would cost more than the rest of the request. */
function insertText(requests: number): string {
  texts[requests] ??=
    `insert into inbox (source_id, received_at, trust, events, body, unpacked) values ${Array.from(
      { length: requests },
      (_, row) => `(${[1, 2, 3, 4, 5, 6].map((column) => `$${row * 6 + column}`).join(", ")})`,
    ).join(", ")}`;
  return texts[requests]!;
}

function valuesOf(group: readonly Waiting[]): unknown[] {
  const values: unknown[] = [];
  for (const { request } of group) {
    values.push(request.sourceId, request.receivedAt.toISOString(), JSON.stringify(request.trust));
    values.push(request.events, request.body, request.unpacked);
  }
  return values;
}

/**
 * The durable way into the inbox of one garden. While an insert is on its way, requests that come
 * meanwhile gather and go together in the next: one wait for the disk serves all of them.
 */
export function openInbox(pool: Pool, bytesMax: number, written: () => void) {
  const waiting: Waiting[] = [];
  let waitingBytes = 0;
  /** Bytes taken on since the start, and those of them that are in the table, or failed to get there. */
  let takenBytes = 0;
  let settledBytes = 0;
  let writers = 0;
  let bytes: number | undefined;
  let measureAt = 0;

  function nextGroup(): Waiting[] {
    let requests = 0;
    let size = 0;
    while (requests < Math.min(waiting.length, group.requests)) {
      const { length } = waiting[requests]!.request.body;
      if (requests > 0 && size + length > group.bytes) break;
      size += length;
      requests++;
    }
    waitingBytes -= size;
    return waiting.splice(0, requests);
  }

  async function write(): Promise<void> {
    writers++;
    try {
      while (waiting.length) {
        // What has arrived but was not read yet goes along: half as many inserts.
        await nextTurn();
        const requests = nextGroup();
        if (!requests.length) break;
        try {
          await pool.query({
            // By name: Postgres reads and plans an insert of that many rows once for each connection.
            name: `inbox ${requests.length}`,
            text: insertText(requests.length),
            values: valuesOf(requests),
          });
          for (const one of requests) one.resolve();
          written();
        } catch (error) {
          for (const one of requests) one.reject(error);
        }
        for (const { request } of requests) settledBytes += request.body.length;
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
      const settledBefore = settledBytes;
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
      // What is still on its way, or got there meanwhile, is not in what was added up.
      bytes += takenBytes - settledBefore;
      // Adding up a large table takes its time: no more than a tenth of the engine's goes into it.
      measureAt = Math.max(measureAt, began + 10 * (performance.now() - began));
    }
    return bytes;
  }

  const refuseBeyond = (size: number): void => {
    if (size <= bytesMax) return;
    refuse(
      "too_many",
      "inbox.full",
      "More events arrive than can be worked through. Send them again a little later.",
      { retryAfterSeconds: 2 },
    );
  };

  const enqueue = (request: Request & KeptBody): Promise<void> =>
    new Promise<void>((resolve, reject) => {
      const { length } = request.body;
      refuseBeyond(bytes! + length);
      bytes! += length;
      takenBytes += length;
      waitingBytes += length;
      waiting.push({ request, resolve, reject });
      if (writers === 0 || (writers < writersMax && waitingBytes >= crowdBytes)) void write();
    });

  return {
    /** Refuses inbox.full: for what the product would submit itself because somebody asks for something. */
    async refuseWhenFull() {
      refuseBeyond(await measure());
    },
    /** Resolves once the request cannot be lost. Refuses inbox.full. */
    accept(request: Request): Promise<void> {
      const kept = packed(request.body);
      if ("body" in kept && bytes !== undefined && performance.now() <= measureAt)
        return enqueue({ ...request, ...kept });
      return (async () => {
        const { body, unpacked } = await kept;
        if (bytes === undefined || performance.now() > measureAt) await measure();
        await enqueue({ ...request, body, unpacked });
      })();
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
