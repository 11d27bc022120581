import { z } from "zod";
import type { Context } from "../../garden/index.ts";

export const RunState = z.enum(["running", "done", "failed"]);

/** One step of a run, as it stands in the run's row. */
export const StepState = z.object({
  state: z.enum(["running", "done"]),
  startedAt: z.string(),
  finishedAt: z.string().optional(),
  result: z.record(z.string(), z.unknown()).optional(),
});
export type StepState = z.infer<typeof StepState>;

/** A dated run of everything that is concluded about customers. */
export const InsightRun = z.object({
  id: z.number(),
  jobId: z.string(),
  state: RunState,
  /** Last day observed, in the garden's zone (YYYY-MM-DD); null while nothing has happened. */
  dataUntil: z.string().nullable(),
  steps: z.record(z.string(), StepState),
  error: z.string().nullable(),
  startedBy: z.string(),
  startedAt: z.date(),
  finishedAt: z.date().nullable(),
});
export type InsightRun = z.infer<typeof InsightRun>;

/** What a step is given beside the context. */
export interface StepWork {
  run: InsightRun;
  /** The last day observed; never null here, since steps run only when something has happened. */
  dataUntil: string;
  /** How far the step is, in [0, 1]. Throws when the run was cancelled. */
  progress(share: number): Promise<void>;
  signal: AbortSignal;
}

/**
 * A part of the nightly run. It writes its rows under the run's id completely, and is made current by
 * the run afterwards; called again after a crash it begins by throwing its half-written rows away.
 */
export interface InsightStep {
  /** Also the name of the insight whose current run is switched when the step is done. */
  name: string;
  /** Its share of the whole run's time, roughly. */
  weight: number;
  run(ctx: Context, work: StepWork): Promise<Record<string, unknown>>;
  /** Throws away what runs wrote that nobody shows any more. */
  prune(ctx: Context, keep: readonly number[]): Promise<void>;
}

/** Runs that are kept: the newest, and whatever is still shown. */
export const keptRuns = 3;
