import type { Worker } from "node:worker_threads";
import { startThread } from "./thread.ts";

/** How long a thread waits for another question, in ms: starting it costs more than most answers. */
const idleMs = 20_000;

/**
 * A way to ask the thread `name.worker` beside the module at `from`, which posts one answer for each question. A thread
 * that has answered is asked again; questions at the same time have one each. A signal ends its thread, and the promise is
 * rejected with its reason.
 */
export function askingThread<Ask, Answer>(
  from: string,
  name: string,
): (ask: Ask, signal: AbortSignal) => Promise<Answer> {
  let idle: { worker: Worker; timer: NodeJS.Timeout } | undefined;

  function forget(): void {
    if (idle) clearTimeout(idle.timer);
    idle = undefined;
  }

  function takeIdle(): Worker | undefined {
    if (!idle) return undefined;
    const { worker } = idle;
    worker.off("exit", forget);
    forget();
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

  return (ask, signal) => {
    if (signal.aborted) return Promise.reject(signal.reason);
    const worker = takeIdle() ?? startThread(from, name);
    worker.ref();
    return new Promise<Answer>((resolve, reject) => {
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
        fail(new Error(`The thread ${name} ended without an answer (code ${code}).`));
      const answered = (answer: Answer) => {
        settle();
        keepIdle(worker);
        resolve(answer);
      };
      signal.addEventListener("abort", stop, { once: true });
      worker.on("message", answered).on("error", fail).on("exit", ended);
      worker.postMessage(ask);
    });
  };
}
