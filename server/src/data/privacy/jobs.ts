import type { Context } from "../../garden/index.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import type { ErasureParts } from "./erase.ts";
import { sweep } from "./sweep.ts";

export const sweepJob = "privacy.sweep";

/** Declares the work of privacy. The sweep runs twice a day, so that one that fails still leaves the day's promise. */
export async function definePrivacyJobs(around: {
  jobs: Jobs;
  parts: ErasureParts & { ownServer: boolean };
  contextOf: (garden: string) => Context;
}): Promise<void> {
  await around.jobs.define(sweepJob, (job) => sweep(around.contextOf(job.run.garden!), around.parts, job), {
    cron: "23 2,14 * * *",
  });
}
