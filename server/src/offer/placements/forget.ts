import type { Context } from "../../garden/index.ts";
import { execute, sql } from "../../platform/postgres/index.ts";
import { decisionDays } from "./model.ts";

/** Decisions deleted at once. */
const chunk = 10_000;

/**
 * Throws away decisions of which nothing more can be told. A synthetic garden lives in days of its own, and nobody floods
 * it: its decisions stay. Gives how many went.
 */
export async function forgetDecisions(ctx: Context): Promise<number> {
  if (ctx.garden.synthetic) return 0;
  const before = new Date(ctx.now().getTime() - decisionDays * 86_400_000);
  let forgotten = 0;
  for (;;) {
    const some = await execute(
      ctx.pool,
      sql`delete from decisions where id in (select id from decisions where decided_at < ${before} and coalesce(shown_at, decided_at) < ${before} limit ${chunk})`,
    );
    forgotten += some;
    if (some < chunk) return forgotten;
  }
}
