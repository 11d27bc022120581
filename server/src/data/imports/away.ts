import type { Pool } from "pg";

/** Whether something failed because the state database went away, and not because of what was asked of it. */
export function isDatabaseAway(error: unknown): boolean {
  for (let one = error, depth = 0; one instanceof Error && depth < 10; one = one.cause, depth++) {
    const { code = "", syscall } = one as NodeJS.ErrnoException;
    // Told to end, ended by a crash, or starting; and the whole class of broken connections.
    if (/^57P0[123]$|^08/.test(code)) return true;
    if (/^(ECONNREFUSED|ECONNRESET|EPIPE)$/.test(code) || (code === "ENOENT" && syscall === "connect"))
      return true;
    if (
      /Connection terminated|connection error and is not queryable|timeout exceeded when trying to connect/.test(
        one.message,
      )
    )
      return true;
  }
  return false;
}

/** Waits until the database answers again, and says whether it did within the time. */
export async function isBack(pool: Pool, signal: AbortSignal, withinMs: number): Promise<boolean> {
  const until = performance.now() + withinMs;
  while (!signal.aborted && performance.now() < until) {
    const answers = await pool.query("select 1").then(
      () => true,
      () => false,
    );
    if (answers) return true;
    await new Promise((resolve) => setTimeout(resolve, 200));
  }
  return false;
}
