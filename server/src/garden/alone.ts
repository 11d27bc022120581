import type { Context } from "./context.ts";

/**
 * Works while nobody else who calls this does, in this garden and in any process: imports compare their records with what
 * those before them have written, and amounts are counted anew only when no import writes them by the former settings.
 */
export async function alone<T>(ctx: Pick<Context, "pool">, work: () => Promise<T>): Promise<T> {
  const client = await ctx.pool.connect();
  try {
    await client.query("select pg_advisory_lock(hashtext('imports'), hashtext(current_schema()))");
    return await work();
  } finally {
    await client
      .query("select pg_advisory_unlock(hashtext('imports'), hashtext(current_schema()))")
      .catch(() => {});
    client.release();
  }
}
