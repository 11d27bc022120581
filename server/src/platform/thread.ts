import { Worker, type WorkerOptions } from "node:worker_threads";

/**
 * Starts the thread `name.worker` that stands beside the module at `from`. From source it is TypeScript, which Node 20
 * cannot start by itself: a line of bootstrap registers tsx in it first. In the bundle it is an entry beside the main one.
 */
export function startThread(from: string, name: string, options: WorkerOptions = {}): Worker {
  const fromSource = from.endsWith(".ts");
  const url = new URL(`./${name}.worker.${fromSource ? "ts" : "js"}`, from);
  if (!fromSource) return new Worker(url, options);
  const bootstrap = `import("tsx/esm/api").then(({ register }) => { register(); return import(${JSON.stringify(url.href)}); });`;
  return new Worker(bootstrap, { ...options, eval: true, execArgv: [] });
}
