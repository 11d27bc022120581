import type { Worker } from "node:worker_threads";
import { refuse } from "../../platform/refusal.ts";
import { startThread } from "../../platform/thread.ts";
import type { CreditAnswer, CreditAsk } from "./credit.ts";

const limitMs = 120_000;
/** How long the thread waits for another question, in ms: starting it costs more than most answers. */
const idleMs = 20_000;
let idle: { worker: Worker; timer: NodeJS.Timeout } | undefined;
let last: Promise<unknown> = Promise.resolve();

/**
 * Divides the credit in a thread of its own, one question after the other, so that nobody else waits for it. Refuses
 * attribution.too_long for what takes more than two minutes.
 */
export function creditInThread(ask: CreditAsk): Promise<CreditAnswer> {
  const next = last.then(() => inThread(ask));
  last = next.catch(() => undefined);
  return next;
}

async function inThread(ask: CreditAsk): Promise<CreditAnswer> {
  const worker = takeIdle() ?? startThread(import.meta.url, "credit");
  worker.ref();
  const answer = await new Promise<CreditAnswer | undefined>((resolve, reject) => {
    const settle = () => {
      clearTimeout(limit);
      worker.off("message", answered).off("error", fail).off("exit", ended);
    };
    const fail = (error: unknown) => {
      settle();
      void worker.terminate();
      reject(error);
    };
    const ended = (code: number) =>
      fail(new Error(`The thread of attribution ended without an answer (code ${code}).`));
    const answered = (found: CreditAnswer) => {
      settle();
      keepIdle(worker);
      resolve(found);
    };
    const limit = setTimeout(() => {
      settle();
      void worker.terminate();
      resolve(undefined);
    }, limitMs);
    worker.on("message", answered).on("error", fail).on("exit", ended);
    worker.postMessage(ask);
  });
  if (!answer)
    refuse(
      "too_large",
      "attribution.too_long",
      "This takes longer than two minutes. Ask for a shorter period or window, or for a chain of order 1.",
    );
  return answer;
}

function takeIdle(): Worker | undefined {
  if (!idle) return undefined;
  const { worker, timer } = idle;
  clearTimeout(timer);
  worker.off("exit", forget);
  idle = undefined;
  return worker;
}

function keepIdle(worker: Worker): void {
  const timer = setTimeout(() => void worker.terminate(), idleMs);
  timer.unref();
  // A waiting thread does not hold up the end of the process.
  worker.unref();
  worker.once("exit", forget);
  idle = { worker, timer };
}

function forget(): void {
  if (idle) clearTimeout(idle.timer);
  idle = undefined;
}
