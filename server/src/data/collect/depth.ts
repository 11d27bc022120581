import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { queryOne, sql } from "../../platform/postgres/index.ts";

/** How much waits, and since when. */
export async function inboxDepth(
  ctx: Context,
): Promise<{ requests: number; bytes: number; oldestMs: number }> {
  const row = await queryOne(
    ctx.pool,
    sql`select count(*)::int as requests, coalesce(sum(length(body)), 0)::bigint as bytes,
      coalesce(extract(epoch from ${ctx.now()}::timestamptz - min(received_at)) * 1000, 0)::float8 as oldest_ms from inbox where lane = 0`,
    z.object({ requests: z.number(), bytes: z.number(), oldestMs: z.number() }),
  );
  return { requests: row!.requests, bytes: row!.bytes, oldestMs: Math.max(0, row!.oldestMs) };
}
