/** What a person is told when the disk is full. */
export const fullDiskMessage =
  "The server's disk is full. Nothing that was accepted is lost: free some space, and it goes on by itself.";

/**
 * Whether an error, or what caused it, says that the disk is full: ENOSPC of this process, 53100 of Postgres, 243 of
 * ClickHouse, or the system's own words, which ClickHouse passes on for a file that it could not write.
 */
export function isFullDisk(error: unknown): boolean {
  for (let at = error, depth = 0; at && depth < 5; at = (at as { cause?: unknown }).cause, depth++) {
    const { code, message } = at as { code?: unknown; message?: unknown };
    if (code === "ENOSPC" || code === "53100" || code === "243") return true;
    if (typeof message === "string" && /No space left on device|NOT_ENOUGH_SPACE/.test(message)) return true;
  }
  return false;
}
