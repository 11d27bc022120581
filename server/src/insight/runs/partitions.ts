import { z } from "zod";
import type { Context } from "../../garden/index.ts";

const tables = ["value_histories", "value_by_customer", "lifecycle_stages"] as const;
export type RunTable = (typeof tables)[number];

/** Throws away what a run has written to a table, so that it can be written again from the start. */
export async function clearRun(ctx: Context, table: RunTable, runId: number): Promise<void> {
  // A partition's name cannot be a parameter; it is a number of ours.
  if (!Number.isSafeInteger(runId)) throw new Error(`Bad run ${runId}`);
  await ctx.events.command(`alter table ${table} drop partition ${runId}`, {}, { lane: "work" });
}

/** Throws away the rows of all runs but those that are kept. */
export async function pruneRuns(ctx: Context, table: RunTable, keep: readonly number[]): Promise<void> {
  const found = await ctx.events.query(
    z.object({ runId: z.number() }),
    { table, keep },
    `select distinct toUInt32(partition) as run_id from system.parts
      where database = currentDatabase() and table = {table:String} and active and toUInt32(partition) not in {keep:Array(UInt32)}`,
    { lane: "work" },
  );
  for (const { runId } of found) await clearRun(ctx, table, runId);
}
