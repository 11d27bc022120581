import type { Context } from "../../garden/index.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import type { InsightStep } from "./model.ts";
import { runInsight } from "./run.ts";

export const insightJob = "insight.run";

/** Each night at 02:10 UTC, for every garden. */
const nightly = "10 2 * * *";

/** Declares the run of all insights: `steps` in the order in which they build on each other. */
export async function defineInsightJob(
  jobs: Jobs,
  contextOf: (garden: string) => Context,
  steps: readonly InsightStep[],
): Promise<void> {
  await jobs.define(insightJob, async (job) => runInsight(contextOf(job.run.garden!), job, steps), {
    cron: nightly,
  });
}
