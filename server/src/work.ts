import { join } from "node:path";
import type { Logger } from "pino";
import type { Config } from "./config.ts";
import {
  type BatchThread,
  type Inbox,
  inboxDepth,
  openBatches,
  openBatchThread,
  openInbox,
  type Pipeline,
  startPipeline,
} from "./data/collect/index.ts";
import { barsMail } from "./data/consent/index.ts";
import { isStored, repairEvent } from "./data/events/index.ts";
import { mergeFactJoins } from "./data/merges/index.ts";
import { type Dispatch, startDispatch } from "./data/outbound/index.ts";
import type { Context, Gardens } from "./garden/index.ts";
import { atMostEvery } from "./platform/at-most-every.ts";
import { type FactListener, startFacts } from "./platform/facts.ts";
import type { Keys } from "./platform/keys/index.ts";
import { type Mails, openMailTransport, startMails } from "./platform/mail/index.ts";
import { type Delivery, startOutbox } from "./platform/outbox/index.ts";
import type { PostgresConnection } from "./platform/postgres/index.ts";

/** Every transaction wakes who may have something to do: where one follows the other, not for each of them, in ms. */
const wakeEveryMs = 50;

/** A fact's listener that is given the garden in which it was saved. */
export type GardenListener = (fact: {
  id: number;
  name: string;
  payload: unknown;
  at: Date;
  ctx: Context;
}) => Promise<void>;

/** What runs in the background for one garden. */
export interface GardenWork {
  inbox: Inbox;
  pipeline: Pipeline;
  delivery: Delivery;
  mails: Mails;
  /** What others hear of. */
  dispatch: Dispatch;
  depth(): ReturnType<typeof inboxDepth>;
  /** Everything accepted so far is queryable when this returns. */
  drained(): Promise<void>;
  /** Both stores stand still until `resume`; events are still accepted. */
  pause(): Promise<void>;
  resume(): void;
  stop(): Promise<void>;
}

export interface Work {
  /** Refuses garden.missing. */
  of(garden: string): GardenWork;
  start(): void;
  close(garden: string): Promise<void>;
  counts(): Record<string, Pipeline["counts"]>;
  stop(): Promise<void>;
}

/** Starts and stops the background work of each garden as gardens are opened. */
export function openWork(around: {
  config: Config;
  gardens: Gardens;
  listeners: Map<string, GardenListener[]>;
  log: Logger;
  now: () => Date;
  /** Where batches are worked through in a thread of their own; on this one where nothing is said. */
  threadOn?: { connection: PostgresConnection; keys: Keys };
}): Work {
  const { gardens, listeners, now } = around;
  const works = new Map<string, GardenWork>();
  const { smtpUrl, dataDir } = around.config;
  const transport = openMailTransport({ smtpUrl, dir: join(dataDir, "mails") });
  const { sender, address } = senderOf(around.config);

  function sayAside(garden: string, request: number, error: unknown): void {
    around.log.error(
      { err: error, garden, request },
      "a request cannot be worked through; it is kept aside, and tried again at the next start",
    );
  }
  const thread: BatchThread | undefined =
    around.threadOn && openBatchThread({ ...around.threadOn, putAside: sayAside });

  function open(id: string): GardenWork {
    const ctx = gardens.context(id, { kind: "job", id: "pipeline", name: "pipeline" });
    const delivery = startOutbox(ctx.pool, ctx.events, ctx.log, { isStored, repair: repairEvent });
    const told = new Map<string, FactListener[]>();
    for (const [name, list] of listeners)
      told.set(
        name,
        list.map((listen) => (fact) => listen({ ...fact, ctx })),
      );
    const mails = startMails({
      ...{ pool: ctx.pool, transport, log: ctx.log, now },
      from: () => ({ name: ctx.garden.brand, address: sender }),
      address: () => address,
      mayGo: (mail) => barsMail(ctx, mail),
    });
    const facts = startFacts(ctx.pool, told, ctx.log, mergeFactJoins);
    const dispatch = startDispatch(gardens.context(id, { kind: "job", id: "webhooks", name: "webhooks" }), {
      allowPrivate: around.config.webhookAllowPrivate,
    });
    const batches =
      thread?.of(id) ??
      openBatches({
        pool: ctx.pool,
        garden: id,
        keys: ctx.keys,
        now,
        putAside: (request, error) => sayAside(id, request, error),
      });
    const pipeline = startPipeline(ctx.log, batches, async (batch) => {
      facts.wake();
      mails.wake();
      dispatch.wake();
      await delivery.send(batch);
    });
    const inbox = openInbox(ctx.pool, around.config.inboxBytesMax, () => pipeline.wake());
    const wakeAll = atMostEvery(wakeEveryMs, () => {
      pipeline.wake();
      delivery.wake();
      facts.wake();
      mails.wake();
      dispatch.wake();
    });
    wakers.set(id, wakeAll);
    return {
      inbox,
      pipeline,
      delivery,
      mails,
      dispatch,
      depth: () => inboxDepth(ctx),
      async drained() {
        await pipeline.drained();
        await facts.drained();
        await pipeline.drained();
        await delivery.flush();
      },
      async pause() {
        await pipeline.pause();
        await facts.pause();
        await mails.pause();
        await delivery.pause();
      },
      resume() {
        delivery.resume();
        facts.resume();
        mails.resume();
        pipeline.resume();
      },
      async stop() {
        // An event store that is away must not hold up the end: what waits for it waits in the outbox.
        delivery.loseHeart();
        await pipeline.stop();
        await facts.stop();
        await mails.stop();
        await dispatch.stop();
        await delivery.stop();
        wakeAll.cancel();
        wakers.delete(id);
      },
    };
  }

  const wakers = new Map<string, () => void>();
  gardens.onWake((id) => wakers.get(id)?.());
  const of = (id: string) => {
    let work = works.get(id);
    if (!work) {
      work = open(id);
      works.set(id, work);
    }
    return work;
  };
  return {
    of,
    start() {
      gardens.onOpened((garden) => void of(garden.id));
      for (const garden of gardens.list()) of(garden.id);
    },
    async close(id) {
      // Kept until it has stopped: whoever asks meanwhile must not open a second one.
      await works.get(id)?.stop();
      works.delete(id);
    },
    counts: () => Object.fromEntries([...works].map(([id, work]) => [id, work.pipeline.counts])),
    async stop() {
      await Promise.all([...works.values()].map((work) => work.stop()));
      await thread?.close();
      transport.close();
    },
  };
}

/** Who mails are from, and the address that their links lead to. */
function senderOf({ publicUrl, mailFrom, host, port }: Config): { sender: string; address: string } {
  const address = publicUrl ?? `http://${host}:${port}`;
  return { sender: mailFrom ?? `no-reply@${new URL(address).hostname}`, address };
}
