import type { Context } from "../../garden/index.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import { exportJob, makeArchive, tidyArchives } from "./archive.ts";
import type { Archives } from "./archives.ts";
import type { ErasureParts } from "./erase.ts";
import { retain } from "./retention.ts";
import { sweep } from "./sweep.ts";

export const sweepJob = "privacy.sweep";

/**
 * Declares the work of privacy: files for people, the nightly retention, and the sweep, which runs twice a day, so that one
 * that fails still leaves the day's promise.
 */
export async function definePrivacyJobs(around: {
  jobs: Jobs;
  parts: ErasureParts & { ownServer: boolean; archives: Archives };
  contextOf: (garden: string) => Context;
}): Promise<void> {
  const { jobs, parts, contextOf } = around;
  await jobs.define(sweepJob, (job) => sweep(contextOf(job.run.garden!), parts, job), {
    cron: "23 2,14 * * *",
  });
  await jobs.define(exportJob, (job) =>
    makeArchive(contextOf(job.run.garden!), parts, String(job.run.input.export)),
  );
  await jobs.define(
    "privacy.retain",
    async (job) => {
      const ctx = contextOf(job.run.garden!);
      const files = await tidyArchives(ctx, parts.archives);
      const people = await retain(ctx, parts, (done) => job.progress(null, { people: done }));
      return { files, people };
    },
    { cron: "47 1 * * *" },
  );
}
