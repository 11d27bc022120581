import type { Curvature } from "../optimise.ts";
import type { Random } from "../random.ts";
import type { Fit } from "./fit-report.ts";
import { groupHistories, type PurchaseHistories, spreadToRows, type WeightedHistories } from "./histories.ts";
import { fitPurchases } from "./purchase-fit.ts";

/** The parameters of a model, by the names that its paper gives them. */
export type ModelParameters = { readonly [name: string]: number };

/** What one customer will do from now on, given that they are still active. Weeks count from now. */
export interface ActiveCustomer {
  /** Expected purchases in the next `weeks`. */
  expected(weeks: number): number;
  /** The same, each purchase discounted by exp(-weeklyRate * its week); `weeks` may be Infinity. */
  discounted(weeks: number, weeklyRate: number): number;
  /** P(n purchases in the next `weeks`), n = 0 … nMax. */
  chances(weeks: number, nMax: number): Float64Array;
  /** The same from n = 0 until less than `rest` is left over. */
  distribution(weeks: number, rest: number): Float64Array;
}

export interface Outlook {
  /** The chance, in [0, 1], of being active. */
  alive: number;
  active: ActiveCustomer;
}

/** A customer drawn from a model: the truth that the model's histories are made of. */
export interface DrawnLife {
  /** The week after which they buy no more; Infinity where leaving hangs on purchases alone. */
  lastsUntil: number;
  /** Weeks to the next purchase. */
  wait(): number;
  /** Whether they stay after a purchase; `isFirst` for the one that begins the history. */
  stays(isFirst: boolean): boolean;
}

/** What a model is made of; `purchaseModel` derives everything else. */
export interface ModelDefinition<Parameters extends ModelParameters> {
  readonly name: string;
  readonly parameterNames: readonly (keyof Parameters & string)[];
  /** The parameters that are weeks, and grow with the unit of time. */
  readonly timeParameters: readonly (keyof Parameters & string)[];
  /**
   * Which parameters a covariate of each process moves: the log of the parameter moves by this factor times the
   * covariate's effect. See `CovariateEffects` for what that means.
   */
  readonly effects: Readonly<Record<"purchase" | "leaving", Partial<Record<keyof Parameters, 1 | -1>>>>;
  /** Where searches begin, at a naive purchase rate per unit of time, the longest observation being 10. */
  starts(rate: number): Parameters[];
  /** The weighted log-likelihood with gradient and Hessian in the logs of the parameters. */
  curvature(logs: readonly number[], histories: WeightedHistories): Curvature;
  /** Log-likelihood of each row, its weight not applied. */
  logLikelihoods(parameters: Parameters, histories: PurchaseHistories): Float64Array;
  outlook(parameters: Parameters, repeats: number, lastWeek: number, observedWeeks: number): Outlook;
  draw(parameters: Parameters, random: Random): DrawnLife;
}

/**
 * A model of when customers buy and when they stop. Columns in, columns out, row by row; a result for
 * a customer is conditional on their history. Weeks throughout; discounts are continuous, per week.
 */
export interface PurchaseModel<Parameters extends ModelParameters = ModelParameters>
  extends ModelDefinition<Parameters> {
  /** Maximum likelihood, or the reason why there is none. Throws `InvalidHistories` for impossible rows. */
  fit(histories: PurchaseHistories): Fit<Parameters>;
  /** Sum over customers of the log density of (repeats, lastWeek), without constants free of parameters. */
  logLikelihood(parameters: Parameters, histories: PurchaseHistories): number;
  /** The chance, in [0, 1], that each customer is still active: has not left for good. */
  probabilityAlive(parameters: Parameters, histories: PurchaseHistories): Float64Array;
  /** Expected purchases of each customer in the `weeks` after the end of observation. */
  expectedPurchases(parameters: Parameters, histories: PurchaseHistories, weeks: number): Float64Array;
  /** The same, each purchase discounted by exp(-weeklyRate * weeks from now); `weeks` may be Infinity. */
  discountedPurchases(
    parameters: Parameters,
    histories: PurchaseHistories,
    weeks: number,
    weeklyRate: number,
  ): Float64Array;
  /** P(n purchases in the next `weeks`), n = 0 … nMax, of the one customer in `row`. */
  purchaseChances(
    parameters: Parameters,
    histories: PurchaseHistories,
    row: number,
    weeks: number,
    nMax: number,
  ): Float64Array;
  /** Expected repeat purchases of a customer of whom nothing is known, in the `weeks` after the first. */
  expectedPurchasesOfNew(parameters: Parameters, weeks: number): number;
  /** P(n repeat purchases in the first `weeks`), n = 0 … nMax, of such a customer. */
  purchaseChancesOfNew(parameters: Parameters, weeks: number, nMax: number): Float64Array;
}

/** P(n purchases) of a customer who may be active or gone; changes and returns `chances`. */
export function mixedWithGone(alive: number, chances: Float64Array): Float64Array {
  for (let n = 0; n < chances.length; n++) chances[n]! *= alive;
  chances[0]! += 1 - alive;
  return chances;
}

export function purchaseModel<Parameters extends ModelParameters>(
  definition: ModelDefinition<Parameters>,
): PurchaseModel<Parameters> {
  /** One value for each distinct history, copied to all rows that share it. */
  const perCustomer = (
    parameters: Parameters,
    histories: PurchaseHistories,
    value: (outlook: Outlook) => number,
  ): Float64Array => {
    const { histories: distinct, groupOf } = groupHistories(histories);
    const { repeats, lastWeek, observedWeeks } = distinct;
    const perGroup = new Float64Array(repeats.length);
    for (let g = 0; g < perGroup.length; g++) {
      perGroup[g] = value(definition.outlook(parameters, repeats[g]!, lastWeek[g]!, observedWeeks[g]!));
    }
    return spreadToRows(perGroup, groupOf);
  };
  const expected = ({ alive, active }: Outlook, weeks: number) =>
    alive === 0 ? 0 : alive * active.expected(weeks);
  const chances = ({ alive, active }: Outlook, weeks: number, nMax: number) =>
    mixedWithGone(alive, active.chances(weeks, nMax));
  return {
    ...definition,
    fit: (histories) => fitPurchases(definition, histories),
    logLikelihood: (parameters, histories) => {
      const each = definition.logLikelihoods(parameters, histories);
      let sum = 0;
      for (let i = 0; i < each.length; i++) sum += each[i]! * (histories.weights ? histories.weights[i]! : 1);
      return sum;
    },
    probabilityAlive: (parameters, histories) => perCustomer(parameters, histories, ({ alive }) => alive),
    expectedPurchases: (parameters, histories, weeks) =>
      perCustomer(parameters, histories, (outlook) => expected(outlook, weeks)),
    discountedPurchases: (parameters, histories, weeks, weeklyRate) =>
      perCustomer(parameters, histories, ({ alive, active }) =>
        alive === 0 ? 0 : alive * active.discounted(weeks, weeklyRate),
      ),
    purchaseChances: (parameters, { repeats, lastWeek, observedWeeks }, row, weeks, nMax) =>
      chances(
        definition.outlook(parameters, repeats[row]!, lastWeek[row]!, observedWeeks[row]!),
        weeks,
        nMax,
      ),
    expectedPurchasesOfNew: (parameters, weeks) => expected(definition.outlook(parameters, 0, 0, 0), weeks),
    purchaseChancesOfNew: (parameters, weeks, nMax) =>
      chances(definition.outlook(parameters, 0, 0, 0), weeks, nMax),
  };
}

/**
 * The same model with parameters known by name only, as they come from a file or a command line: whoever calls it
 * vouches for having checked them, with `parametersFor`.
 */
export function byNames<Parameters extends ModelParameters>(model: PurchaseModel<Parameters>): PurchaseModel {
  return model as unknown as PurchaseModel;
}

/** Those of the given values that the model wants, or the reason why they are no parameters of it. */
export function parametersFor(
  model: PurchaseModel,
  values: Readonly<Record<string, unknown>>,
): { ok: true; parameters: ModelParameters } | { ok: false; message: string } {
  const parameters: Record<string, number> = {};
  for (const name of model.parameterNames) {
    const value = values[name];
    if (typeof value !== "number" || !(value > 0 && value < Number.POSITIVE_INFINITY)) {
      const said = value === undefined ? "is missing" : `is ${JSON.stringify(value)}`;
      return {
        ok: false,
        message:
          `The parameter ${name} of ${model.name} ${said}; it must be a positive number. ` +
          `${model.name} has the parameters ${model.parameterNames.join(", ")}.`,
      };
    }
    parameters[name] = value;
  }
  return { ok: true, parameters };
}
