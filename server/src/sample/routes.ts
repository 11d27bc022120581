import { z } from "zod";
import { type Actor, type Context, type Gardens, type Route, record, ShownGarden } from "../garden/index.ts";
import { ShownJob, shownJob } from "../garden/jobs.ts";
import type { Jobs } from "../platform/jobs/index.ts";
import { refuse } from "../platform/refusal.ts";
import { sampleJob } from "./jobs.ts";
import { createSampleGarden, sampleId } from "./prepare.ts";
import { findSampleRun, SampleRun } from "./store.ts";

const SampleAsk = z.object({
  customers: z.number().int().min(20).max(20_000).default(5000),
  weeks: z.number().int().min(8).max(260).default(104),
  seed: z.string().min(1).max(100).default("silberkranich"),
  /** The last simulated day; yesterday where nothing is said. */
  until: z.iso.date().optional(),
  /** Days that are sent before somebody is asked about: more is faster, and less like real days. */
  daysAtOnce: z.number().int().min(1).max(7).default(1),
  /** Weeks from one run of insight to the next. */
  insightEveryWeeks: z.number().int().min(1).max(26).default(1),
});

/** Growing the sample garden, seeing how far it is, and dropping it. */
export function sampleRoutes(
  route: Route,
  deps: { gardens: Gardens; jobs: Jobs; now: () => Date; drop: (id: string) => Promise<void> },
): void {
  const { gardens, jobs } = deps;
  const tag = "Sample garden";
  const contextOf = (ctx: Context) => gardens.context(sampleId, ctx.actor);

  /** There may be no garden yet: the sample can be the first. */
  const access = { right: "garden:write", beforeSetup: true } as const;
  const newestJob = async () => (await jobs.list({ garden: sampleId, name: sampleJob, max: 1 }))[0];

  /** The trail of the sample goes when it is dropped, so the brand's own garden keeps it, once there is one. */
  async function writeDown(actor: Actor, action: "sample.grown" | "sample.dropped", after: unknown) {
    const own = gardens.first();
    if (!own) return;
    const there = gardens.context(own.id, actor);
    await there.inTransaction((tx) => record(tx, there, action, sampleId, null, after));
  }

  async function drop(): Promise<void> {
    for (const run of await jobs.list({ garden: sampleId, max: 200 }))
      if (run.state === "queued" || run.state === "running") await jobs.cancel(run.id);
    const release = await jobs.hold([sampleId], { ignores: () => false, timeoutMs: 60_000 });
    try {
      await deps.drop(sampleId);
    } finally {
      release();
    }
  }

  route({
    method: "POST",
    url: "/api/sample",
    access,
    tag,
    summary: "Grow the sample garden: a fictional brand with simulated customers",
    description:
      "While one is growing that one is answered; one that was interrupted is begun anew. " +
      "Ask `/api/jobs/{jobId}?garden=sample` how far it is.",
    body: SampleAsk,
    reply: z.object({ jobId: z.string(), garden: z.string(), started: z.boolean() }),
    refusals: ["right.missing", "sample.exists"],
    status: 202,
    handler: async ({ ctx, body }) => {
      if (gardens.find(sampleId)) {
        const job = await newestJob();
        if (job && (job.state === "queued" || job.state === "running"))
          return { jobId: job.id, garden: sampleId, started: false };
        if ((await findSampleRun(contextOf(ctx).pool))?.summary)
          refuse(
            "conflict",
            "sample.exists",
            "There is a sample garden already. Drop it before another one is grown.",
          );
        await drop();
      }
      const language = ctx.garden?.language ?? "en";
      await createSampleGarden(gardens, { seed: body.seed, language });
      const until = body.until ?? new Date(deps.now().getTime() - 86_400_000).toISOString().slice(0, 10);
      await writeDown(ctx.actor, "sample.grown", { ...body, until });
      const job = await jobs.start(sampleJob, {
        garden: sampleId,
        input: { ...body, until },
        by: ctx.actor.name,
      });
      return { jobId: job.id, garden: sampleId, started: true };
    },
  });

  route({
    method: "GET",
    url: "/api/sample",
    access,
    tag,
    summary: "The sample garden: whether it is there, how far it has grown, and what is true in it",
    reply: z.object({
      garden: ShownGarden.nullable(),
      job: ShownJob.nullable(),
      /** What its customers were drawn from, and what they did; null where nothing was simulated. */
      truth: SampleRun.nullable(),
    }),
    handler: async ({ ctx }) => {
      const garden = gardens.find(sampleId);
      if (!garden || ctx.actor.kind === "token") return { garden: null, job: null, truth: null };
      const job = await newestJob();
      return {
        garden: ShownGarden.parse(garden),
        job: job ? shownJob(job) : null,
        truth: (await findSampleRun(contextOf(ctx).pool)) ?? null,
      };
    },
  });

  route({
    method: "DELETE",
    url: "/api/sample",
    access,
    tag,
    summary: "Drop the sample garden with everything in it, also while it grows",
    reply: z.object({ done: z.literal(true) }),
    refusals: ["right.missing", "sample.missing"],
    handler: async ({ ctx }) => {
      if (!gardens.find(sampleId)) refuse("missing", "sample.missing", "There is no sample garden.");
      await drop();
      await writeDown(ctx.actor, "sample.dropped", null);
      return { done: true as const };
    },
  });
}
