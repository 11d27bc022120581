import type { Context } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { isAllowed } from "../consent/index.ts";
import { openSecret } from "./secret.ts";
import { type Attempt, send, timeoutMs } from "./send.ts";
import * as store from "./store.ts";

export interface Dispatch {
  /** Something may wait. */
  wake(): void;
  /** Everything that was due has been tried when this returns. */
  idle(): Promise<void>;
  stop(): Promise<void>;
}

/** After so many failed attempts in a row a target is left alone until somebody looks at it. */
const failuresMax = 12;
const minute = 60_000;
/** How long it is left alone after each failed attempt, in ms: about a day and a half in all. */
const waits = [
  ...[5_000, 30_000, 2 * minute, 10 * minute, 30 * minute, 60 * minute, 120 * minute, 240 * minute],
  360 * minute,
];
/** Targets that are called at once. */
const atOnceMax = 40;

/**
 * Sends what waits for the targets of one garden. Each target has a worker of its own, with one delivery on its way: its
 * deliveries keep their order, and one that hangs holds up itself alone. Another process may share the work.
 */
export function startDispatch(ctx: Context, options: { allowPrivate: boolean }): Dispatch {
  const workers = new Map<number, Promise<void>>();
  const ending = new AbortController();
  let looking: Promise<void> | undefined;
  let again = false;

  async function look(): Promise<void> {
    for (const id of await store.dueTargets(ctx.pool, ctx.now())) {
      if (ending.signal.aborted || workers.size >= atOnceMax) return;
      if (workers.has(id)) continue;
      const worker = work(id)
        .catch((error) => ctx.log.error({ err: error, target: id }, "a webhook target could not be served"))
        .finally(() => {
          workers.delete(id);
          wake();
        });
      workers.set(id, worker);
    }
  }

  async function work(id: number): Promise<void> {
    const leaseMs = timeoutMs + 20_000;
    let isLeased = false;
    try {
      for (;;) {
        if (ending.signal.aborted) return;
        if (isLeased) await store.releaseTarget(ctx.pool, id);
        const target = await store.leaseTarget(ctx.pool, id, leaseMs, ctx.now());
        isLeased = target !== undefined;
        const delivery = target && (await store.nextDelivery(ctx.pool, id));
        if (!target || !delivery) return;
        await deliver(target, delivery);
      }
    } finally {
      if (isLeased) await store.releaseTarget(ctx.pool, id);
    }
  }

  async function deliver(target: store.Target, delivery: store.Waiting): Promise<void> {
    const { customerId } = delivery;
    // Who took the consent back since is not told of any more.
    if (customerId !== 0 && !(await isAllowed(ctx.pool, customerId, "share"))) {
      await ctx.inTransaction(async (tx) => {
        const unsent = { status: null, error: null, tookMs: null, at: ctx.now() };
        await store.saveAttempt(tx, delivery.id, { state: "withheld", ...unsent });
        await store.countUnsent(tx, target.id, { withheld: 1 });
      });
      return;
    }
    const attempt = await send(
      {
        url: target.url,
        secret: openSecret(ctx, target.secret),
        id: `evt_${delivery.eventId}`,
        at: new Date(),
        body: bodyOf(delivery),
      },
      { allowPrivate: options.allowPrivate, signal: ending.signal },
    );
    // What was cut off by our own end is no failure of the target's.
    if (ending.signal.aborted && attempt.outcome !== "sent") return;
    await ctx.inTransaction(async (tx) => {
      await store.saveAttempt(tx, delivery.id, { ...resultOf(attempt), at: ctx.now() });
      await store.saveHealth(tx, target.id, healthAfter(target, attempt, ctx.now()));
    });
  }

  function wake(): void {
    if (ending.signal.aborted) return;
    if (looking) {
      again = true;
      return;
    }
    looking = look()
      .catch((error) => ctx.log.error({ err: error }, "webhook targets could not be looked for"))
      .finally(() => {
        looking = undefined;
        if (again) {
          again = false;
          wake();
        }
      });
  }
  const timer = setInterval(wake, 1_000);
  timer.unref();
  wake();

  return {
    wake,
    async idle() {
      wake();
      while (looking || workers.size) await (looking ?? Promise.race(workers.values()));
    },
    async stop() {
      ending.abort();
      clearInterval(timer);
      await looking;
      await Promise.all(workers.values());
    },
  };
}

function bodyOf({ eventId, customerId, userId, payload }: store.Waiting): string {
  const customer = customerId === 0 ? null : { id: publicId("customer", customerId), userId };
  return JSON.stringify({ id: `evt_${eventId}`, type: "event", customer, ...payload });
}

function resultOf(attempt: Attempt) {
  const { tookMs } = attempt;
  switch (attempt.outcome) {
    case "sent":
      return { state: "sent" as const, status: attempt.status, error: null, tookMs };
    case "again":
      return { state: "waiting" as const, status: attempt.status, error: attempt.error, tookMs };
    case "refused":
      return { state: "failed" as const, status: attempt.status, error: attempt.error, tookMs };
    case "forbidden":
      return { state: "failed" as const, status: null, error: attempt.error, tookMs };
  }
}

/** How a target stands after an attempt: left alone for longer each time, and in the end until somebody looks at it. */
function healthAfter(target: Pick<store.Target, "failures">, attempt: Attempt, now: Date) {
  if (attempt.outcome === "sent") return { failures: 0, lastError: null, nextAt: null, brokenAt: null };
  const failures = target.failures + 1;
  const isGone = (attempt.outcome === "refused" && attempt.gone) || attempt.outcome === "forbidden";
  const brokenAt = isGone || failures >= failuresMax ? now : null;
  const said = "status" in attempt && attempt.status ? ` ${attempt.status}` : "";
  const lastError = `${attempt.error}${said}`;
  if (attempt.outcome !== "again") return { failures, lastError, nextAt: null, brokenAt };
  const waitMs = Math.max(waits[Math.min(failures, waits.length) - 1]!, attempt.afterMs ?? 0);
  return { failures, lastError, nextAt: new Date(now.getTime() + waitMs), brokenAt };
}
