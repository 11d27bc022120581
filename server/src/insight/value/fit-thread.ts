import { Worker } from "node:worker_threads";
import type { FitAnswer, FitAsk } from "./fit.ts";

/*
 * From source the thread is TypeScript, which Node 20 cannot start by itself: a line of bootstrap
 * registers tsx in it first. In the bundle it is an entry beside the main one.
 */
const fromSource = import.meta.url.endsWith(".ts");
const workerUrl = new URL(fromSource ? "./fit.worker.ts" : "./fit.worker.js", import.meta.url);
const bootstrap = `import("tsx/esm/api").then(({ register }) => { register(); return import(${JSON.stringify(workerUrl.href)}); });`;

/** How long a thread waits for another fit, in ms: where gardens are worked out one after the other, starting it costs more than fitting. */
const idleMs = 20_000;
let idle: { worker: Worker; timer: NodeJS.Timeout } | undefined;

/** Fits in a thread of its own, so that nobody waits for it. A signal ends the thread. */
export function fitInThread(ask: FitAsk, signal: AbortSignal): Promise<FitAnswer> {
  if (signal.aborted) return Promise.reject(signal.reason);
  const worker = takeIdle() ?? startThread();
  worker.ref();
  return new Promise<FitAnswer>((resolve, reject) => {
    const stop = () => {
      worker.removeAllListeners();
      void worker.terminate();
      reject(signal.reason);
    };
    const fail = (error: Error) => {
      signal.removeEventListener("abort", stop);
      worker.removeAllListeners();
      void worker.terminate();
      reject(error);
    };
    signal.addEventListener("abort", stop, { once: true });
    worker.once("message", (answer: FitAnswer) => {
      signal.removeEventListener("abort", stop);
      worker.removeAllListeners();
      keepIdle(worker);
      resolve(answer);
    });
    worker.once("error", fail);
    worker.once("exit", (code) =>
      fail(new Error(`The thread of the fit ended without an answer (code ${code}).`)),
    );
    worker.postMessage(ask);
  });
}

function startThread(): Worker {
  return fromSource ? new Worker(bootstrap, { eval: true, execArgv: [] }) : new Worker(workerUrl);
}

function takeIdle(): Worker | undefined {
  if (!idle) return undefined;
  const { worker, timer } = idle;
  clearTimeout(timer);
  worker.removeAllListeners();
  idle = undefined;
  return worker;
}

function keepIdle(worker: Worker): void {
  if (idle) {
    void worker.terminate();
    return;
  }
  const timer = setTimeout(() => {
    idle = undefined;
    void worker.terminate();
  }, idleMs);
  timer.unref();
  // A waiting thread holds up neither the end of the process nor anybody who listens to it.
  worker.unref();
  worker.once("error", () => {
    clearTimeout(timer);
    idle = undefined;
  });
  idle = { worker, timer };
}
