import { setImmediate as nextTurn } from "node:timers/promises";
import type { Context } from "../../garden/index.ts";
import { clearRun, type InsightStep, pruneRuns, type StepWork, saveReport } from "../runs/index.ts";
import type { Scores } from "./fit.ts";
import { fitInThread } from "./fit-thread.ts";
import {
  countExclusions,
  type HistoryColumns,
  readHistories,
  readTracking,
  writeHistories,
} from "./histories.ts";
import { calibrationEndOf, dateOf, dayOf, horizonDays, type ValueReport } from "./model.ts";

/** Rows of one insert, and how many of them are written down before others have their turn on this thread. */
const rowsAtOnce = 10_000;
const rowsInOneGo = 2_500;

/** The step of a run that says what each customer is worth. */
export const valueStep: InsightStep = {
  name: "value",
  weight: 3,
  run: runValue,
  async prune(ctx, keep) {
    await pruneRuns(ctx, "value_histories", keep);
    await pruneRuns(ctx, "value_by_customer", keep);
  },
};

async function runValue(ctx: Context, work: StepWork): Promise<Record<string, unknown>> {
  const { run, dataUntil } = work;
  await clearRun(ctx, "value_histories", run.id);
  await clearRun(ctx, "value_by_customer", run.id);

  const exclusions = await countExclusions(ctx, dataUntil);
  const untilDay = dayOf(dataUntil);
  const calibrationEndDay = exclusions.firstOrder
    ? calibrationEndOf(dayOf(exclusions.firstOrder), untilDay)
    : untilDay;
  await writeHistories(ctx, { runId: run.id, until: dataUntil, calibrationEnd: dateOf(calibrationEndDay) });
  await work.progress(0.2);
  const columns = await readHistories(ctx, run.id);
  const { weeks } = await readTracking(ctx, run.id);
  await work.progress(0.4);

  const answer = await fitInThread({ columns, untilDay, calibrationEndDay, weeks }, work.signal);
  await work.progress(0.7);
  await writeScores(ctx, run.id, columns, answer.scores, (share) => work.progress(0.7 + 0.3 * share));

  const firstDay = columns.firstDay.reduce((least, day) => Math.min(least, day), untilDay);
  const report: ValueReport = {
    state: answer.state,
    currency: ctx.garden.currency,
    window: {
      from: columns.ids.length ? dateOf(firstDay) : null,
      until: dataUntil,
      calibrationEnd: answer.scored?.holdout ? dateOf(calibrationEndDay) : null,
      holdoutWeeks: (untilDay - calibrationEndDay) / 7,
      horizonDays,
    },
    customers: columns.ids.length,
    valueMinor: columns.valueMinor.reduce((sum, value) => sum + value, 0),
    exclusions: {
      orders: exclusions.orders,
      ordersWithoutRate: exclusions.ordersWithoutRate,
      ordersWithoutCustomer: exclusions.ordersWithoutCustomer,
      buyersWithoutConsent: exclusions.buyersWithoutConsent,
    },
    repeatBuyers: answer.repeatBuyers,
    whalePast: answer.whalePast,
    failure: answer.failure,
    scored: answer.scored,
  };
  await saveReport(ctx.pool, run.id, "value", report);
  return { state: report.state, customers: report.customers, model: report.scored?.model ?? null };
}

/** Writes one row a customer; nobody reads them before the run is made current. */
async function writeScores(
  ctx: Context,
  runId: number,
  columns: HistoryColumns,
  scores: Scores | undefined,
  progress: (share: number) => Promise<void>,
): Promise<void> {
  const total = columns.ids.length;
  for (let start = 0; start < total; start += rowsAtOnce) {
    const end = Math.min(total, start + rowsAtOnce);
    const parts: Buffer[] = [];
    for (let from = start; from < end; from += rowsInOneGo) {
      parts.push(scoreLines(runId, columns, scores, from, Math.min(end, from + rowsInOneGo)));
      await nextTurn();
    }
    await ctx.events.insertLines("value_by_customer", Buffer.concat(parts));
    await progress(end / total);
  }
}

/** The rows of the customers in [from, to) as JSON lines. */
function scoreLines(
  runId: number,
  columns: HistoryColumns,
  scores: Scores | undefined,
  from: number,
  to: number,
): Buffer {
  const money = (value: number | undefined) =>
    value !== undefined && Number.isFinite(value) ? Math.round(value) : null;
  const lines: string[] = [];
  for (let i = from; i < to; i++) {
    const row = {
      run_id: runId,
      customer_id: columns.ids[i],
      purchase_days: columns.purchaseDays[i],
      orders: columns.orders[i],
      first_day: columns.firstDay[i],
      last_day: columns.lastDay[i],
      value_minor: columns.valueMinor[i],
      p_alive: scores ? scores.pAlive[i] : null,
      expected_purchases: scores ? scores.expectedPurchases[i] : null,
      expected_minor: money(scores?.expectedMinor[i]),
      low95_minor: money(scores?.low95Minor[i]),
      high95_minor: money(scores?.high95Minor[i]),
      low50_minor: money(scores?.low50Minor[i]),
      high50_minor: money(scores?.high50Minor[i]),
    };
    lines.push(`${JSON.stringify(row)}\n`);
  }
  return Buffer.from(lines.join(""));
}
