import {
  chooseModel,
  customersBringing,
  expectedTracking,
  fitGammaGamma,
  forecast,
  mbgNbd,
  naivePurchases,
  type PurchaseHistories,
  repeatBuyersOf,
  totalsOf,
  valueOfTop,
  type WhaleCurve,
  whaleCurve,
} from "@rondell/models";
import type { HistoryColumns } from "./histories.ts";
import { goneBelow, horizonDays, type Scored, spanDaysMin, type ValueReport } from "./model.ts";

export interface FitAsk {
  columns: HistoryColumns;
  /** Days from 1970-01-01. */
  untilDay: number;
  calibrationEndDay: number;
  /** Actual repeat purchases in each week since the first purchase of all, for the tracking chart. */
  weeks: { week: number; purchases: number }[];
}

/** Scores in columns, in the order of the histories; NaN where there is none. */
export interface Scores {
  pAlive: Float64Array;
  expectedPurchases: Float64Array;
  expectedMinor: Float64Array;
  low95Minor: Float64Array;
  high95Minor: Float64Array;
  low50Minor: Float64Array;
  high50Minor: Float64Array;
}

export type FitAnswer = Pick<ValueReport, "state" | "repeatBuyers" | "whalePast" | "failure" | "scored"> & {
  scores?: Scores;
};

/**
 * Fits the models, holds them against what was held back, and scores every customer. Pure and long: it
 * runs in a thread of its own. Money in, money out: minor units.
 */
export function fitValue(ask: FitAsk): FitAnswer {
  const startedAt = performance.now();
  const { columns, untilDay, calibrationEndDay } = ask;
  const whalePast = curveOf(whaleCurve(columns.valueMinor));
  if (columns.ids.length === 0) {
    return { state: "no_orders", repeatBuyers: null, whalePast: null, failure: null, scored: null };
  }
  const histories = historiesUntil(columns, untilDay);
  const repeatBuyers = repeatBuyersOf(histories);
  const firstDay = columns.firstDay.reduce((least, day) => Math.min(least, day), Number.POSITIVE_INFINITY);
  const unscored = (state: ValueReport["state"], failure: string | null = null): FitAnswer => ({
    state,
    repeatBuyers,
    whalePast,
    failure,
    scored: null,
  });
  if (untilDay - firstDay < spanDaysMin) return unscored("too_short");
  if (!repeatBuyers.enough) return unscored("too_few");

  const held = heldBack(columns, calibrationEndDay, untilDay);
  const choice = chooseModel(held.histories, held.actual, held.weeks);
  const model = choice.ok ? choice.model : mbgNbd;
  const fit = model.fit(histories);
  if (!fit.ok) return unscored("not_fitted", fit.message);

  const spendFit = fitGammaGamma({ repeats: histories.repeats, meanSpend: columns.meanMinor });
  const spend = spendFit.ok ? { parameters: spendFit.parameters, meanSpend: columns.meanMinor } : undefined;
  const weeks = horizonDays / 7;
  const ahead = forecast({
    model,
    parameters: fit.parameters,
    histories,
    weeks,
    ...(spend ? { spend } : {}),
  });
  const totals = totalsOf({
    model,
    fit,
    histories,
    weeks,
    forecast: ahead,
    ...(spendFit.ok ? { spend: { fit: spendFit, meanSpend: columns.meanMinor } } : {}),
  });

  const nothing = new Float64Array(columns.ids.length).fill(Number.NaN);
  const scores: Scores = {
    pAlive: ahead.probabilityAlive,
    expectedPurchases: ahead.expectedPurchases,
    expectedMinor: ahead.value?.expectedValue ?? nothing,
    low95Minor: ahead.value?.value95.low ?? nothing,
    high95Minor: ahead.value?.value95.high ?? nothing,
    low50Minor: ahead.value?.value50.low ?? nothing,
    high50Minor: ahead.value?.value50.high ?? nothing,
  };
  const trackingFit = choice.ok ? choice.fit.parameters : fit.parameters;
  const firstWeeks = columns.firstDay.map((day) => (day - firstDay) / 7);
  const lastWeek = Math.floor((untilDay - firstDay) / 7);
  const calendar = Array.from({ length: lastWeek }, (_, week) => week + 1);
  const expected = expectedTracking(model, trackingFit, firstWeeks, calendar);
  const actual = cumulative(ask.weeks, lastWeek);
  const curve = whaleCurve(scores.expectedMinor);
  let gone = 0;
  for (const chance of scores.pAlive) if (chance < goneBelow) gone += 1;

  const scored: Scored = {
    model: model.name,
    earlyExits: model.earlyExits,
    parameters: fit.parameters,
    standardErrors: finiteOf({ ...fit.standardErrors }),
    logLikelihood: fit.logLikelihood,
    customers: fit.customers,
    diagnostics: diagnosticsOf(fit.diagnostics),
    spend: spendFit.ok
      ? {
          parameters: spendFit.parameters,
          standardErrors: finiteOf({ ...spendFit.standardErrors }),
          logLikelihood: spendFit.logLikelihood,
          customers: spendFit.customers,
          leftOut: spendFit.leftOut,
          populationMeanMinor: spendFit.populationMean,
          correlation: finite(spendFit.correlation),
          diagnostics: diagnosticsOf(spendFit.diagnostics),
        }
      : null,
    spendFailure: spendFit.ok ? null : spendFit.message,
    holdout: choice.ok
      ? {
          because: choice.because,
          bgNbdLead: choice.bgNbdLead ?? null,
          models: choice.reports.map((report) => ({
            ...report,
            logScore: finite(report.logScore),
            correlation: finite(report.correlation),
          })),
          naive: { ...choice.naive, correlation: finite(choice.naive.correlation) },
          naiveTable: meansByRepeats(held.histories.repeats, naivePurchases(held.histories, held.weeks)),
        }
      : null,
    tracking: calendar.map((week, i) => ({ week, actual: actual[i]!, expected: expected[i]! })),
    purchases: totalOf(totals.purchases),
    valueMinor: totals.value ? totalOf(totals.value) : null,
    whaleExpected: curveOf(curve),
    topTenthShare: valueOfTop(scores.expectedMinor, 0.1) ?? null,
    halfFromShare: customersBringing(scores.expectedMinor, 0.5) ?? null,
    distribution: distributionOf(scores),
    gone,
    seconds: (performance.now() - startedAt) / 1000,
  };
  return { state: "scored", repeatBuyers, whalePast, failure: null, scored, scores };
}

function historiesUntil(columns: HistoryColumns, untilDay: number): PurchaseHistories {
  return {
    repeats: columns.purchaseDays.map((days) => days - 1),
    lastWeek: columns.lastDay.map((day, i) => (day - columns.firstDay[i]!) / 7),
    observedWeeks: columns.firstDay.map((day) => (untilDay - day) / 7),
  };
}

/** Histories as they stood at the end of calibration, and what each customer did afterwards. */
function heldBack(columns: HistoryColumns, calibrationEndDay: number, untilDay: number) {
  const rows: number[] = [];
  for (let i = 0; i < columns.ids.length; i++) if (columns.calibrationDays[i]! > 0) rows.push(i);
  const pick = (value: (row: number) => number) => Float64Array.from(rows, value);
  return {
    weeks: (untilDay - calibrationEndDay) / 7,
    histories: {
      repeats: pick((row) => columns.calibrationDays[row]! - 1),
      lastWeek: pick((row) => (columns.calibrationLast[row]! - columns.firstDay[row]!) / 7),
      observedWeeks: pick((row) => (calibrationEndDay - columns.firstDay[row]!) / 7),
    },
    actual: pick((row) => columns.purchaseDays[row]! - columns.calibrationDays[row]!),
  };
}

function cumulative(weeks: FitAsk["weeks"], lastWeek: number): Float64Array {
  const perWeek = new Float64Array(lastWeek + 1);
  for (const { week, purchases } of weeks) perWeek[Math.min(week, lastWeek)]! += purchases;
  let sum = 0;
  return Float64Array.from({ length: lastWeek }, (_, week) => {
    sum += perWeek[week]!;
    return sum;
  });
}

function meansByRepeats(repeats: Float64Array, expected: Float64Array, orMoreFrom = 7) {
  const sums = new Map<number, { customers: number; expected: number }>();
  for (let i = 0; i < repeats.length; i++) {
    const key = Math.min(orMoreFrom, repeats[i]!);
    const sum = sums.get(key) ?? { customers: 0, expected: 0 };
    sum.customers += 1;
    sum.expected += expected[i]!;
    sums.set(key, sum);
  }
  return [...sums]
    .sort(([a], [b]) => a - b)
    .map(([key, sum]) => ({ repeats: key, expectedMean: sum.expected / sum.customers }));
}

/** Customers by expected value, at 1, 2 and 5 times powers of ten; below 1 is the first bin. */
export function distributionOf(scores: Pick<Scores, "expectedMinor" | "pAlive">): Scored["distribution"] {
  const most = scores.expectedMinor.reduce(
    (top, value) => (Number.isFinite(value) ? Math.max(top, value) : top),
    0,
  );
  if (!(most > 0)) return [];
  const edges = [0, 100];
  while (edges.at(-1)! < most && edges.length < 40) {
    const last = edges.at(-1)!;
    edges.push(String(last).startsWith("2") ? last * 2.5 : last * 2);
  }
  const bins = edges.map((from, i) => ({
    fromMinor: from,
    toMinor: edges[i + 1] ?? null,
    customers: 0,
    gone: 0,
  }));
  for (let i = 0; i < scores.expectedMinor.length; i++) {
    const value = Math.round(scores.expectedMinor[i]!);
    if (!Number.isFinite(value)) continue;
    let at = bins.length - 1;
    while (bins[at]!.fromMinor > value) at -= 1;
    bins[at]!.customers += 1;
    if (scores.pAlive[i]! < goneBelow) bins[at]!.gone += 1;
  }
  while (bins.length > 1 && bins.at(-1)!.customers === 0) bins.pop();
  return bins;
}

const finite = (value: number) => (Number.isFinite(value) ? value : null);
const finiteOf = (values: Record<string, number>) =>
  Object.fromEntries(Object.entries(values).map(([key, value]) => [key, finite(value)]));
const totalOf = ({ expected, low, high }: { expected: number; low: number; high: number }) => ({
  expected,
  low,
  high,
});
const curveOf = (curve: WhaleCurve | undefined) => curve ?? null;

function diagnosticsOf(
  found: Omit<Scored["diagnostics"], "hessianCondition"> & { hessianCondition: number },
): Scored["diagnostics"] {
  return { ...found, hessianCondition: finite(found.hessianCondition) };
}
