import { Worker } from "node:worker_threads";
import type { FitAnswer, FitAsk } from "./fit.ts";

/*
 * From source the thread is TypeScript, which Node 20 cannot start by itself: a line of bootstrap
 * registers tsx in it first. In the bundle it is an entry beside the main one.
 */
const fromSource = import.meta.url.endsWith(".ts");
const workerUrl = new URL(fromSource ? "./fit.worker.ts" : "./fit.worker.js", import.meta.url);
const bootstrap = `import("tsx/esm/api").then(({ register }) => { register(); return import(${JSON.stringify(workerUrl.href)}); });`;

/** Fits in a thread of its own, so that nobody waits for it; the thread ends with the answer or the signal. */
export function fitInThread(ask: FitAsk, signal: AbortSignal): Promise<FitAnswer> {
  return new Promise((resolve, reject) => {
    const worker = fromSource
      ? new Worker(bootstrap, { eval: true, workerData: ask, execArgv: [] })
      : new Worker(workerUrl, { workerData: ask });
    const stop = () => {
      void worker.terminate();
      reject(signal.reason);
    };
    signal.addEventListener("abort", stop, { once: true });
    worker.once("message", resolve);
    worker.once("error", reject);
    worker.once("exit", (code) => {
      signal.removeEventListener("abort", stop);
      reject(new Error(`The thread of the fit ended without an answer (code ${code}).`));
    });
  });
}
