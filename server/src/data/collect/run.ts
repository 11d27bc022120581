import type { Context } from "../../garden/index.ts";
import type { Outgoing } from "../../platform/outbox/index.ts";
import { withTransaction } from "../../platform/postgres/index.ts";
import { IdentityRace } from "../identity/index.ts";
import { holdPipeline } from "./hold.ts";
import { setAside, takeUpAside } from "./inbox.ts";
import { type Batch, takeBatch } from "./pipeline.ts";
import { requestsMax } from "./take.ts";

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
 * How long the next requests may gather after a small batch, in ms. Each batch costs some twenty statements and a part in
 * the event store, however few events it has.
 */
const gatherMs = 40;
const smallBatch = 1_000;

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
  /** Requests that the next batch may take: fewer while one is looked for that cannot be worked through. */
  let requests = requestsMax;
  let tookUpAside = false;
  /** How many wait for the end of the inbox, and what ends the gathering for them. */
  let hurried = 0;
  let stopGathering = () => {};

  async function one(): Promise<Batch | undefined> {
    for (let attempt = 1; ; attempt++) {
      let taken: readonly number[] = [];
      try {
        // Not ctx.inTransaction: that wakes the pipeline after each commit, which would never let it rest.
        return await withTransaction(ctx.pool, async (tx) => {
          // One pipeline a garden, however many processes there are: batches stay in order.
          await holdPipeline(tx, ctx.garden.id);
          return takeBatch(tx, ctx, requests, (ids) => {
            taken = ids;
          });
        });
      } catch (error) {
        if (error instanceof IdentityRace && attempt < 10) continue;
        if (!isOfContent(error)) throw error;
        // One request must not stand in the way of all others: it is looked for, and put aside.
        if (taken.length > 1) requests = Math.floor(taken.length / 2);
        else {
          const [id] = taken;
          if (id === undefined) throw error;
          await setAside(ctx.pool, id);
          ctx.log.error(
            { err: error, request: id },
            "a request cannot be worked through; it is kept aside, and tried again at the next start",
          );
        }
      }
    }
  }

  async function drain(): Promise<void> {
    if (!tookUpAside) {
      await takeUpAside(ctx.pool);
      tookUpAside = true;
    }
    while (!stopped && !paused) {
      const batch = await one();
      if (!batch) return;
      requests = Math.min(requestsMax, requests * 2);
      counts.batches++;
      counts.events += batch.events;
      counts.kept += batch.kept;
      // Handed over before the one ahead is waited for: its sender must not take this batch for one that was left behind.
      const sent = sink(batch.rows);
      await sending;
      sending = sent;
      if (batch.events < smallBatch && !hurried) {
        await new Promise<void>((resolve) => {
          stopGathering = resolve;
          setTimeout(resolve, gatherMs);
        });
      }
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
    hurried++;
    stopGathering();
    try {
      while (running) await running;
      await sending;
    } finally {
      hurried--;
    }
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
