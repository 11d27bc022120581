import {
  type Accuracy,
  accuracy,
  evaluateHoldout,
  expectedSpends,
  type ModelParameters,
  naivePurchases,
} from "@rondell/models";
import { type Command, CommandFailed, readArgs, UsageError } from "../command.ts";
import { count, pairs, print, table } from "../output.ts";
import { type Customers, readCustomers } from "./customers.ts";
import { readingOptions, saying } from "./fit.ts";
import { fitSpend, fitTimed, modelNamed, modelNames } from "./models.ts";

const options = {
  model: { value: "MODEL", summary: `${modelNames.split(", bg-bb")[0]}.`, required: true },
  ...readingOptions,
  t: {
    value: "WEEKS",
    summary: "Length of the holdout, for a file with a row for each customer and x_star.",
  },
} as const;

/** How a model foresaw what was held back, beside everybody going on at their own rate. */
export interface Backtest {
  model: string;
  params: Record<string, number>;
  customers: number;
  /** Length of the holdout. */
  weeks: number;
  accuracy: Numbers;
  naive: Numbers;
  /** By purchases before: what came after, what the model and the baseline had expected, as means. */
  calibration: {
    x: number;
    orMore: boolean;
    customers: number;
    actual: number;
    expected: number;
    low: number;
    high: number;
    naive: number;
  }[];
  /** Share of customers within their 95 % predictive interval. */
  coverage95: number;
  spend?: Numbers;
  /** In which measures the model beats the baseline. */
  better: { mae: boolean; rmse: boolean; totalBias: boolean };
  verdict: string;
  notes: string[];
}

type Numbers = Pick<Accuracy, "mae" | "rmse" | "totalExpected" | "totalActual" | "totalBias"> & {
  correlation: number | null;
};

export const clvBacktestCommand: Command = {
  name: "clv backtest",
  summary:
    "Fit a model on the time before a day and hold it against what came after, beside a naive baseline.",
  options,
  async run(args) {
    const { values } = readArgs(args, options);
    const named = modelNamed(values.model);
    if (named.kind !== "timed" && named.kind !== "regular") {
      throw new UsageError(
        `${named.name} cannot be held against a holdout of purchases; ${options.model.summary} can.`,
      );
    }
    const customers = await readCustomers({
      path: values.in,
      id: values.id,
      calibrationEnd: values["calibration-end"],
      skipInvalid: values["skip-invalid"],
    });
    const weeks = heldBack(customers, values["calibration-end"], values.t);
    const result = saying(() => backtest(named, customers, weeks), "horizon.too_far");
    print(values.json, result, () => textOf(result));
  },
};

function heldBack(customers: Customers, end: string | undefined, t: string | undefined): number {
  if (customers.laterWeeks !== undefined) {
    if (t !== undefined)
      throw new UsageError("--t is for a file with x_star; a log's holdout runs to its last day.");
    if (!end)
      throw new UsageError("--calibration-end is missing: the day after which purchases are held back.");
    if (customers.laterWeeks === 0) {
      throw new CommandFailed(
        "holdout.empty",
        `There is no purchase after ${end}, so nothing to hold the model against. Choose an earlier --calibration-end.`,
      );
    }
    return customers.laterWeeks;
  }
  if (!customers.later) {
    throw new CommandFailed(
      "columns.missing",
      "A backtest needs what came after: a log of purchases with --calibration-end, or a column x_star with --t.",
    );
  }
  const weeks = Number(t);
  if (t === undefined || !(weeks > 0 && weeks < Number.POSITIVE_INFINITY)) {
    throw new UsageError("--t must say over how many weeks x_star was counted.");
  }
  return weeks;
}

function backtest(named: Parameters<typeof fitTimed>[0], customers: Customers, weeks: number): Backtest {
  const { histories, later: actual, meanSpend, laterSpend } = customers;
  if (!actual) throw new CommandFailed("holdout.empty", "There is nothing to hold the model against.");
  const { document, model } = fitTimed(named, customers);
  const parameters: ModelParameters = document.params;
  const report = evaluateHoldout(model, parameters, histories, actual, weeks);
  const naiveEach = naivePurchases(histories, weeks);
  const naive = accuracy(naiveEach, actual);
  const better = {
    mae: report.mae < naive.mae,
    rmse: report.rmse < naive.rmse,
    totalBias: Math.abs(report.totalBias ?? 0) < Math.abs(naive.totalBias ?? 0),
  };
  const spend = meanSpend && laterSpend ? fitSpend(customers) : undefined;
  const spendReport =
    spend && "parameters" in spend
      ? accuracy(
          timesEach(
            model.expectedPurchases(parameters, histories, weeks),
            expectedSpends(spend.parameters, { repeats: histories.repeats, meanSpend: meanSpend! }),
          ),
          laterSpend!,
        )
      : undefined;
  return {
    model: document.model,
    params: document.params,
    customers: actual.length,
    weeks,
    accuracy: numbersOf(report),
    naive: numbersOf(naive),
    calibration: report.table.map((row) => ({
      x: row.repeats,
      orMore: row.orMore,
      customers: row.customers,
      actual: row.actualMean,
      expected: row.expectedMean,
      low: row.expectedLow,
      high: row.expectedHigh,
      naive: meanWhere(naiveEach, (i) =>
        row.orMore ? histories.repeats[i]! >= row.repeats : histories.repeats[i] === row.repeats,
      ),
    })),
    coverage95: report.coverage95,
    ...(spendReport && Number.isFinite(spendReport.totalExpected) ? { spend: numbersOf(spendReport) } : {}),
    better,
    verdict: verdictOf(document.model, better, report),
    notes: [...customers.notes, ...document.notes],
  };
}

const timesEach = (one: Float64Array, other: Float64Array) => one.map((value, i) => value * other[i]!);

function meanWhere(values: Float64Array, is: (i: number) => boolean): number {
  let sum = 0;
  let all = 0;
  for (let i = 0; i < values.length; i++) {
    if (!is(i)) continue;
    sum += values[i]!;
    all += 1;
  }
  return sum / all;
}

function numbersOf({ mae, rmse, totalExpected, totalActual, totalBias, correlation }: Accuracy): Numbers {
  return {
    mae,
    rmse,
    totalExpected,
    totalActual,
    totalBias,
    correlation: Number.isFinite(correlation) ? correlation : null,
  };
}

function verdictOf(model: string, better: Backtest["better"], report: Accuracy): string {
  const words = { mae: "mean absolute error", rmse: "root mean squared error", totalBias: "total" } as const;
  const measures = Object.keys(words) as (keyof typeof words)[];
  const worse = measures.filter((measure) => !better[measure]).map((measure) => words[measure]);
  const bias =
    report.totalBias === null
      ? "Nobody bought in the holdout."
      : `It expects ${Math.abs(100 * report.totalBias).toFixed(1)} % too ${report.totalBias < 0 ? "little" : "much"} in total.`;
  if (worse.length === 0)
    return `${model} foresees better than each customer's own past rate in all three measures. ${bias}`;
  if (worse.length === 3) {
    return `${model} is not better than each customer's own past rate, in any measure: do not use it for these customers. ${bias}`;
  }
  return `${model} is not better than each customer's own past rate in ${worse.join(" and ")}. ${bias}`;
}

function textOf(result: Backtest): string {
  const line = (name: string, numbers: Numbers) => ({
    "": name,
    MAE: Number(numbers.mae.toFixed(4)),
    RMSE: Number(numbers.rmse.toFixed(4)),
    expected: Number(numbers.totalExpected.toFixed(1)),
    actual: Number(numbers.totalActual.toFixed(2)),
    "total bias":
      numbers.totalBias === null
        ? ""
        : `${numbers.totalBias < 0 ? "-" : "+"}${Math.abs(100 * numbers.totalBias).toFixed(1)} %`,
  });
  const short = (value: number) => Number(value.toFixed(3));
  return [
    pairs([
      ["customers", count(result.customers)],
      ["weeks held back", result.weeks.toFixed(1)],
      ["within their 95 % interval", `${(100 * result.coverage95).toFixed(1)} %`],
    ]),
    table([
      line(result.model, result.accuracy),
      line("own past rate", result.naive),
      ...(result.spend ? [line("spend", result.spend)] : []),
    ]),
    table(
      result.calibration.map((row) => ({
        "repeats before": `${row.x}${row.orMore ? "+" : ""}`,
        customers: row.customers,
        actual: short(row.actual),
        expected: short(row.expected),
        "own past rate": short(row.naive),
      })),
    ),
    result.verdict,
    ...(result.notes.length ? [result.notes.map((note) => `Note: ${note}`).join("\n")] : []),
  ].join("\n\n");
}
