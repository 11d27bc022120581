import { createWriteStream } from "node:fs";
import { pipeline } from "node:stream/promises";
import { Refusal, refuse } from "../../platform/refusal.ts";

/** Whether something failed, directly or at the bottom of it, because a disk or its quota is full. */
export function isNoSpace(error: unknown): boolean {
  for (let one = error, depth = 0; one instanceof Error && depth < 10; one = one.cause, depth++) {
    if (one instanceof Refusal && one.code === "file.no_space") return true;
    // Of files; of Postgres (disk_full); ClickHouse, embedded or as a server, says it in its message.
    if (["ENOSPC", "EDQUOT", "53100"].includes((one as NodeJS.ErrnoException).code ?? "")) return true;
    if (/No space left on device|NOT_ENOUGH_SPACE|not enough space/i.test(one.message)) return true;
  }
  return false;
}

/** Refuses file.no_space; `then` is what to do once there is room. */
export function noSpace(then: string): never {
  refuse("busy", "file.no_space", `The disk is full. Make room in the data folder, then ${then}.`);
}

/**
 * Writes a new file from its parts, no faster than the disk takes them. An error of the file is an error
 * here, never an event that nobody listens to. Refuses file.no_space.
 */
export async function writeParts(path: string, parts: AsyncIterable<Buffer>): Promise<void> {
  try {
    await pipeline(parts, createWriteStream(path, { mode: 0o600 }));
  } catch (error) {
    if (isNoSpace(error)) noSpace("start the import again");
    throw error;
  }
}
