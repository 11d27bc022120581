import { execFileSync } from "node:child_process";
import { closeSync, openSync, rmSync, writeSync } from "node:fs";
import { join } from "node:path";

/**
 * A disk of a few hundred megabytes for one process and its children: a file system in memory that only they see, in a
 * namespace of their own. Nothing of the machine changes, and it goes with them.
 */
export function smallDisk(folder: string, megabytes: number) {
  const filler = (pid: number) => join(`/proc/${pid}/root`, folder, "filler");
  return {
    /** How a process is started that has its disk at the folder: a command, and what stands before its own arguments. */
    around: (command: string) => [
      ...unshare(),
      ...[
        "sh",
        "-c",
        `mount -t tmpfs -o size=${megabytes}m,mode=755 tmpfs "$0" && exec "$@"`,
        folder,
        command,
      ],
    ],
    /** Takes all the space that is left; gives how many bytes that were. */
    fill(pid: number): number {
      const file = openSync(filler(pid), "a");
      let bytes = 0;
      try {
        for (let part = Buffer.alloc(1024 * 1024); part.length >= 4096; )
          try {
            bytes += writeSync(file, part);
          } catch (error) {
            if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
            part = part.subarray(0, part.length / 2);
          }
      } finally {
        closeSync(file);
      }
      return bytes;
    },
    /** Somebody cleans up. */
    free: (pid: number) => rmSync(filler(pid), { force: true }),
  };
}

/** Root makes the namespace as it is; everybody else within one of users, where the system allows that. */
const unshare = () =>
  process.getuid?.() === 0
    ? ["unshare", "--mount"]
    : ["unshare", "--user", "--map-current-user", "--keep-caps", "--mount"];

/** Whether this machine lets us. */
export function canHaveSmallDisk(): boolean {
  try {
    const [command, ...args] = [...unshare(), "sh", "-c", "mount -t tmpfs -o size=1m tmpfs /tmp"];
    execFileSync(command!, args, { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
}
