import { type ChildProcess, fork } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { bundle } from "../scripts/build.js";
import type { LoadAnswer, LoadAsk } from "./load.ts";
import type { Answers, Questions } from "./server.ts";

/** Below the server, where the packages that the bundle leaves outside are found. */
const dist = join(import.meta.dirname, "../server/dist/bench");

/** Starts a program of this folder as `npm start` starts the server: from a bundle, not through a loader. */
async function forkBundled(name: string, env: NodeJS.ProcessEnv = {}): Promise<ChildProcess> {
  await bundled();
  return fork(join(dist, `${name}.js`), {
    execArgv: ["--max-semi-space-size=32", "--enable-source-maps"],
    env: { ...process.env, ...env },
    stdio: ["ignore", "inherit", "inherit", "ipc"],
  });
}

let bundling: Promise<void> | undefined;

function bundled(): Promise<void> {
  bundling ??= (async () => {
    const sources = ["server", "ceiling", "bare-inbox", "load"].map((name) =>
      join(import.meta.dirname, `${name}.ts`),
    );
    await mkdir(dist, { recursive: true });
    for (const { path, contents } of await bundle(sources, dist)) await writeFile(path, contents);
  })();
  return bundling;
}

const ended = (child: ChildProcess) =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise<void>((resolve) => child.once("exit", () => resolve()));

/** Runs the load generator in a process of its own. */
export async function load(ask: LoadAsk): Promise<LoadAnswer> {
  const child = await forkBundled("load");
  const answer = await new Promise<LoadAnswer>((resolve, reject) => {
    child.once("message", (message) => resolve(message as LoadAnswer));
    child.once("exit", (code) => reject(new Error(`The load generator ended with ${code}.`)));
    child.send(ask);
  });
  await ended(child);
  return answer;
}

export interface Server {
  port: number;
  writeKey: string;
  token: string;
  pid: number;
  ask<Q extends keyof Questions>(question: Q, input: Questions[Q]): Promise<Answers[Q]>;
  stop(): Promise<void>;
}

/**
 * Starts a whole Rondell on a data folder, or what it is held against: with `bare` the Fastify that only parses and
 * answers, with `bareInbox` the one that also inserts.
 */
export async function startServer(
  options: { dataDir: string } | { bare: true } | { bareInbox: string },
): Promise<Server> {
  const program = "bare" in options ? "ceiling" : "bareInbox" in options ? "bare-inbox" : "server";
  const child = await forkBundled(
    program,
    "bare" in options
      ? {}
      : {
          RONDELL_DATA_DIR: "bareInbox" in options ? options.bareInbox : options.dataDir,
          RONDELL_PORT: "0",
          RONDELL_LOG_LEVEL: "error",
          // Accepting is measured by itself: it may run ahead of the pipeline as far as it likes.
          RONDELL_INBOX_BYTES_MAX: String(4 * 1024 ** 3),
        },
  );
  const answer = <T>() =>
    new Promise<T>((resolve, reject) => {
      const onExit = (code: number | null) => reject(new Error(`The server ended with ${code}.`));
      child.once("exit", onExit);
      child.once("message", (message) => {
        child.off("exit", onExit);
        const { error, ...told } = message as { error?: string };
        if (error) reject(new Error(error));
        else resolve(told as T);
      });
    });
  const told = await answer<{ port: number; writeKey: string; token: string }>();
  return {
    ...told,
    pid: child.pid!,
    ask(question, input) {
      const answered = answer<Answers[typeof question]>();
      child.send({ question, input });
      return answered;
    },
    async stop() {
      child.send({ question: "stop", input: {} });
      await ended(child);
    },
  };
}

/** A folder for one benchmark, removed afterwards. */
export async function inTempFolder<T>(work: (dir: string) => Promise<T>): Promise<T> {
  const dir = await mkdtemp(join(tmpdir(), "rondell-bench-"));
  try {
    return await work(dir);
  } finally {
    await rm(dir, { recursive: true, force: true });
  }
}

/** Proportional set size of a process and all below it, in MB; undefined where there is no /proc. */
export function memoryOfTree(pid: number): number | undefined {
  const parents = new Map<number, number[]>();
  try {
    for (const name of readdirSync("/proc")) {
      if (!/^\d+$/.test(name)) continue;
      try {
        const stat = readFileSync(`/proc/${name}/stat`, "utf8");
        const parent = Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]);
        parents.set(parent, [...(parents.get(parent) ?? []), Number(name)]);
      } catch {
        // It has ended in the meantime.
      }
    }
  } catch {
    return undefined;
  }
  let kilobytes = 0;
  const visit = (id: number) => {
    try {
      kilobytes += Number(/^Pss:\s+(\d+)/m.exec(readFileSync(`/proc/${id}/smaps_rollup`, "utf8"))?.[1] ?? 0);
    } catch {
      // Ended, or not ours to look at.
    }
    for (const child of parents.get(id) ?? []) visit(child);
  };
  visit(pid);
  return kilobytes / 1024;
}
