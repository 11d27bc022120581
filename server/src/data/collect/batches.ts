import type { Pool } from "pg";
import { readGarden } from "../../garden/index.ts";
import type { Keys } from "../../platform/keys/index.ts";
import { withTransaction } from "../../platform/postgres/index.ts";
import { IdentityRace } from "../identity/index.ts";
import { holdPipeline } from "./hold.ts";
import { setAside, takeUpAside } from "./inbox.ts";
import { type Batch, takeBatch } from "./pipeline.ts";
import { requestsMax, somethingWaits } from "./take.ts";

/** What takes the inbox of one garden through the pipeline, batch after batch; here or in a thread. */
export interface Batches {
  /** Works through what waits longest; undefined when nothing waits. One at a time. */
  next(): Promise<Batch | undefined>;
  close(): Promise<void>;
}

export interface BatchSurroundings {
  /** Stands in the garden's schema. */
  pool: Pool;
  garden: string;
  keys: Pick<Keys, "ring">;
  /** What time it is, where the garden has no clock of its own. */
  now(): Date;
  /** Hears of a request that cannot be worked through. */
  putAside(request: number, error: unknown): void;
}

export function openBatches({ pool, garden, keys, now, putAside }: BatchSurroundings): Batches {
  /** Requests that the next batch may take: fewer while one is looked for that cannot be worked through. */
  let requests = requestsMax;
  let tookUpAside = false;

  /** One transaction; `taken` hears which requests it is about. */
  const once = (taken: (ids: number[]) => void): Promise<Batch | undefined> =>
    withTransaction(pool, async (tx) => {
      // One pipeline a garden, however many processes there are: batches stay in order.
      await holdPipeline(tx, garden);
      // Read here and not before: whoever held the pipeline may have changed the currency.
      const found = await readGarden(tx, garden);
      if (!found) return undefined;
      const at = found.simulatedNow ?? now();
      return takeBatch(tx, { garden: found.garden, keys, now: () => at }, requests, taken);
    });

  return {
    async next() {
      if (!tookUpAside) {
        await takeUpAside(pool);
        tookUpAside = true;
      }
      // Whoever wakes us for nothing must not wait: others hold the pipeline one after the other.
      if (!(await somethingWaits(pool))) return undefined;
      for (let attempt = 1; ; attempt++) {
        let taken: readonly number[] = [];
        try {
          const batch = await once((ids) => {
            taken = ids;
          });
          if (batch) requests = Math.min(requestsMax, requests * 2);
          return batch;
        } catch (error) {
          if (error instanceof IdentityRace && attempt < 10) continue;
          if (!isOfContent(error)) throw error;
          // One request must not stand in the way of all others: it is looked for, and put aside.
          if (taken.length > 1) requests = Math.floor(taken.length / 2);
          else {
            const [id] = taken;
            if (id === undefined) throw error;
            await setAside(pool, id);
            putAside(id, error);
          }
        }
      }
    },
    async close() {},
  };
}

/**
 * Whether an error comes from what the events hold, so that the same batch would end in it again: a value that Postgres
 * refuses, or a mistake of ours. A lost connection, a full disk or a lock is none of it.
 */
function isOfContent(error: unknown): boolean {
  const { code } = error as { code?: unknown };
  if (typeof code === "string" && /^[0-9A-Z]{5}$/.test(code)) return /^(22|23|54)/.test(code);
  return (
    error instanceof TypeError ||
    error instanceof RangeError ||
    error instanceof SyntaxError ||
    error instanceof IdentityRace ||
    (error as Error).name === "ZodError"
  );
}
