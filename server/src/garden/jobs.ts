import { z } from "zod";
import { type JobRun, JobState, type Jobs } from "../platform/jobs/index.ts";
import { refuse } from "../platform/refusal.ts";
import type { Context } from "./context.ts";
import type { Route } from "./route.ts";

export const ShownJob = z.object({
  id: z.string(),
  name: z.string(),
  state: JobState,
  /** In [0, 1]; null while it cannot be told. */
  progress: z.number().nullable(),
  detail: z.record(z.string(), z.unknown()),
  result: z.unknown(),
  error: z.string().nullable(),
  createdBy: z.string(),
  createdAt: z.string(),
  startedAt: z.string().nullable(),
  finishedAt: z.string().nullable(),
});

export function shownJob(run: JobRun): z.input<typeof ShownJob> {
  const { garden: _garden, input: _input, ...rest } = run;
  return {
    ...rest,
    createdAt: run.createdAt.toISOString(),
    startedAt: run.startedAt?.toISOString() ?? null,
    finishedAt: run.finishedAt?.toISOString() ?? null,
  };
}

/** How far background work is. Runs of other gardens are as if they were not there. */
export function jobsRoutes(route: Route, deps: { jobs: Jobs }): void {
  const JobId = z.object({ id: z.uuid() });
  const own = async (ctx: Context, id: string) => {
    const run = await deps.jobs.get(id);
    return run.garden === ctx.garden.id ? run : refuse("missing", "job.missing", "There is no such run.");
  };
  route({
    method: "GET",
    url: "/api/jobs",
    access: "operator",
    tag: "Jobs",
    summary: "Runs of background work, newest first",
    query: z.object({ name: z.string().max(100).optional() }),
    reply: z.object({ items: z.array(ShownJob) }),
    handler: async ({ ctx, query }) => ({
      items: (
        await deps.jobs.list({ garden: ctx.garden.id, ...(query.name ? { name: query.name } : {}) })
      ).map(shownJob),
    }),
  });
  route({
    method: "GET",
    url: "/api/jobs/:id",
    access: "operator",
    tag: "Jobs",
    summary: "One run and how far it is",
    params: JobId,
    reply: ShownJob,
    refusals: ["job.missing"],
    handler: async ({ ctx, params }) => shownJob(await own(ctx, params.id)),
  });
  route({
    method: "POST",
    url: "/api/jobs/:id/cancel",
    access: { right: "data:write" },
    tag: "Jobs",
    summary: "Ends a run early",
    params: JobId,
    reply: ShownJob,
    refusals: ["job.missing"],
    handler: async ({ ctx, params }) => {
      const run = await own(ctx, params.id);
      await deps.jobs.cancel(run.id);
      return shownJob(await deps.jobs.get(run.id));
    },
  });
}
