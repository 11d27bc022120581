import { type ChildProcess, spawn } from "node:child_process";
import { closeSync, openSync, readFileSync, renameSync, statSync } from "node:fs";
import { join } from "node:path";
import pg from "pg";
import { commandAs, plainEnvironment, type RunAs } from "./account.ts";
import type { Binaries } from "./binaries.ts";
import { clusterUser } from "./cluster.ts";
import { EmbeddedPostgresFailed } from "./errors.ts";
import { readPostmasterFile, repairLockFiles } from "./lockfiles.ts";
import type { PostgresLog } from "./log.ts";

/** All that a start of the server needs to know. */
export interface ServerPlan {
  binaries: Binaries;
  runAs: RunAs;
  pgdata: string;
  socketDir: string;
  logFile: string;
  password: string;
  settings: Record<string, string | number>;
  log: PostgresLog;
}

/** A server that answers, and the shell that stands between it and us. */
export interface RunningServer {
  shell: ChildProcess;
  pid: number;
  /** Settles when the server and its shell have ended, however that happened. */
  ended: Promise<void>;
}

/**
 * The shell starts Postgres and ends with it. Its standard input is a pipe that only this process holds
 * open: when this process dies, however it dies, `cat` returns and Postgres is asked for a fast, clean
 * shutdown. The question is repeated, because Postgres hears it only once it has set up its signals.
 */
const deathPipe = `
exec 3<&0 </dev/null
"$@" 3<&- &
p=$!
(cat <&3 >/dev/null 2>&1; while kill -INT $p 2>/dev/null; do sleep 1; done) &
w=$!
exec 3<&-
wait $p
s=$?
kill $w 2>/dev/null
exit $s
`;

const logBytesMax = 10 * 1024 * 1024;

/**
 * Starts the server and waits until it answers.
 *
 * A start right after a crash may meet what the crash left for some seconds: lock files, a zombie,
 * backends that hold the shared memory. Such a start is repeated for `patienceMs`. Recovery after a
 * crash takes as long as it takes.
 */
export async function startServer(plan: ServerPlan, patienceMs = 30_000): Promise<RunningServer> {
  rotateLog(plan.logFile);
  const giveUpAt = Date.now() + patienceMs;
  for (;;) {
    const alive = repairLockFiles(plan.pgdata, plan.socketDir);
    let reason: string;
    if (alive === undefined) {
      const started = await launch(plan);
      if ("pid" in started) return started;
      reason = started.failure;
      if (!isLeftover(reason) || Date.now() > giveUpAt) throw startFailed(plan, reason);
    } else {
      // Nobody owns it, or we would not be here: its owner died without a chance to stop it.
      reason = `a server without an owner runs as process ${alive}`;
      if (Date.now() > giveUpAt) throw startFailed(plan, reason);
      signal(alive, "SIGINT");
    }
    plan.log.warn({ reason }, "Postgres waits for the remains of a crash to go");
    await sleep(alive === undefined ? 250 : 100);
  }
}

/** Asks for a fast shutdown by closing the pipe, and insists where that is not heard. */
export async function stopServer(server: RunningServer, log: PostgresLog): Promise<void> {
  server.shell.stdin?.end();
  if (await endedWithin(server, 30_000)) return;
  log.warn({ pid: server.pid }, "Postgres did not stop within 30 s and is made to; the next start recovers");
  signal(server.pid, "SIGQUIT");
  if (await endedWithin(server, 10_000)) return;
  signal(server.pid, "SIGKILL");
  await endedWithin(server, 5_000);
}

async function launch(plan: ServerPlan): Promise<RunningServer | { failure: string }> {
  const settings = Object.entries(plan.settings).flatMap(([name, value]) => ["-c", `${name}=${value}`]);
  const { command, args, options } = commandAs(plan.runAs, join(plan.binaries.bin, "postgres"), [
    ...["-D", plan.pgdata, "-k", plan.socketDir, "-c", "listen_addresses="],
    ...settings,
  ]);
  const logBegin = sizeOf(plan.logFile);
  const output = openSync(plan.logFile, "a", 0o600);
  const shell = spawn("/bin/sh", ["-c", deathPipe, "sh", command, ...args], {
    ...options,
    cwd: "/",
    env: plainEnvironment,
    // Postgres writes to the file itself, so it does not depend on us to read.
    stdio: ["pipe", output, output],
    // A group of its own: Ctrl-C reaches us alone, and we stop Postgres in our own order.
    detached: true,
  });
  closeSync(output);
  shell.stdin?.on("error", () => {});

  let hasEnded = false;
  const ended = new Promise<void>((resolve) => {
    const onEnd = () => {
      hasEnded = true;
      shell.stdin?.destroy();
      resolve();
    };
    shell.once("exit", onEnd);
    shell.once("error", onEnd);
  });

  try {
    await untilAnswers(plan, () => hasEnded);
  } catch (error) {
    const server = { shell, pid: readPostmasterFile(plan.pgdata)?.pid ?? shell.pid ?? 0, ended };
    await stopServer(server, plan.log);
    throw error;
  }
  const pid = readPostmasterFile(plan.pgdata)?.pid;
  if (!hasEnded && pid !== undefined) return { shell, pid, ended };
  return { failure: textFrom(plan.logFile, logBegin).trim() || "it ended without a word" };
}

/** Waits until the server of this very folder takes connections, or until `isOver`. */
export async function untilAnswers(
  plan: Pick<ServerPlan, "socketDir" | "password" | "pgdata" | "log">,
  isOver: () => boolean,
): Promise<void> {
  const startedAt = Date.now();
  let notedAt = startedAt;
  while (!isOver()) {
    try {
      const directory = await askDataDirectory(plan.socketDir, plan.password);
      if (directory === plan.pgdata) return;
      throw new EmbeddedPostgresFailed(
        `The server at ${plan.socketDir} keeps its data in ${directory}, not in ${plan.pgdata}.`,
      );
    } catch (error) {
      if (error instanceof EmbeddedPostgresFailed) throw error;
      const { code } = error as { code?: string };
      if (code === "28P01") {
        throw new EmbeddedPostgresFailed(
          `The password in secrets/pg.pass is not the one of the database files in ${plan.pgdata}. Put back the file that belongs to them, for instance from a backup.`,
          { cause: error },
        );
      }
    }
    if (Date.now() - notedAt > 10_000) {
      notedAt = Date.now();
      plan.log.info(
        { waitedMs: notedAt - startedAt },
        "Postgres is still starting, probably recovering from a crash",
      );
    }
    await sleep(25);
  }
}

async function askDataDirectory(socketDir: string, password: string): Promise<string> {
  const client = new pg.Client({
    host: socketDir,
    user: clusterUser,
    password,
    database: "postgres",
    connectionTimeoutMillis: 5_000,
  });
  client.on("error", () => {});
  try {
    await client.connect();
    const { rows } = await client.query<{ data_directory: string }>("show data_directory");
    return rows[0]?.data_directory ?? "";
  } finally {
    await client.end().catch(() => {});
  }
}

/** What a crash leaves behind for some seconds. */
function isLeftover(output: string): boolean {
  return /lock file "[^"]*" already exists|pre-existing shared memory block|could not bind Unix address/.test(
    output,
  );
}

function startFailed(plan: ServerPlan, output: string): EmbeddedPostgresFailed {
  const last = output.split("\n").slice(-8).join("\n");
  return new EmbeddedPostgresFailed(
    `The embedded Postgres does not start. Its log is ${plan.logFile}; its last words:\n${last}`,
  );
}

function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch {
    // It has ended in the meantime.
  }
}

async function endedWithin(server: RunningServer, timeoutMs: number): Promise<boolean> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<false>((resolve) => {
    timer = setTimeout(() => resolve(false), timeoutMs);
  });
  const result = await Promise.race([server.ended.then(() => true), late]);
  clearTimeout(timer);
  return result;
}

function sizeOf(path: string): number {
  try {
    return statSync(path).size;
  } catch {
    return 0;
  }
}

function textFrom(path: string, begin: number): string {
  try {
    return readFileSync(path).subarray(begin).toString("utf8");
  } catch {
    return "";
  }
}

function rotateLog(path: string): void {
  if (sizeOf(path) > logBytesMax) renameSync(path, `${path}.1`);
}

export function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
