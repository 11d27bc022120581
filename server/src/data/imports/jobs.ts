import type { Context } from "../../garden/index.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import { type Staging, tidyFiles } from "./files.ts";
import { tidyFolders } from "./folders/tidy.ts";
import { runImport } from "./run.ts";
import { importJob } from "./start.ts";

/** Declares the work of imports, and the daily clearing of files whose time is over. */
export async function defineImportJobs(around: {
  jobs: Jobs;
  staging: Staging;
  contextOf: (garden: string) => Context;
}): Promise<void> {
  const { jobs, staging, contextOf } = around;
  await jobs.define(importJob, async (job) => {
    const importId = Number(job.run.input.import);
    const isCancelled = async () => (await jobs.get(job.run.id)).state === "cancelled";
    return runImport(contextOf(job.run.garden!), staging, job, importId, isCancelled);
  });
  await jobs.define(
    "imports.tidy",
    async (job) => {
      const ctx = contextOf(job.run.garden!);
      const staged = await tidyFiles(ctx.pool, staging, ctx.garden.id, ctx.now());
      return { removed: staged + (await tidyFolders(ctx, staging)) };
    },
    { cron: "41 3 * * *" },
  );
}
