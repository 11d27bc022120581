import { z } from "zod";
import type { Route } from "../../garden/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { loyalFrom, type Stage, stages } from "./model.ts";
import { LifecycleReport } from "./step.ts";
import {
  countMoves,
  countStages,
  countStagesOn,
  findLifecycle,
  StageCount,
  StageMove,
  StagesOnDay,
  stagesCsv,
} from "./store.ts";

/** The last days of the months before `until`, oldest first, and `until` itself. Pure. */
export function monthEnds(until: string, months: number): string[] {
  const [year, month] = until.split("-").map(Number) as [number, number];
  const ends = Array.from({ length: months }, (_, i) =>
    new Date(Date.UTC(year, month - 1 - (months - 1 - i), 0)).toISOString().slice(0, 10),
  );
  return [...ends.filter((day) => day < until), until];
}

/** The day `days` before `day`. */
export function daysBefore(day: string, days: number): string {
  return new Date(Date.parse(`${day}T00:00:00Z`) - days * 86_400_000).toISOString().slice(0, 10);
}

/** Questions about where customers stand. */
export function lifecycleRoutes(route: Route): void {
  route({
    method: "GET",
    url: "/api/insight/lifecycle",
    access: { right: "insight:read" },
    tag: "Insight",
    summary:
      "Customers by lifecycle stage: now, at the ends of the last months, and the moves between stages",
    description: "`report` is null before the first run. Moves are those of the last `days` days observed.",
    query: z.object({
      months: z.coerce.number().int().min(1).max(36).default(12),
      days: z.coerce.number().int().min(1).max(730).default(28),
    }),
    reply: z.object({
      run: z.object({ id: z.number(), finishedAt: z.string().nullable() }).nullable(),
      report: LifecycleReport.nullable(),
      loyalFrom: z.number(),
      /** Every stage, in the order of a life, with nobody in it too. */
      now: z.array(StageCount),
      history: z.array(StagesOnDay),
      moves: z.object({ from: z.string(), to: z.string(), rows: z.array(StageMove) }).nullable(),
    }),
    handler: async ({ ctx, query }) => {
      const found = await findLifecycle(ctx);
      if (!found) return { run: null, report: null, loyalFrom, now: [], history: [], moves: null };
      const { run, report } = found;
      const from = daysBefore(report.until, query.days - 1);
      const [now, history, moves] = await Promise.all([
        countStages(ctx, run.id),
        countStagesOn(ctx, run.id, monthEnds(report.until, query.months)),
        countMoves(ctx, run.id, from, report.until),
      ]);
      const byStage = new Map(now.map((row) => [row.stage, row.customers]));
      return {
        run: { id: run.id, finishedAt: run.steps.lifecycle?.finishedAt ?? null },
        report,
        loyalFrom,
        now: stages.map((stage: Stage) => ({ stage, customers: byStage.get(stage) ?? 0 })),
        history,
        moves: { from, to: report.until, rows: moves },
      };
    },
  });

  route({
    method: "GET",
    url: "/api/insight/lifecycle/customers.csv",
    access: { right: "insight:read" },
    tag: "Insight",
    summary: "The stage of every customer as CSV",
    refusals: ["insight.missing"],
    handler: async ({ ctx, reply }) => {
      const found = await findLifecycle(ctx);
      if (!found) refuse("missing", "insight.missing", "There is no run of insight yet. Start one first.");
      return reply
        .header("content-type", "text/csv; charset=utf-8")
        .header("content-disposition", `attachment; filename="stages-${found.report.until}.csv"`)
        .send(await stagesCsv(ctx, found.run.id));
    },
  });
}
