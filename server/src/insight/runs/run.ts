import { z } from "zod";
import { flushOutbox } from "../../data/events/index.ts";
import type { Context } from "../../garden/index.ts";
import type { JobContext } from "../../platform/jobs/index.ts";
import type { InsightStep } from "./model.ts";
import { beginRun, endRun, forgetOldRuns, saveStep, saveWindow, switchTo } from "./store.ts";
import { observedUntil } from "./window.ts";

/** What may be asked of a run. */
export const RunAsk = z.object({
  /** Last day to observe, YYYY-MM-DD in the garden's zone; without it the last day with an order. */
  until: z.iso
    .date()
    .refine((day) => day >= "1970-01-01", "Nothing is observed before 1970-01-01.")
    .optional(),
});
export type RunAsk = z.infer<typeof RunAsk>;

/**
 * Works through the steps, each shown as soon as it is complete. A run that was interrupted goes on
 * behind its last finished step. Returns what each step says of itself.
 */
export async function runInsight(
  ctx: Context,
  job: JobContext,
  steps: readonly InsightStep[],
): Promise<Record<string, unknown>> {
  const ask = RunAsk.parse(job.run.input);
  await flushOutbox(ctx);
  const run = await ctx.inTransaction((tx) =>
    beginRun(tx, { jobId: job.run.id, by: job.run.createdBy, at: ctx.now() }),
  );
  try {
    const dataUntil = run.dataUntil ?? ask.until ?? (await observedUntil(ctx));
    if (dataUntil === null) {
      await endRun(ctx.pool, run.id, ctx.now());
      return { run: run.id, dataUntil: null };
    }
    await saveWindow(ctx.pool, run.id, dataUntil);

    const whole = steps.reduce((sum, step) => sum + step.weight, 0);
    const results: Record<string, unknown> = {};
    let before = 0;
    for (const step of steps) {
      const earlier = run.steps[step.name];
      if (earlier?.state === "done") {
        results[step.name] = earlier.result ?? {};
      } else {
        const startedAt = ctx.now().toISOString();
        await saveStep(ctx.pool, run.id, step.name, { state: "running", startedAt });
        const done = before;
        const progress = (share: number) =>
          job.progress((done + step.weight * Math.min(1, share)) / whole, { step: step.name });
        await progress(0);
        const result = await step.run(ctx, { run, dataUntil, progress, signal: job.signal });
        job.signal.throwIfAborted();
        await ctx.inTransaction(async (tx) => {
          await saveStep(tx, run.id, step.name, {
            state: "done",
            startedAt,
            finishedAt: ctx.now().toISOString(),
            result,
          });
          await switchTo(tx, step.name, run.id, ctx.now());
        });
        results[step.name] = result;
      }
      before += step.weight;
    }
    await endRun(ctx.pool, run.id, ctx.now());
    const keep = await forgetOldRuns(ctx.pool);
    for (const step of steps) await step.prune(ctx, keep);
    return { run: run.id, dataUntil, ...results };
  } catch (error) {
    await endRun(ctx.pool, run.id, ctx.now(), error instanceof Error ? error.message : String(error));
    throw error;
  }
}
