import { randomUUID } from "node:crypto";
import { z } from "zod";
import { type JobRun, JobState, type Jobs } from "../platform/jobs/index.ts";
import { refuse } from "../platform/refusal.ts";
import { type Context, record } from "./context.ts";
import { type Right, rightsOf } from "./model.ts";
import { gardenOf, type Route } from "./route.ts";

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

/**
 * Starts a run for an operator or a token. Both or neither: the trail says that it was started, and a run that cannot be
 * queued leaves no word of it.
 */
export function startRecorded(
  ctx: Context,
  jobs: Jobs,
  name: string,
  input: Record<string, unknown> = {},
): Promise<JobRun> {
  const id = randomUUID();
  return ctx.inTransaction(async (tx) => {
    await record(tx, ctx, "job.started", id, null, { job: name, ...input });
    return jobs.start(name, { id, garden: ctx.garden.id, input, by: ctx.actor.name });
  });
}

/** What a caller must be allowed, to see the runs of a job with their results, and to end one early. */
export interface JobRights {
  read: Right;
  cancel: Right;
}

/** A job that nobody has named rights for is the owner's alone. */
const ownersOnly: JobRights = { read: "garden:write", cancel: "garden:write" };

/**
 * How far background work is. Runs of other gardens are as if they were not there. A run's result says as much as the
 * pages of its domain, so who may see it follows from the job: `rights` by the job's name.
 */
export function jobsRoutes(route: Route, deps: { jobs: Jobs; rights: Record<string, JobRights> }): void {
  const rightsOfJob = (name: string) => deps.rights[name] ?? ownersOnly;
  const JobId = z.object({ id: z.uuid() });
  const own = async (ctx: Context, id: string) => {
    const run = await deps.jobs.get(id);
    return run.garden === gardenOf(ctx).id ? run : refuse("missing", "job.missing", "There is no such run.");
  };
  route({
    method: "GET",
    url: "/api/jobs",
    access: "operator",
    tag: "Jobs",
    summary: "Runs of background work that the caller may see, newest first",
    query: z.object({ name: z.string().max(100).optional() }),
    reply: z.object({ items: z.array(ShownJob) }),
    handler: async ({ ctx, query }) => {
      const allowed = rightsOf(ctx.actor);
      const isOwner = allowed.includes(ownersOnly.read);
      const names = Object.keys(deps.rights).filter((name) => allowed.includes(rightsOfJob(name).read));
      const runs = await deps.jobs.list({
        garden: gardenOf(ctx).id,
        ...(query.name ? { name: query.name } : {}),
        ...(isOwner ? {} : { names }),
      });
      return { items: runs.filter((run) => allowed.includes(rightsOfJob(run.name).read)).map(shownJob) };
    },
  });
  route({
    method: "GET",
    url: "/api/jobs/:id",
    access: "operator",
    tag: "Jobs",
    summary: "One run and how far it is",
    params: JobId,
    reply: ShownJob,
    refusals: ["job.missing", "right.missing"],
    handler: async ({ ctx, params }) => {
      const run = await own(ctx, params.id);
      ctx.require(rightsOfJob(run.name).read);
      return shownJob(run);
    },
  });
  route({
    method: "POST",
    url: "/api/jobs/:id/cancel",
    access: "operator",
    tag: "Jobs",
    summary: "Ends a run early; whoever may start such a run may end it",
    params: JobId,
    reply: ShownJob,
    refusals: ["job.missing", "right.missing"],
    handler: async ({ ctx, params }) => {
      const run = await own(ctx, params.id);
      ctx.require(rightsOfJob(run.name).cancel);
      // A run that has ended is left as it is, and there is nothing to write down.
      if (run.state === "queued" || run.state === "running") {
        await ctx.inTransaction(async (tx) => {
          await record(tx, ctx, "job.cancelled", run.id, { job: run.name, state: run.state }, null);
          await deps.jobs.cancel(run.id);
        });
      }
      return shownJob(await deps.jobs.get(run.id));
    },
  });
}
