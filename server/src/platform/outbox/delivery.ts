import type { Pool } from "pg";
import type { Logger } from "pino";
import { z } from "zod";
import type { EventDatabase } from "../clickhouse/index.ts";
import { query, sql } from "../postgres/index.ts";

/** A finished batch: a row of the outbox. */
export interface Outgoing {
  id: number;
  target: string;
  lines: Uint8Array;
}

const OutgoingRow = z.object({ id: z.number(), target: z.string(), lines: z.instanceof(Buffer) });

/** How long a change of links may stay unseen by queries, in ms: reloading 1 M links takes about 150 ms. */
const linkDelayMs = 250;

/**
 * Sends batches and forgets them. A batch that was sent before a crash is recognised by its token.
 */
export async function deliver(
  pool: Pool,
  events: EventDatabase,
  batches: Outgoing[],
  token: string,
): Promise<{ linked: boolean }> {
  let linked = false;
  for (const batch of batches) {
    await events.insertLines(batch.target, batch.lines, `${token}-${batch.id}`);
    if (batch.target === "customer_links") linked = true;
  }
  await query(pool, sql`delete from outbox where id = any(${batches.map((batch) => batch.id)})`);
  return { linked };
}

/**
 * The sender of one garden. `send` takes batches that the pipeline has just committed; what other
 * transactions left in the outbox is found on `wake`, and at the start what a crash left there.
 */
export function startOutbox(pool: Pool, events: EventDatabase, log: Logger) {
  const token = events.name;
  let stopped = false;
  let paused = 0;
  let chain: Promise<unknown> = Promise.resolve();
  let woken = false;
  /** Batches that the pipeline has in its own hands: they need not be read back. */
  const handed = new Set<number>();
  let reloadTimer: NodeJS.Timeout | undefined;
  let reloading: Promise<void> = Promise.resolve();
  let lagging: Promise<void> | undefined;

  /** One batch after the other: order is part of the promise. */
  function queue<T>(work: () => Promise<T>): Promise<T> {
    const next = chain.then(work, work);
    chain = next.catch(() => {});
    return next;
  }

  function reloadLinks() {
    if (reloadTimer || stopped) return;
    reloadTimer = setTimeout(() => {
      reloadTimer = undefined;
      lagging = reloading = events
        .command("system reload dictionary links", {}, { lane: "work" })
        .catch((error) => log.error({ err: error }, "the links of customers could not be loaded"));
    }, linkDelayMs);
  }

  async function drain(): Promise<void> {
    for (;;) {
      if (paused) return;
      const rows = await query(
        pool,
        sql`select id, target, lines from outbox where not (id = any(${[...handed]}::bigint[])) order by id limit 20`,
        OutgoingRow,
      );
      if (!rows.length) return;
      if ((await deliver(pool, events, rows, token)).linked) reloadLinks();
    }
  }

  /** Sends everything that is committed, with patience when the event store is away. */
  function wake() {
    if (woken || stopped) return;
    woken = true;
    void queue(async () => {
      woken = false;
      for (let waitMs = 100; !stopped && !paused; waitMs = Math.min(waitMs * 2, 10_000)) {
        try {
          return await drain();
        } catch (error) {
          log.error({ err: error }, "finished events wait in the outbox: the event store does not take them");
          await new Promise((resolve) => setTimeout(resolve, waitMs));
        }
      }
    });
  }
  const timer = setInterval(wake, 1_000);
  timer.unref();
  wake();

  return {
    /** Sends a batch that was just committed, and what else waits. When that fails it stays in the outbox, and is sent later. */
    send(batch: Outgoing | undefined): Promise<void> {
      if (batch) handed.add(batch.id);
      return queue(async () => {
        try {
          if (paused) return;
          if (batch) await deliver(pool, events, [batch], token);
        } finally {
          if (batch) handed.delete(batch.id);
        }
        await drain();
      }).catch((error) => {
        log.error({ err: error }, "finished events wait in the outbox: the event store does not take them");
        wake();
      });
    },
    wake,
    /** Everything committed so far is in the event store, and its links are seen, when this returns. */
    async flush() {
      await queue(drain);
      if (reloadTimer) {
        clearTimeout(reloadTimer);
        reloadTimer = undefined;
        await events.command("system reload dictionary links", {}, { lane: "work" });
      }
      await reloading;
      await lagging;
    },
    /** Sends nothing until `resume`: both stores then stand still for a copy. */
    async pause() {
      paused++;
      await chain;
    },
    resume() {
      paused--;
      wake();
    },
    async stop() {
      clearInterval(timer);
      await queue(drain).catch(() => {});
      stopped = true;
      if (reloadTimer) clearTimeout(reloadTimer);
      await reloading;
    },
  };
}

/** Sends now what is committed; jobs call it before they read what they wrote. */
export async function flushOutbox(ctx: { pool: Pool; events: EventDatabase }): Promise<void> {
  const rows = await query(ctx.pool, sql`select id, target, lines from outbox order by id`, OutgoingRow);
  let linked = false;
  for (const row of rows)
    linked = (await deliver(ctx.pool, ctx.events, [row], ctx.events.name)).linked || linked;
  await ctx.events.command("system reload dictionary links", {}, { lane: "work" });
}

/** The running sender of one garden. */
export type Delivery = ReturnType<typeof startOutbox>;
