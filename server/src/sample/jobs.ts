import type { FastifyInstance } from "fastify";
import { z } from "zod";
import type { Gardens } from "../garden/index.ts";
import type { Jobs } from "../platform/jobs/index.ts";
import { type SampleParts, simulate } from "./run.ts";

export const sampleJob = "sample.run";

export const SampleJobInput = z.object({
  customers: z.number(),
  weeks: z.number(),
  seed: z.string(),
  until: z.string(),
  daysAtOnce: z.number(),
  insightEveryWeeks: z.number(),
});

/** Declares the simulation as a job, with its day, its events and the time that is left as progress. */
export async function defineSampleJob(around: {
  jobs: Jobs;
  gardens: Gardens;
  http: FastifyInstance;
  work: (garden: string) => SampleParts["work"];
}): Promise<void> {
  const { jobs, gardens, http } = around;
  await jobs.define(sampleJob, async ({ run, progress, signal }) => {
    const garden = run.garden!;
    const ctx = gardens.context(garden, { kind: "job", id: run.id, name: sampleJob });
    const begun = performance.now();
    const summary = await simulate(
      { http, gardens, work: around.work(garden) },
      ctx,
      SampleJobInput.parse(run.input),
      {
        signal,
        progress(share, detail) {
          const seconds = (performance.now() - begun) / 1000;
          return progress(share, {
            ...detail,
            step: detail.day,
            secondsLeft: Math.round((seconds * (1 - share)) / share),
          });
        },
      },
    );
    return { garden, ...summary };
  });
}
