import type { Pool } from "pg";

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
