import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import {
  closeSync,
  constants,
  existsSync,
  ftruncateSync,
  openSync,
  readFileSync,
  realpathSync,
  writeSync,
} from "node:fs";
import { access, mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { join } from "node:path";
import { Refusal, refuse } from "../refusal.ts";

export interface FileLock {
  release(): Promise<void>;
}

/** Another process of Rondell works on this data folder. */
export class DataDirInUse extends Refusal {
  /** The process that holds it, where it could be told. */
  readonly pid: number | undefined;

  constructor(dataDir: string, pid: number | undefined) {
    const holder = pid === undefined ? "another process" : `process ${pid}`;
    super(
      "busy",
      "data_dir.in_use",
      `The data folder ${dataDir} is in use by ${holder}; stop it or choose another RONDELL_DATA_DIR.`,
    );
    this.pid = pid;
  }
}

/** Makes the data folder if it is missing. Refuses data_dir.unusable when it cannot be worked in. */
export async function ensureDataDir(dataDir: string): Promise<void> {
  try {
    await mkdir(dataDir, { recursive: true });
    await access(dataDir, constants.R_OK | constants.W_OK | constants.X_OK);
    for (const lock of ["rondell.lock", "postgres.lock"].map((name) => join(dataDir, name))) {
      if (existsSync(lock)) await access(lock, constants.W_OK);
    }
  } catch (cause) {
    const { code, message: reason } = cause as NodeJS.ErrnoException;
    if (code === undefined) throw cause;
    refuse(
      "conflict",
      "data_dir.unusable",
      `The data folder ${dataDir} cannot be used (${reason}). Start Rondell under the account that the folder belongs to, or choose another RONDELL_DATA_DIR.`,
    );
  }
}

/**
 * Claims the data folder for this process, until `release` or the end of the process, however it ends.
 * Refuses data_dir.in_use (as DataDirInUse, with the process that holds it) and data_dir.unusable.
 */
export async function lockDataDir(dataDir: string): Promise<FileLock> {
  await ensureDataDir(dataDir);
  const path = join(dataDir, "rondell.lock");
  const lock = await tryLockFile(path);
  if (!lock) throw new DataDirInUse(dataDir, readLockHolder(path));
  return lock;
}

/** The process that wrote itself into a lock file. Only of worth while the lock is held. */
export function readLockHolder(path: string): number | undefined {
  try {
    const pid = Number.parseInt(readFileSync(path, "utf8"), 10);
    return Number.isSafeInteger(pid) ? pid : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Locks a file, or gives undefined when another process holds it.
 *
 * The lock belongs to the open file and is the kernel's: it ends with the process, also after kill -9,
 * and there is no process id to be recycled. The file itself stays; removing it would let two
 * processes lock two files of one name. It holds the owner's process id only for messages.
 */
export async function tryLockFile(path: string): Promise<FileLock | undefined> {
  const locked = process.platform === "darwin" ? openExclusively(path) : await flock(path);
  if (!locked) return undefined;
  const { fd, letGo } = locked;
  ftruncateSync(fd, 0);
  writeSync(fd, `${process.pid}\n`, 0);
  let held = true;
  return {
    release: async () => {
      if (!held) return;
      held = false;
      ftruncateSync(fd, 0);
      closeSync(fd);
      await letGo?.();
    },
  };
}

interface Held {
  fd: number;
  letGo?: () => Promise<void>;
}

/** macOS locks in the call that opens. O_EXLOCK is 0x20 there; Node has no name for it. */
function openExclusively(path: string): Held | undefined {
  try {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT | constants.O_NONBLOCK | 0x20, 0o600);
    return { fd };
  } catch (error) {
    if (["EAGAIN", "EWOULDBLOCK"].includes((error as NodeJS.ErrnoException).code ?? "")) return undefined;
    throw error;
  }
}

/** Part of util-linux and of busybox. */
const flockCommand = "flock";

/**
 * Linux locks the open file that this process and the command `flock` share; the command ends, the lock
 * stays with us. Node's own children do not inherit the file. A system without `flock` gets a socket
 * in the kernel's abstract namespace, which guards only within one container.
 */
async function flock(path: string): Promise<Held | undefined> {
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
  const { status, error } = spawnSync(flockCommand, ["-n", "-x", "3"], {
    stdio: ["ignore", "ignore", "ignore", fd],
  });
  if (status === 0) return { fd };
  if (status !== 1 || error) {
    const letGo = await listenOnAbstractSocket(realpathSync(path));
    if (letGo) return { fd, letGo };
  }
  closeSync(fd);
  return undefined;
}

function listenOnAbstractSocket(path: string): Promise<(() => Promise<void>) | undefined> {
  const name = `\0rondell-${createHash("sha256").update(path).digest("hex").slice(0, 32)}`;
  return new Promise((resolve, reject) => {
    const server = createServer((socket) => socket.destroy());
    server.once("error", (error: NodeJS.ErrnoException) => {
      if (error.code === "EADDRINUSE") resolve(undefined);
      else reject(error);
    });
    server.listen(name, () => {
      server.unref();
      resolve(() => new Promise<void>((closed) => server.close(() => closed())));
    });
  });
}
