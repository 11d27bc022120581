import { execFileSync } from "node:child_process";
import {
  closeSync,
  existsSync,
  ftruncateSync,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  writeSync,
} from "node:fs";
import { join } from "node:path";

/** What a running server writes into `postmaster.pid`. */
export interface PostmasterFile {
  pid: number;
  socketDir: string | undefined;
}

export function readPostmasterFile(pgdata: string): PostmasterFile | undefined {
  let lines: string[];
  try {
    lines = readFileSync(join(pgdata, "postmaster.pid"), "utf8").split("\n");
  } catch {
    return undefined;
  }
  const pid = Math.abs(Number.parseInt(lines[0] ?? "", 10));
  return Number.isSafeInteger(pid) && pid > 0 ? { pid, socketDir: lines[4] || undefined } : undefined;
}

/**
 * Whether the process is alive and a Postgres of this folder.
 *
 * A bare signal 0 is not enough: after a restart of the machine the number may belong to anybody, and
 * a zombie, which PID 1 of a container may reap late, still answers it.
 */
export function isServerOf(pid: number, pgdata: string): boolean {
  return process.platform === "linux" ? isServerByProc(pid, pgdata) : isServerByPs(pid, pgdata);
}

function isServerByProc(pid: number, pgdata: string): boolean {
  try {
    const status = readFileSync(`/proc/${pid}/stat`, "utf8");
    // The state follows the name, which is in brackets and may hold brackets itself.
    const state = status.slice(status.lastIndexOf(")") + 2, status.lastIndexOf(")") + 3);
    if (state === "Z" || state === "X") return false;
    const words = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0");
    if (words.includes(pgdata)) return true;
  } catch {
    return false;
  }
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(pgdata);
  } catch {
    return false;
  }
}

function isServerByPs(pid: number, pgdata: string): boolean {
  try {
    const line = execFileSync("ps", ["-ww", "-o", "state=,command=", "-p", String(pid)], {
      encoding: "utf8",
    }).trim();
    return !line.startsWith("Z") && line.includes(pgdata);
  } catch {
    return false;
  }
}

/** No system gives out a process id as high as this. */
const unusedPid = 2_147_483_646;

/**
 * Makes lock files whose owner is gone harmless to the next start.
 *
 * Only the process id is replaced, by one that nobody has. The other lines stay: by the line of the
 * shared memory Postgres itself notices backends that outlived their server, and deleting the file
 * would take that guard away. Returns the process id of a server that is alive after all.
 */
export function repairLockFiles(pgdata: string, socketDir: string): number | undefined {
  const found = readPostmasterFile(pgdata);
  if (found && isServerOf(found.pid, pgdata)) return found.pid;
  disownLockFile(join(pgdata, "postmaster.pid"));
  if (existsSync(socketDir)) {
    for (const name of readdirSync(socketDir)) {
      if (/^\.s\.PGSQL\.\d+\.lock$/.test(name)) disownLockFile(join(socketDir, name));
    }
  }
  return undefined;
}

function disownLockFile(path: string): void {
  let fd: number;
  try {
    fd = openSync(path, "r+");
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return;
    throw error;
  }
  // Read and written as one open file, in place: it keeps its owner, which is the account Postgres runs under, and the
  // file that a server of the process before us may be putting in its place meanwhile is left alone.
  try {
    const [, ...rest] = readFileSync(fd, "utf8").split("\n");
    const text = [unusedPid, ...rest].join("\n");
    writeSync(fd, text, 0);
    ftruncateSync(fd, Buffer.byteLength(text));
  } finally {
    closeSync(fd);
  }
}
