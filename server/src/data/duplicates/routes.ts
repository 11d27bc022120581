import { z } from "zod";
import { type Route, startRecorded } from "../../garden/index.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import { duplicatesJob } from "./jobs.ts";

/** Searching the customers for duplicates. What is found stands among the proposals. */
export function duplicatesRoutes(route: Route, deps: { jobs: Jobs }): void {
  const jobsOf = (garden: string) => deps.jobs.list({ garden, name: duplicatesJob, max: 20 });
  const isOpen = (job: { state: string }) => job.state === "queued" || job.state === "running";

  route({
    method: "GET",
    url: "/api/merge-proposals/search",
    access: { right: "customers:read" },
    tag: "Customers",
    summary: "The search for duplicates that is under way, and when one was last done",
    reply: z.object({
      /** The job that waits or works now: see `/api/jobs/{id}` for its progress. */
      jobId: z.string().nullable(),
      lastAt: z.string().nullable(),
      /** Whether the newest search that ended has failed. */
      failed: z.boolean(),
    }),
    handler: async ({ ctx }) => {
      const jobs = await jobsOf(ctx.garden.id);
      const done = jobs.find((job) => job.state === "done");
      return {
        jobId: jobs.find(isOpen)?.id ?? null,
        lastAt: done?.finishedAt?.toISOString() ?? null,
        failed: jobs.find((job) => !isOpen(job))?.state === "failed",
      };
    },
  });

  route({
    method: "POST",
    url: "/api/merge-proposals/search",
    access: { right: "data:write" },
    tag: "Customers",
    summary: "Search all known customers for duplicates by what is known of them",
    description:
      "Nobody is joined: pairs go to the proposals, with probability and evidence. When a search is already waiting or working, that one is answered instead of a second.",
    reply: z.object({ jobId: z.string(), started: z.boolean() }),
    status: 202,
    handler: async ({ ctx }) => {
      const open = (await jobsOf(ctx.garden.id)).find(isOpen);
      if (open) return { jobId: open.id, started: false };
      const job = await startRecorded(ctx, deps.jobs, duplicatesJob);
      return { jobId: job.id, started: true };
    },
  });
}
