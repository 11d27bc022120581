import type { Logger } from "pino";
import type { Outgoing } from "../../platform/outbox/index.ts";
import type { Batches } from "./batches.ts";

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
export function startPipeline(log: Logger, batches: Batches, sink: Sink): Pipeline {
  const counts = { batches: 0, events: 0, kept: 0 };
  let stopped = false;
  let paused = 0;
  let running: Promise<void> | undefined;
  let again = false;
  let sending: Promise<void> = Promise.resolve();
  /** How many wait for the end of the inbox, and what ends the gathering for them. */
  let hurried = 0;
  let stopGathering = () => {};

  async function drain(): Promise<void> {
    while (!stopped && !paused) {
      const batch = await batches.next();
      if (!batch) return;
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
        log.error(
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
      await batches.close();
    },
  };
}
