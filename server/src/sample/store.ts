import { z } from "zod";
import type { Context } from "../garden/index.ts";
import { type Executor, query, queryOne, sql } from "../platform/postgres/index.ts";
import type { SampleInput } from "./run.ts";
import { type TruthRow, TruthSummary } from "./summary.ts";
import type { Parameters } from "./truth.ts";

export const SampleRun = z.object({
  seed: z.string(),
  customers: z.number(),
  weeks: z.number(),
  firstDay: z.string(),
  lastDay: z.string(),
  parameters: z.record(z.string(), z.unknown()),
  /** Null until the simulation is complete. */
  summary: TruthSummary.nullable(),
});
export type SampleRun = z.infer<typeof SampleRun>;

/** Notes from what the customers are drawn. Throws where a simulation has begun before. */
export async function beginTruth(
  ctx: Context,
  run: SampleInput & { start: Date; parameters: Parameters },
): Promise<void> {
  const begun = await queryOne(
    ctx.pool,
    sql`insert into sample_runs (seed, customers, weeks, first_day, last_day, parameters)
      values (${run.seed}, ${run.customers}, ${run.weeks}, ${run.start.toISOString().slice(0, 10)}, ${run.until},
        ${JSON.stringify(run.parameters)}::jsonb)
      on conflict (id) do nothing returning id`,
    z.object({ id: z.number() }),
  );
  if (!begun)
    throw new Error(
      "The simulation was interrupted by a restart. Begin it again: it starts from the first day.",
    );
}

/** Writes what is true of everybody, and that the simulation is complete. */
export async function endTruth(
  ctx: Context,
  truth: readonly TruthRow[],
  summary: TruthSummary,
): Promise<void> {
  await ctx.inTransaction(async (tx) => {
    await query(
      tx,
      sql`insert into sample_truth
        select "userId", persona, "purchaseRate", leaving, "meanSpendMinor", "firstDay", "leftDay", consent, contact,
          purchases, "extraPurchases", "extraSpendMinor", "offersAsked", "offersShown", "offersAccepted", "laterPurchases", "laterSpendMinor"
        from jsonb_to_recordset(${JSON.stringify(truth)}::jsonb) as row ("userId" text, persona text, "purchaseRate" float8,
          leaving float8, "meanSpendMinor" float8, "firstDay" int, "leftDay" int, consent text, contact boolean, purchases int,
          "extraPurchases" int, "extraSpendMinor" bigint, "offersAsked" int, "offersShown" int, "offersAccepted" int,
          "laterPurchases" int, "laterSpendMinor" bigint)`,
    );
    await query(
      tx,
      sql`update sample_runs set summary = ${JSON.stringify(summary)}::jsonb, finished_at = now()`,
    );
  });
}

/** What was simulated in a garden; undefined where nothing was. */
export function findSampleRun(on: Executor): Promise<SampleRun | undefined> {
  return queryOne(
    on,
    sql`select seed, customers, weeks, first_day, last_day, parameters, summary from sample_runs`,
    SampleRun,
  );
}
