import { type ChildProcess, fork } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { bundle } from "../../../scripts/build.js";

export interface CrashServer {
  url: string;
  pid: number;
  token: string;
  /** Whether the data folder held no garden. */
  isNew: boolean;
  /** Kills the process as a power cut of the machine would. */
  kill(): Promise<void>;
  /** Kills the postmaster of the embedded Postgres; the process goes on. */
  killPostgres(): void;
  ask<T>(question: "/drained" | "/agree" | "/brought"): Promise<T>;
  stop(): Promise<void>;
}

interface Ready {
  url: string;
  questions: string;
  token: string;
  postgres: number;
  isNew: boolean;
}

/** Bundles the server once, so that a dozen starts do not each translate it; gives the file and how to remove it. */
export async function bundleCrashServer() {
  // Below the server's own packages, where its imports are found.
  const dir = join(import.meta.dirname, `../../dist/crash-${process.pid}`);
  await mkdir(dir, { recursive: true });
  for (const { path, contents } of await bundle([join(import.meta.dirname, "server.ts")], dir))
    await writeFile(path, contents);
  return { file: join(dir, "server.js"), remove: () => rm(dir, { recursive: true, force: true }) };
}

/**
 * Starts a server process on a data folder; `ready` settles once it listens. `around` is the command line in whose
 * surroundings it runs, such as those of a small disk.
 */
export function startCrashServer(
  file: string,
  dataDir: string,
  env: Record<string, string> = {},
  around: (command: string) => string[] = (command) => [command],
) {
  const output: string[] = [];
  const [execPath = "", ...execArgv] = around(process.execPath);
  const child: ChildProcess = fork(file, {
    execPath,
    execArgv: [...execArgv, "--enable-source-maps"],
    env: {
      ...{ ...process.env, RONDELL_DATA_DIR: dataDir, RONDELL_PORT: "0", RONDELL_LOG_LEVEL: "error" },
      ...env,
    },
    stdio: ["ignore", "pipe", "pipe", "ipc"],
  });
  for (const stream of [child.stdout!, child.stderr!]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      output.push(text);
      if (output.length > 200) output.shift();
    });
  }
  const ended = new Promise<void>((resolve) => child.once("exit", () => resolve()));
  const kill = async () => {
    child.kill("SIGKILL");
    await ended;
  };
  const ready = new Promise<CrashServer>((resolve, reject) => {
    child.once("message", (message) => {
      const told = message as Ready;
      resolve({
        url: told.url,
        pid: child.pid!,
        token: told.token,
        isNew: told.isNew,
        kill,
        killPostgres: () => process.kill(told.postgres, "SIGKILL"),
        async ask<T>(question: string) {
          const answer = await fetch(`${told.questions}${question}`);
          const body = (await answer.json()) as T & { error?: string };
          if (!answer.ok) throw new Error(`${body.error}\n${output.join("")}`);
          return body;
        },
        async stop() {
          child.send("stop");
          await ended;
        },
      });
    });
    child.once("exit", (code, signal) =>
      reject(new Error(`The server ended with ${code ?? signal} before it was ready.\n${output.join("")}`)),
    );
  });
  ready.catch(() => {});
  return { ready, kill, output };
}
