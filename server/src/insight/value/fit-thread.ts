import type { Worker } from "node:worker_threads";
import { startThread } from "../../platform/thread.ts";
import type { FitAnswer, FitAsk } from "./fit.ts";

/** How long a thread waits for another fit, in ms: where gardens are worked out one after the other, starting it costs more than fitting. */
const idleMs = 20_000;
let idle: { worker: Worker; timer: NodeJS.Timeout } | undefined;

/** Fits in a thread of its own, so that nobody waits for it. A signal ends the thread. */
export function fitInThread(ask: FitAsk, signal: AbortSignal): Promise<FitAnswer> {
  if (signal.aborted) return Promise.reject(signal.reason);
  const worker = takeIdle() ?? startThread(import.meta.url, "fit");
  worker.ref();
  return new Promise<FitAnswer>((resolve, reject) => {
    const settle = () => {
      signal.removeEventListener("abort", stop);
      worker.off("message", answered).off("error", fail).off("exit", ended);
    };
    const fail = (error: unknown) => {
      settle();
      void worker.terminate();
      reject(error);
    };
    const stop = () => fail(signal.reason);
    const ended = (code: number) =>
      fail(new Error(`The thread of the fit ended without an answer (code ${code}).`));
    const answered = (answer: FitAnswer) => {
      settle();
      keepIdle(worker);
      resolve(answer);
    };
    signal.addEventListener("abort", stop, { once: true });
    worker.on("message", answered).on("error", fail).on("exit", ended);
    worker.postMessage(ask);
  });
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
  if (idle) {
    void worker.terminate();
    return;
  }
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
