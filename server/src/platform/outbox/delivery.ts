import { randomUUID } from "node:crypto";
import type { Pool } from "pg";
import type { Logger } from "pino";
import { z } from "zod";
import { atMostEvery } from "../at-most-every.ts";
import type { EventDatabase } from "../clickhouse/index.ts";
import { query, sql } from "../postgres/index.ts";
import { insertBatch, type Repair } from "./insert.ts";

/** A finished batch: a row of the outbox. */
export interface Outgoing {
  id: number;
  target: string;
  lines: Uint8Array;
}

const OutgoingRow = z.object({ id: z.number(), target: z.string(), lines: z.instanceof(Buffer) });

/** How long a change of links may stay unseen by queries, in ms: reloading 1 M links takes about 150 ms. */
const linkDelayMs = 250;

/** Each insert costs a wait for the disk: what many small transactions leave behind goes together, at most so often, in ms. */
const wakeEveryMs = 100;

/** Batches that are read at a time. */
const batchesMax = 20;

/** Says whether the rows of a batch are in the event store already; undefined where their table cannot tell. */
export type IsStored = (events: EventDatabase, batch: Outgoing) => Promise<boolean | undefined>;

/** Tables in which a row replaces an older one of the same key: their batches may be sent twice, and together. */
async function replacingTables(events: EventDatabase): Promise<ReadonlySet<string>> {
  const rows = await events.query(
    z.object({ name: z.string() }),
    {},
    "select name from system.tables where database = currentDatabase() and engine like '%ReplacingMergeTree'",
  );
  return new Set(rows.map((row) => row.name));
}

interface Surroundings {
  pool: Pool;
  events: EventDatabase;
  replacing: ReadonlySet<string>;
  /** By which the event store knows a batch again when it comes a second time. */
  tokenOf(batch: Outgoing): string;
  repair?: Repair;
  /** Hears how many lines had to be repaired. */
  note?: (repaired: number) => void;
}

/**
 * Sends batches and forgets them. A batch that was sent before is recognised by its token; those of replacing tables go
 * together, because each insert costs a wait for the disk.
 */
async function deliver(around: Surroundings, batches: readonly Outgoing[]): Promise<{ linked: boolean }> {
  const { pool, events, replacing, tokenOf } = around;
  const together = new Map<string, Outgoing[]>();
  for (const batch of batches) {
    const group = together.get(batch.target);
    if (!replacing.has(batch.target)) {
      const { repaired } = await insertBatch(events, batch, tokenOf(batch), around.repair);
      if (repaired) around.note?.(repaired);
    } else if (group) group.push(batch);
    else together.set(batch.target, [batch]);
  }
  for (const [target, group] of together) {
    const newline = Buffer.from("\n");
    // Without a token: what comes twice replaces itself, and must not be taken for a repetition.
    await events.insertLines(target, Buffer.concat(group.flatMap((batch) => [batch.lines, newline])));
  }
  await forget(pool, batches);
  return { linked: batches.some((batch) => batch.target === "customer_links") };
}

async function forget(pool: Pool, batches: readonly Outgoing[]): Promise<void> {
  await query(pool, sql`delete from outbox where id = any(${batches.map((batch) => batch.id)})`);
}

/** Senders of this process by their database: whoever flushes uses the one that is there. */
const senders = new WeakMap<Pool, Delivery>();

/**
 * The sender of one garden. `send` takes batches that the pipeline has just committed; what other
 * transactions left in the outbox is found on `wake`, and at the start what a crash left there.
 */
export function startOutbox(
  pool: Pool,
  events: EventDatabase,
  log: Logger,
  { isStored, repair }: { isStored?: IsStored; repair?: Repair } = {},
) {
  let stopped = false;
  /** Waits for an event store that is away, until `loseHeart`. */
  let patient = true;
  let stopWaiting = () => {};
  let paused = 0;
  let chain: Promise<unknown> = Promise.resolve();
  let woken = false;
  /** Batches that the pipeline has in its own hands: they need not be read back. */
  const handed = new Set<number>();
  let reloadTimer: NodeJS.Timeout | undefined;
  let reloading: Promise<void> = Promise.resolve();
  let replacing: ReadonlySet<string> | undefined;
  /** The last batch that may have been cut off in the middle of its insert; undefined until it is known. */
  let leftUpTo: number | undefined;
  /** When the engine began, in seconds since 1970. */
  let begunAt: number | undefined;

  const around = async (): Promise<Surroundings> => {
    replacing ??= await replacingTables(events);
    return {
      ...{ pool, events, replacing, tokenOf: (batch) => `${events.name}-${batch.id}` },
      ...(repair ? { repair } : {}),
      note: (repaired) =>
        log.error({ repaired }, "events that the event store cannot read are kept as text in it"),
    };
  };

  /** One batch after the other: order is part of the promise. */
  function queue<T>(work: () => Promise<T>): Promise<T> {
    const next = chain.then(work, work);
    chain = next.catch(() => {});
    return next;
  }

  const loadLinks = () => events.command("system reload dictionary links", {}, { lane: "work" });

  function reloadLinks() {
    if (reloadTimer || stopped) return;
    reloadTimer = setTimeout(() => {
      reloadTimer = undefined;
      reloading = reloading
        .then(loadLinks)
        .catch((error) => log.error({ err: error }, "the links of customers could not be loaded"));
    }, linkDelayMs);
  }

  /**
   * Works while no other process sends what this garden has finished: two would send the same batch, one by its token and
   * one by its rows. An engine in this process has no other sender.
   */
  async function alone<T>(work: () => Promise<T>): Promise<T> {
    if (events.embedded) return work();
    const client = await pool.connect();
    try {
      await client.query("select pg_advisory_lock(hashtext('outbox'), hashtext(current_schema()))");
      return await work();
    } finally {
      await client
        .query("select pg_advisory_unlock(hashtext('outbox'), hashtext(current_schema()))")
        .catch(() => {});
      client.release();
    }
  }

  /** Marks what waits now, where the engine or a sender may have been killed since it was marked last. */
  async function markLeftovers(): Promise<void> {
    if (!events.embedded) {
      const [row] = await events.query(
        z.object({ at: z.number() }),
        {},
        "select toUnixTimestamp(now()) - uptime() as at",
      );
      if (begunAt !== undefined && Math.abs(row!.at - begunAt) > 2) leftUpTo = undefined;
      begunAt = row!.at;
    }
    if (leftUpTo !== undefined) return;
    const [row] = await query<{ last: number }>(
      pool,
      sql`select coalesce(max(id), 0)::bigint as last from outbox`,
    );
    leftUpTo = row!.last;
  }

  /**
   * Sends what was left behind by a kill, of a sender or of the engine. The engine notes the token of an insert a moment
   * before its rows are there: a kill in between would make the repetition look done. So the rows themselves are asked
   * for, and the token is a new one each time: this repetition may be killed too.
   */
  async function deliverLeftovers(batches: readonly Outgoing[]): Promise<{ linked: boolean }> {
    const missing: Outgoing[] = [];
    const there: Outgoing[] = [];
    for (const batch of batches) ((await isStored?.(events, batch)) ? there : missing).push(batch);
    await forget(pool, there);
    return deliver({ ...(await around()), tokenOf: () => randomUUID() }, missing);
  }

  const drain = () => alone(drainAlone);
  async function drainAlone(): Promise<void> {
    for (let first = true; ; first = false) {
      if (paused) return;
      const rows = await query(
        pool,
        sql`select id, target, lines from outbox where not (id = any(${[...handed]}::bigint[])) order by id limit ${batchesMax}`,
        OutgoingRow,
      );
      if (!rows.length) return;
      if (first) await markLeftovers();
      const left = rows.filter((row) => row.id <= leftUpTo!);
      const fresh = rows.filter((row) => row.id > leftUpTo!);
      if (left.length && (await deliverLeftovers(left)).linked) reloadLinks();
      if (fresh.length && (await deliver(await around(), fresh)).linked) reloadLinks();
      if (rows.length < batchesMax) return;
    }
  }

  /** Sends everything that is committed, with patience when the event store is away. */
  const wake = atMostEvery(wakeEveryMs, () => {
    if (woken || stopped) return;
    woken = true;
    void queue(async () => {
      woken = false;
      for (let waitMs = 100; patient && !paused; waitMs = Math.min(waitMs * 2, 10_000)) {
        try {
          return await drain();
        } catch (error) {
          leftUpTo = undefined;
          log.error({ err: error }, "finished events wait in the outbox: they could not be sent");
          await new Promise<void>((resolve) => {
            stopWaiting = resolve;
            setTimeout(resolve, waitMs);
          });
        }
      }
    });
  });
  const timer = setInterval(wake, 1_000);
  timer.unref();
  wake();

  const delivery = {
    /** Sends a batch that was just committed, and what else waits. When that fails it stays in the outbox, and is sent later. */
    send(batch: Outgoing | undefined): Promise<void> {
      if (batch) handed.add(batch.id);
      return queue(async () => {
        try {
          if (paused) return;
          if (batch && events.embedded) await deliver(await around(), [batch]);
        } finally {
          if (batch) handed.delete(batch.id);
        }
        await drain();
      }).catch((error) => {
        leftUpTo = undefined;
        log.error({ err: error }, "finished events wait in the outbox: they could not be sent");
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
        await loadLinks();
      }
      await reloading;
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
    /** Tries each thing once from now on: the end is near, and what cannot be sent stays in the outbox. */
    loseHeart() {
      patient = false;
      stopWaiting();
    },
    async stop() {
      clearInterval(timer);
      wake.cancel();
      delivery.loseHeart();
      await queue(drain).catch(() => {});
      stopped = true;
      senders.delete(pool);
      if (reloadTimer) clearTimeout(reloadTimer);
      await reloading;
    },
  };
  senders.set(pool, delivery);
  return delivery;
}

/** Sends now what is committed; jobs call it before they read what they wrote. */
export async function flushOutbox(ctx: { pool: Pool; events: EventDatabase }): Promise<void> {
  const sender = senders.get(ctx.pool);
  if (sender) return sender.flush();
  const around = {
    ...ctx,
    replacing: await replacingTables(ctx.events),
    tokenOf: (batch: Outgoing) => `${ctx.events.name}-${batch.id}`,
  };
  for (;;) {
    const rows = await query(
      ctx.pool,
      sql`select id, target, lines from outbox order by id limit ${batchesMax}`,
      OutgoingRow,
    );
    if (!rows.length) break;
    await deliver(around, rows);
  }
  await ctx.events.command("system reload dictionary links", {}, { lane: "work" });
}

/** The running sender of one garden. */
export type Delivery = ReturnType<typeof startOutbox>;
