import { groupHistories, type PurchaseHistories, type WeightedHistories } from "./histories.ts";
import type { ModelDefinition, ModelParameters } from "./purchase-model.ts";

/** One column for each covariate, entry i for customer i: numbers, or 0 and 1 for what is or is not the case. */
export type CovariateColumns = Readonly<Record<string, Float64Array>>;

/**
 * What a unit of each covariate does in each process. Customers buy exp(effect) times as often (alpha is divided by
 * it). In Pareto/NBD they also leave at exp(effect) times the rate (beta is divided by it); in BG/NBD and MBG/NBD a
 * and b are both multiplied by it, so it moves how alike customers are in leaving rather than how many leave.
 *
 * Sources: Fader and Hardie (2007), "Incorporating Time-Invariant Covariates into the Pareto/NBD and BG/NBD Models".
 */
export interface CovariateEffects {
  purchase: Record<string, number>;
  leaving: Record<string, number>;
}

/** Customers who share all covariates: the model's plain formulas hold for them, at parameters of their own. */
export interface CovariateCell {
  values: Readonly<Record<string, number>>;
  /** Which rows they are, in order. */
  rows: number[];
}

/** Refuses (throws `RangeError`) a column that is missing, too short, or holds what is no number. */
export function cellsOf(names: readonly string[], columns: CovariateColumns, rows: number): CovariateCell[] {
  const used = names.map((name) => {
    const column = columns[name];
    if (!column) throw new RangeError(`There is no covariate ${name}.`);
    if (column.length !== rows) {
      throw new RangeError(`The covariate ${name} has ${column.length} entries for ${rows} customers.`);
    }
    const wrong = column.findIndex((value) => !Number.isFinite(value));
    if (wrong >= 0) {
      throw new RangeError(
        `The covariate ${name} is ${column[wrong]} for row ${wrong}; it must be a number.`,
      );
    }
    return column;
  });
  const cells = new Map<string, CovariateCell>();
  for (let row = 0; row < rows; row++) {
    const key = used.map((column) => column[row]).join(" ");
    let cell = cells.get(key);
    if (!cell) {
      cell = { values: Object.fromEntries(names.map((name, k) => [name, used[k]![row]!])), rows: [] };
      cells.set(key, cell);
    }
    cell.rows.push(row);
  }
  return [...cells.values()];
}

export function historiesAt(histories: PurchaseHistories, rows: readonly number[]): PurchaseHistories {
  const pick = (column: Float64Array) => Float64Array.from(rows, (row) => column[row]!);
  return {
    repeats: pick(histories.repeats),
    lastWeek: pick(histories.lastWeek),
    observedWeeks: pick(histories.observedWeeks),
    ...(histories.weights ? { weights: pick(histories.weights) } : {}),
  };
}

/** The distinct histories of a cell, weighted. */
export function distinctAt(histories: PurchaseHistories, rows: readonly number[]): WeightedHistories {
  return groupHistories(historiesAt(histories, rows)).histories;
}

/** The parameters of customers with these covariates. */
export function parametersAt<Parameters extends ModelParameters>(
  model: Pick<ModelDefinition<Parameters>, "parameterNames" | "effects">,
  parameters: Parameters,
  effects: CovariateEffects,
  values: Readonly<Record<string, number>>,
): Parameters {
  const moved: Record<string, number> = { ...parameters };
  for (const process of ["purchase", "leaving"] as const) {
    let sum = 0;
    for (const [name, effect] of Object.entries(effects[process])) sum += effect * (values[name] ?? 0);
    for (const [parameter, sign] of Object.entries(model.effects[process])) {
      moved[parameter]! *= Math.exp((sign as number) * sum);
    }
  }
  return moved as Parameters;
}

/**
 * Any of a model's answers for customers with covariates: `ask` is called once for each combination of covariates,
 * with its parameters and the histories of its customers.
 */
export function withCovariates<Parameters extends ModelParameters>(
  model: Pick<ModelDefinition<Parameters>, "parameterNames" | "effects">,
  fit: { parameters: Parameters; effects: CovariateEffects },
  histories: PurchaseHistories,
  columns: CovariateColumns,
  ask: (parameters: Parameters, histories: PurchaseHistories) => Float64Array,
): Float64Array {
  const names = [...new Set([...Object.keys(fit.effects.purchase), ...Object.keys(fit.effects.leaving)])];
  const answers = new Float64Array(histories.repeats.length);
  for (const { values, rows } of cellsOf(names, columns, answers.length)) {
    const own = ask(parametersAt(model, fit.parameters, fit.effects, values), historiesAt(histories, rows));
    rows.forEach((row, i) => {
      answers[row] = own[i]!;
    });
  }
  return answers;
}
