import { z } from "zod";
import type { Context, Tx } from "../../garden/index.ts";
import { type Executor, query, queryOne, sql } from "../../platform/postgres/index.ts";
import { InsightRun, keptRuns, type StepState } from "./model.ts";

/** The run of a job: a new one, or the one that a crash interrupted. */
export async function beginRun(tx: Tx, ask: { jobId: string; by: string; at: Date }): Promise<InsightRun> {
  const run = await queryOne(
    tx,
    sql`insert into insight_runs (job_id, state, started_by, started_at)
      values (${ask.jobId}, 'running', ${ask.by}, ${ask.at})
      on conflict (job_id) do update set state = 'running', error = null, finished_at = null
      returning *`,
    InsightRun,
  );
  return run!;
}

export async function saveWindow(on: Executor, runId: number, dataUntil: string): Promise<void> {
  await query(on, sql`update insight_runs set data_until = ${dataUntil} where id = ${runId}`);
}

export async function saveStep(on: Executor, runId: number, name: string, step: StepState): Promise<void> {
  await query(
    on,
    sql`update insight_runs set steps = steps || jsonb_build_object(${name}::text, ${JSON.stringify(step)}::jsonb) where id = ${runId}`,
  );
}

/** Shows what a run found: the one row that readers follow. */
export async function switchTo(on: Executor, insight: string, runId: number, at: Date): Promise<void> {
  await query(
    on,
    sql`insert into insight_current (insight, run_id, since) values (${insight}, ${runId}, ${at})
      on conflict (insight) do update set run_id = excluded.run_id, since = excluded.since`,
  );
}

export async function endRun(on: Executor, runId: number, at: Date, error?: string): Promise<void> {
  await query(
    on,
    sql`update insight_runs set state = ${error === undefined ? "done" : "failed"}, error = ${error ?? null}, finished_at = ${at} where id = ${runId}`,
  );
}

/** The run whose rows are shown for an insight, or undefined before the first. */
export function findCurrentRun(ctx: Context, insight: string): Promise<InsightRun | undefined> {
  return queryOne(
    ctx.pool,
    sql`select r.* from insight_current c join insight_runs r on r.id = c.run_id where c.insight = ${insight}`,
    InsightRun,
  );
}

/** Runs, newest first. */
export function listRuns(ctx: Context, max: number): Promise<InsightRun[]> {
  return query(
    ctx.pool,
    sql`select * from insight_runs order by started_at desc, id desc limit ${max}`,
    InsightRun,
  );
}

/** Keeps what a run says as a whole; saving again replaces it. */
export async function saveReport(
  on: Executor,
  runId: number,
  insight: string,
  report: unknown,
): Promise<void> {
  await query(
    on,
    sql`insert into insight_reports (run_id, insight, report) values (${runId}, ${insight}, ${sql.json(report)})
      on conflict (run_id, insight) do update set report = excluded.report`,
  );
}

/** What the run said, in the shape it was saved in. */
export async function findReport<T>(
  ctx: Context,
  runId: number,
  insight: string,
  shape: z.ZodType<T>,
): Promise<T | undefined> {
  const row = await queryOne(
    ctx.pool,
    sql`select report from insight_reports where run_id = ${runId} and insight = ${insight}`,
    z.object({ report: shape }),
  );
  return row?.report;
}

/** Forgets old runs, and says whose rows stay. A run that is shown, or still going on, always stays. */
export async function forgetOldRuns(on: Executor): Promise<number[]> {
  await query(
    on,
    sql`delete from insight_runs where state <> 'running'
        and id not in (select run_id from insight_current)
        and id not in (select id from insight_runs order by id desc limit ${keptRuns})`,
  );
  const kept = await query(on, sql`select id from insight_runs order by id`, z.object({ id: z.number() }));
  return kept.map((row) => row.id);
}
