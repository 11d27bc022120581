import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import {
  clearRun,
  findReport,
  type InsightStep,
  pruneRuns,
  type StepWork,
  saveReport,
} from "../runs/index.ts";
import { ValueReport } from "../value/index.ts";
import { type ActiveModel, ruleOf } from "./model.ts";
import { gapQuantiles, writeStays } from "./stays.ts";

const Rule = z.object({
  graceWeeks: z.number(),
  silenceRiskWeeks: z.number(),
  silenceLapsedWeeks: z.number(),
  model: z
    .object({
      name: z.enum(["BG/NBD", "MBG/NBD"]),
      earlyExits: z.union([z.literal(0), z.literal(1)]),
      r: z.number(),
      alpha: z.number(),
      a: z.number(),
      b: z.number(),
    })
    .optional(),
});

/** By which rule a run told the stages. */
export const LifecycleReport = z.object({
  until: z.string(),
  rule: Rule,
  gaps: z.object({ gaps: z.number(), medianWeeks: z.number(), q80Weeks: z.number(), q95Weeks: z.number() }),
});
export type LifecycleReport = z.infer<typeof LifecycleReport>;

/** The step of a run that says where each customer stands, and stood. It follows the value step. */
export const lifecycleStep: InsightStep = {
  name: "lifecycle",
  weight: 1,
  run: runLifecycle,
  prune: (ctx, keep) => pruneRuns(ctx, "lifecycle_stages", keep),
};

async function runLifecycle(
  ctx: Context,
  { run, dataUntil, progress }: StepWork,
): Promise<Record<string, unknown>> {
  await clearRun(ctx, "lifecycle_stages", run.id);
  const value = await findReport(ctx, run.id, "value", ValueReport);
  const scored = value?.scored;
  const model: ActiveModel | undefined = scored
    ? { name: scored.model, earlyExits: scored.earlyExits, ...scored.parameters }
    : undefined;
  const gaps = await gapQuantiles(ctx, run.id);
  const rule = ruleOf(gaps, model);
  await progress(0.3);
  await writeStays(ctx, { runId: run.id, until: dataUntil, rule });
  const report: LifecycleReport = { until: dataUntil, rule, gaps };
  await saveReport(ctx.pool, run.id, "lifecycle", report);
  return { rule: model ? "activity" : "silence" };
}
