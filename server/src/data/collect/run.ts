import type { Context } from "../../garden/index.ts";
import type { Outgoing } from "../../platform/outbox/index.ts";
import { query, sql, withTransaction } from "../../platform/postgres/index.ts";
import { IdentityRace } from "../identity/index.ts";
import { type Batch, takeBatch } from "./pipeline.ts";

/** Takes a finished batch on to the event store; returns when it is there, or waits safely in the outbox. */
export type Sink = (batch: Outgoing | undefined) => Promise<void>;

export interface Pipeline {
  /** Says that something came into the inbox. */
  wake(): void;
  /** Everything that was in the inbox before is queryable, or dropped, when this returns. */
  drained(): Promise<void>;
  pause(): Promise<void>;
  resume(): void;
  stop(): Promise<void>;
  readonly counts: { batches: number; events: number; kept: number };
}

/**
 * Works through the inbox of one garden, batch after batch. While a finished batch goes to the event
 * store the next one is already worked on; there is never more than one on the way.
 */
export function startPipeline(ctx: Context, sink: Sink): Pipeline {
  const counts = { batches: 0, events: 0, kept: 0 };
  let stopped = false;
  let paused = 0;
  let running: Promise<void> | undefined;
  let again = false;
  let sending: Promise<void> = Promise.resolve();

  async function one(): Promise<Batch | undefined> {
    for (let attempt = 1; ; attempt++) {
      try {
        // Not ctx.inTransaction: that wakes the pipeline after each commit, which would never let it rest.
        return await withTransaction(ctx.pool, async (tx) => {
          // One pipeline a garden, however many processes there are: batches stay in order.
          await query(tx, sql`select pg_advisory_xact_lock(hashtext(${`pipeline ${ctx.garden.id}`}))`);
          return takeBatch(tx, ctx);
        });
      } catch (error) {
        if (error instanceof IdentityRace && attempt < 10) continue;
        throw error;
      }
    }
  }

  async function drain(): Promise<void> {
    while (!stopped && !paused) {
      const batch = await one();
      if (!batch) return;
      counts.batches++;
      counts.events += batch.events;
      counts.kept += batch.kept;
      await sending;
      sending = sink(batch.rows);
    }
  }

  function wake() {
    if (stopped || paused) return;
    if (running) {
      again = true;
      return;
    }
    running = drain()
      .catch(async (error) => {
        ctx.log.error(
          { err: error },
          "a batch of events could not be worked through; it stays in the inbox and is tried again",
        );
        await new Promise((resolve) => setTimeout(resolve, 500));
        again = true;
      })
      .finally(() => {
        running = undefined;
        if (again) {
          again = false;
          wake();
        }
      });
  }
  const timer = setInterval(wake, 1_000);
  timer.unref();
  wake();

  const idle = async () => {
    while (running) await running;
    await sending;
  };
  return {
    wake,
    counts,
    async drained() {
      wake();
      await idle();
    },
    async pause() {
      paused++;
      await idle();
    },
    resume() {
      paused--;
      wake();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await idle();
    },
  };
}
