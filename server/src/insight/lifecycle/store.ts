import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { findCurrentRun, findReport, type InsightRun } from "../runs/index.ts";
import { publicIdSql } from "../value/index.ts";
import { Stage } from "./model.ts";
import { LifecycleReport } from "./step.ts";

/** Only customers who allow conclusions about themselves now, whatever the run knew. */
const shown =
  "run_id = {run:UInt32} and customer_id in (select customer_id from customers where profile = 1)";

export interface CustomerStage {
  stage: Stage;
  since: string;
  /** The stage before; null for the first. */
  previous: Stage | null;
  runId: number;
}

/** Where these customers stand now; who may not be profiled is missing. */
export async function stagesOf(ctx: Context, ids: readonly number[]): Promise<Map<number, CustomerStage>> {
  const run = ids.length ? await findCurrentRun(ctx, "lifecycle") : undefined;
  if (!run) return new Map();
  const rows = await ctx.events.query(
    z.object({ customerId: z.number(), stage: Stage, since: z.string(), previous: Stage.nullable() }),
    { run: run.id, ids },
    `select customer_id, stage, since, nullIf(previous, '') as previous from lifecycle_stages
    where run_id = {run:UInt32} and ended is null and customer_id in {ids:Array(UInt64)}
      and customer_id in (select customer_id from customers where profile = 1 and customer_id in {ids:Array(UInt64)})`,
  );
  return new Map(rows.map(({ customerId, ...row }) => [customerId, { ...row, runId: run.id }]));
}

const StayRow = z.object({ stage: Stage, since: z.string(), ended: z.string().nullable() });

/** All stages of one customer, oldest first, told by the rule of the run that is shown. */
export async function stageHistoryOf(ctx: Context, customerId: number): Promise<z.infer<typeof StayRow>[]> {
  const run = await findCurrentRun(ctx, "lifecycle");
  if (!run) return [];
  return ctx.events.query(
    StayRow,
    { run: run.id, id: customerId },
    `select stage, since, ended from lifecycle_stages
    where run_id = {run:UInt32} and customer_id = {id:UInt64}
      and customer_id in (select customer_id from customers where profile = 1 and customer_id = {id:UInt64})
    order by since, ended is null`,
  );
}

export async function findLifecycle(
  ctx: Context,
): Promise<{ run: InsightRun; report: LifecycleReport } | undefined> {
  const run = await findCurrentRun(ctx, "lifecycle");
  if (!run) return undefined;
  const report = await findReport(ctx, run.id, "lifecycle", LifecycleReport);
  return report && { run, report };
}

export const StageCount = z.object({ stage: Stage, customers: z.number() });
export const StagesOnDay = z.object({ day: z.string(), stage: Stage, customers: z.number() });
export const StageMove = z.object({ previous: Stage, stage: Stage, customers: z.number() });

/** How many customers stand in each stage now? */
export function countStages(ctx: Context, runId: number): Promise<z.infer<typeof StageCount>[]> {
  return ctx.events.query(
    StageCount,
    { run: runId },
    `select stage, count() as customers from lifecycle_stages where ${shown} and ended is null group by stage`,
  );
}

/** How many stood in each stage at the end of each of these days? */
export function countStagesOn(
  ctx: Context,
  runId: number,
  days: readonly string[],
): Promise<z.infer<typeof StagesOnDay>[]> {
  return ctx.events.query(
    StagesOnDay,
    { run: runId, days },
    `select toString(on_day) as day, stage, count() as customers
    from lifecycle_stages
    array join {days:Array(Date)} as on_day
    where ${shown} and since <= on_day and (ended is null or ended > on_day)
    group by on_day, stage order by on_day, stage`,
  );
}

/** Who moved from which stage to which, in [from, to]? */
export function countMoves(
  ctx: Context,
  runId: number,
  from: string,
  to: string,
): Promise<z.infer<typeof StageMove>[]> {
  return ctx.events.query(
    StageMove,
    { run: runId, from, to },
    `select previous, stage, count() as customers from lifecycle_stages
    where ${shown} and previous != '' and since >= {from:Date} and since <= {to:Date}
    group by previous, stage order by customers desc`,
  );
}

/** Every customer's stage as CSV, ready to send. */
export function stagesCsv(ctx: Context, runId: number): Promise<string> {
  return ctx.events.text(
    { run: runId },
    `select ${publicIdSql("customer_id")} as customer, stage, since, previous from lifecycle_stages
    where ${shown} and ended is null order by stage, since, customer_id`,
    "CSVWithNames",
  );
}
