import { z } from "zod";
import { type Route, startRecorded } from "../../garden/index.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import { insightJob } from "./jobs.ts";
import { InsightRun } from "./model.ts";
import { RunAsk } from "./run.ts";
import { listRuns } from "./store.ts";

const RunReply = InsightRun.extend({
  startedAt: z.string(),
  finishedAt: z.string().nullable(),
});

function replyOf(run: InsightRun): z.input<typeof RunReply> {
  return {
    ...run,
    startedAt: run.startedAt.toISOString(),
    finishedAt: run.finishedAt?.toISOString() ?? null,
  };
}

/** Starting runs of insight, and seeing how they went. */
export function insightRunsRoutes(route: Route, deps: { jobs: Jobs }): void {
  route({
    method: "GET",
    url: "/api/insight/runs",
    access: { right: "insight:read" },
    tag: "Insight",
    summary: "Runs of insight, newest first, and the job that is under way",
    query: z.object({ max: z.coerce.number().int().min(1).max(100).default(20) }),
    reply: z.object({
      runs: z.array(RunReply),
      /** The job that waits or works now: see `/api/jobs/{id}` for its progress. */
      jobId: z.string().nullable(),
    }),
    handler: async ({ ctx, query }) => {
      const [runs, jobs] = await Promise.all([
        listRuns(ctx, query.max),
        deps.jobs.list({ garden: ctx.garden.id, name: insightJob, max: 5 }),
      ]);
      const open = jobs.find((job) => job.state === "queued" || job.state === "running");
      return { runs: runs.map(replyOf), jobId: open?.id ?? null };
    },
  });

  route({
    method: "POST",
    url: "/api/insight/runs",
    access: { right: "insight:run" },
    tag: "Insight",
    summary: "Start a run of all insights",
    description: "When one is already waiting or working, that one is answered instead of a second.",
    body: RunAsk,
    reply: z.object({ jobId: z.string(), started: z.boolean() }),
    status: 202,
    handler: async ({ ctx, body }) => {
      const jobs = await deps.jobs.list({ garden: ctx.garden.id, name: insightJob, max: 5 });
      const open = jobs.find((job) => job.state === "queued" || job.state === "running");
      if (open) return { jobId: open.id, started: false };
      const job = await startRecorded(ctx, deps.jobs, insightJob, body);
      return { jobId: job.id, started: true };
    },
  });
}
