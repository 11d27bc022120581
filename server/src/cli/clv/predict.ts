import { readFile } from "node:fs/promises";
import {
  bgBb,
  expectedSpends,
  type ForecastRequest,
  forecast,
  type GammaGammaParameters,
  type Intervals,
  type ModelParameters,
  type PurchaseModel,
  parametersFor,
} from "@rondell/models";
import { type Command, CommandFailed, readArgs, UsageError } from "../command.ts";
import { count, pairs, table } from "../output.ts";
import { readOpportunities } from "./counted.ts";
import { type Customers, readCustomers } from "./customers.ts";
import { readingOptions, saying } from "./fit.ts";
import { fitSpend, modelNamed, modelNames, type NamedModel } from "./models.ts";

const options = {
  params: { value: "FILE", summary: "What rondell clv fit --json printed.", required: true },
  ...readingOptions,
  t: {
    value: "WEEKS",
    summary: "How far ahead to expect purchases; opportunities for bg-bb.",
    required: true,
  },
  discount: {
    value: "RATE",
    summary:
      "Discount a year of the residual value, continuous; an opportunity for bg-bb. 0.1 unless said otherwise.",
  },
  horizon: { value: "WEEKS", summary: "End of the residual value; without it, for ever." },
  intervals: {
    summary: "Add the 95 % predictive intervals of purchases, and of spend, in the next --t weeks.",
  },
} as const;

interface Prediction {
  id: string;
  probabilityAlive: number;
  expectedPurchases: number;
  /** Spend of one further purchase; null where it is not known or has no finite mean. */
  expectedSpend: number | null;
  /** Discounted expected spend of all purchases to come. */
  residualValue: number | null;
  /** What this customer will really buy in the next weeks; with --intervals. */
  purchasesInterval?: Interval;
  /** What they will really spend then; null where spend is not known. */
  spendInterval?: Interval | null;
}

type ForecastSpend = NonNullable<ForecastRequest<ModelParameters>["spend"]>;

interface Interval {
  kind: "predictive";
  low: number;
  high: number;
  level: number;
}

export const clvPredictCommand: Command = {
  name: "clv predict",
  summary: "Say of each customer in a CSV file how active they are and what they will bring.",
  options,
  async run(args) {
    const { values } = readArgs(args, options);
    const weeks = numberOf("t", values.t, (value) => value >= 0, "0 or more weeks");
    const yearly = numberOf(
      "discount",
      values.discount ?? "0.1",
      (value) => value >= 0,
      "0 or more, such as 0.1",
    );
    const horizon =
      values.horizon === undefined
        ? Number.POSITIVE_INFINITY
        : numberOf("horizon", values.horizon, (value) => value > 0, "above 0 weeks");
    if (yearly === 0 && horizon === Number.POSITIVE_INFINITY) {
      throw new UsageError(
        "Without a discount the future has no end: give --discount above 0, or --horizon.",
      );
    }
    const file = await readParams(values.params);
    const ask = {
      path: values.in,
      id: values.id,
      calibrationEnd: values["calibration-end"],
      skipInvalid: values["skip-invalid"],
    };
    const notes: string[] = [];
    const ahead = { weeks, yearly, horizon, intervals: values.intervals };
    if (ahead.intervals && file.named.kind !== "timed") {
      throw new UsageError(
        `--intervals is for models of purchases in time (${modelNames.split(", bg-bb")[0]}), not for ${file.named.name}.`,
      );
    }
    let found: Prediction[];
    if (file.named.kind === "opportunities") {
      found = await predictOpportunities(file.params, ask, ahead, notes);
    } else {
      const customers = await readCustomers(ask);
      found = saying(() => predictTimed(file, customers, ahead, notes), "horizon.too_far");
    }
    for (const note of notes) process.stderr.write(`Note: ${note}\n`);
    if (values.json) await writeArray(found);
    else process.stdout.write(`${textOf(found, weeks)}\n`);
  },
};

interface Ahead {
  weeks: number;
  yearly: number;
  horizon: number;
  intervals: boolean;
}

function numberOf(name: string, text: string, isRight: (value: number) => boolean, wanted: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value) || !isRight(value)) {
    throw new UsageError(`--${name} is "${text}"; it must be ${wanted}.`);
  }
  return value;
}

interface ParamsFile {
  named: NamedModel;
  params: Record<string, unknown>;
  spend?: GammaGammaParameters;
}

const isRecord = (value: unknown): value is Record<string, unknown> =>
  typeof value === "object" && value !== null && !Array.isArray(value);

/** Refuses params.*. Spend may stand under `spend`, or as p, q and v beside the other parameters. */
export async function readParams(path: string): Promise<ParamsFile> {
  let content: unknown;
  try {
    content = JSON.parse(await readFile(path, "utf8"));
  } catch (error) {
    throw new CommandFailed(
      "params.unreadable",
      `${path} is not the JSON of a fit: ${(error as Error).message}`,
    );
  }
  if (!isRecord(content) || typeof content.model !== "string" || !isRecord(content.params)) {
    throw new CommandFailed(
      "params.not_a_fit",
      `${path} has no model and params. It is what "rondell clv fit --json" prints: {"model": "bg-nbd", "params": {"r": …}}.`,
    );
  }
  let named: NamedModel;
  try {
    named = modelNamed(content.model);
  } catch (error) {
    throw new CommandFailed("params.unknown_model", `${path}: ${(error as Error).message}`);
  }
  if (named.kind === "regular") {
    named = modelNamed(named.name.replace(/k$/, String(content.params.k ?? "")));
    if (named.kind === "regular") {
      throw new CommandFailed(
        "params.no_k",
        `${path} does not say which k: name the model ${named.name.replace(/k$/, "2")}, say.`,
      );
    }
  }
  const spend =
    isRecord(content.spend) && isRecord(content.spend.params) ? content.spend.params : content.params;
  return {
    named,
    params: content.params,
    ...(["p", "q", "v"].some((name) => name in spend) ? { spend: spendParameters(path, spend) } : {}),
  };
}

function spendParameters(path: string, values: Record<string, unknown>): GammaGammaParameters {
  const of = (name: string) => {
    const value = values[name];
    if (typeof value === "number" && value > 0 && value < Number.POSITIVE_INFINITY) return value;
    throw new CommandFailed(
      "params.invalid",
      `${path}: the parameter ${name} of gamma-gamma must be a positive number.`,
    );
  };
  return { p: of("p"), q: of("q"), v: of("v") };
}

export function checkedParameters(model: PurchaseModel, params: Record<string, unknown>): ModelParameters {
  const checked = parametersFor(model, params);
  if (!checked.ok) throw new CommandFailed("params.invalid", checked.message);
  return checked.parameters;
}

const weeksPerYear = 52;
const finite = (value: number) => (Number.isFinite(value) ? value : null);

function predictTimed(file: ParamsFile, customers: Customers, ahead: Ahead, notes: string[]): Prediction[] {
  if (file.named.kind !== "timed") {
    throw new CommandFailed(
      "params.no_customers",
      file.named.kind === "contracts"
        ? "sbg speaks of cohorts, not of single customers: its curve is what rondell clv fit prints."
        : `${file.named.name} says what a purchase is worth, not who buys: give the params of ${modelNames}.`,
    );
  }
  const { model } = file.named;
  const parameters = checkedParameters(model, file.params);
  const { ids, histories } = customers;
  notes.push(...customers.notes);
  const weekly = Math.log1p(ahead.yearly) / weeksPerYear;
  const alive = model.probabilityAlive(parameters, histories);
  const expected = model.expectedPurchases(parameters, histories, ahead.weeks);
  const residual = model.discountedPurchases(parameters, histories, ahead.horizon, weekly);
  const spend = spendOf(file, customers, notes);
  const scatter = ahead.intervals
    ? forecast({ model, parameters, histories, weeks: ahead.weeks, ...(spend ? { spend: spend.ask } : {}) })
    : undefined;
  return ids.map((id, i) => ({
    id,
    probabilityAlive: alive[i]!,
    expectedPurchases: expected[i]!,
    expectedSpend: spend ? finite(spend.each[i]!) : null,
    residualValue: spend ? finite(residual[i]! * spend.each[i]!) : null,
    ...(scatter
      ? {
          purchasesInterval: intervalOf(scatter.purchases95, i),
          spendInterval: scatter.value ? intervalOf(scatter.value.value95, i) : null,
        }
      : {}),
  }));
}

const intervalOf = ({ low, high }: Intervals, i: number): Interval => ({
  kind: "predictive",
  low: low[i]!,
  high: high[i]!,
  level: 0.95,
});

function spendOf(
  file: ParamsFile,
  customers: Customers,
  notes: string[],
): { each: Float64Array; ask: ForecastSpend } | undefined {
  const { meanSpend, histories } = customers;
  let parameters = file.spend;
  if (!parameters) {
    const found = fitSpend(customers);
    if ("note" in found) {
      notes.push(found.note);
      return undefined;
    }
    notes.push("The params have no spend (p, q, v), so it was fitted to the customers of the file.");
    parameters = found.parameters;
  }
  if (!meanSpend)
    notes.push("The file has no spend, so everybody is expected to spend as much as the population.");
  const ask = { parameters, meanSpend: meanSpend ?? new Float64Array(histories.repeats.length) };
  return {
    each: expectedSpends(parameters, { repeats: histories.repeats, meanSpend: ask.meanSpend }),
    ask,
  };
}

async function predictOpportunities(
  params: Record<string, unknown>,
  ask: Parameters<typeof readOpportunities>[0],
  ahead: Ahead,
  notes: string[],
): Promise<Prediction[]> {
  const read = await readOpportunities(ask);
  notes.push(
    ...read.notes,
    "BG/BB counts opportunities and knows no spend: --t and --discount are of opportunities.",
  );
  const of = (name: (typeof bgBb.parameterNames)[number]) => {
    const value = params[name];
    if (typeof value === "number" && value > 0 && value < Number.POSITIVE_INFINITY) return value;
    throw new CommandFailed("params.invalid", `The parameter ${name} of bg-bb must be a positive number.`);
  };
  const parameters = { alpha: of("alpha"), beta: of("beta"), gamma: of("gamma"), delta: of("delta") };
  return saying(() => {
    const alive = bgBb.probabilityAlive(parameters, read.histories);
    const expected = bgBb.expectedPurchases(parameters, read.histories, ahead.weeks);
    const residual = bgBb.discountedPurchases(parameters, read.histories, ahead.horizon, ahead.yearly);
    return read.ids.map((id, i) => ({
      id,
      probabilityAlive: alive[i]!,
      expectedPurchases: expected[i]!,
      expectedSpend: null,
      residualValue: null,
      discountedPurchases: residual[i]!,
    }));
  });
}

/** One JSON array, an object a line, written in pieces: a million customers are no one string. */
async function writeArray(rows: readonly Prediction[]): Promise<void> {
  const piece = 10_000;
  process.stdout.write("[");
  for (let from = 0; from < rows.length; from += piece) {
    const lines = rows.slice(from, from + piece).map((row) => JSON.stringify(row));
    const written = process.stdout.write(`${from === 0 ? "\n" : ",\n"}${lines.join(",\n")}`);
    if (!written) await new Promise<void>((resolve) => process.stdout.once("drain", resolve));
  }
  process.stdout.write("\n]\n");
}

const shownMax = 20;

function textOf(found: readonly Prediction[], weeks: number): string {
  const sum = (of: (row: Prediction) => number) => found.reduce((total, row) => total + of(row), 0);
  const best = found.toSorted(
    (one, other) =>
      (other.residualValue ?? other.expectedPurchases) - (one.residualValue ?? one.expectedPurchases),
  );
  const short = (value: number | null) => (value === null ? null : Number(value.toFixed(3)));
  const total = pairs([
    ["customers", count(found.length)],
    ["expected to be active", count(Math.round(sum((row) => row.probabilityAlive)))],
    [`expected purchases in ${weeks} weeks`, sum((row) => row.expectedPurchases).toFixed(1)],
    ...(found.every((row) => row.residualValue !== null)
      ? ([["residual value", sum((row) => row.residualValue!).toFixed(2)]] as const)
      : []),
  ]);
  const rows = best.slice(0, shownMax).map((row) => ({
    id: row.id,
    "P(alive)": short(row.probabilityAlive),
    purchases: short(row.expectedPurchases),
    "spend each": short(row.expectedSpend),
    "residual value": short(row.residualValue),
  }));
  const rest =
    found.length > shownMax
      ? `\n\nThe ${shownMax} of most value; --json gives all ${count(found.length)}.`
      : "";
  return `${total}\n\n${table(rows)}${rest}`;
}
