import { logistic } from "../special.ts";
import { groupHistories, type PurchaseHistories, spreadToRows } from "./histories.ts";
import { fitPurchases, type PurchaseFit } from "./purchase-fit.ts";
import {
  type EarlyExits,
  logLikelihood,
  logLikelihoods,
  logOddsOfLeft,
  type PurchaseParameters,
} from "./purchase-likelihood.ts";
import {
  type ActiveState,
  countChancesWhileActive,
  discountedWhileActive,
  expectedWhileActive,
  residualWhileActive,
} from "./while-active.ts";

/**
 * A model of when customers buy and when they stop. Columns in, columns out, row by row; a result for
 * a customer is conditional on their history. Weeks throughout; discounts are continuous, per week.
 */
export interface PurchaseModel {
  readonly name: "BG/NBD" | "MBG/NBD";
  /** Chances of leaving that precede the first repeat: 0 in BG/NBD, 1 in MBG/NBD. */
  readonly earlyExits: EarlyExits;
  /** Maximum likelihood, or the reason why there is none. Throws `InvalidHistories` for impossible rows. */
  fit(histories: PurchaseHistories): PurchaseFit;
  /** Sum over customers of the log density of (repeats, lastWeek), without constants free of parameters. */
  logLikelihood(parameters: PurchaseParameters, histories: PurchaseHistories): number;
  /** The same for each row, not weighted. */
  logLikelihoods(parameters: PurchaseParameters, histories: PurchaseHistories): Float64Array;
  /** The chance, in [0, 1], that each customer is still active: has not left for good. */
  probabilityAlive(parameters: PurchaseParameters, histories: PurchaseHistories): Float64Array;
  /** Expected purchases of each customer in the `weeks` after the end of observation. */
  expectedPurchases(
    parameters: PurchaseParameters,
    histories: PurchaseHistories,
    weeks: number,
  ): Float64Array;
  /** The same, each purchase discounted by exp(-weeklyRate * weeks from now); `weeks` may be Infinity. */
  discountedPurchases(
    parameters: PurchaseParameters,
    histories: PurchaseHistories,
    weeks: number,
    weeklyRate: number,
  ): Float64Array;
  /** P(n purchases in the next `weeks`), n = 0 … nMax, of the one customer in `row`. */
  purchaseChances(
    parameters: PurchaseParameters,
    histories: PurchaseHistories,
    row: number,
    weeks: number,
    nMax: number,
  ): Float64Array;
  /** Expected repeat purchases of a customer of whom nothing is known, in the `weeks` after the first. */
  expectedPurchasesOfNew(parameters: PurchaseParameters, weeks: number): number;
  /** P(n repeat purchases in the first `weeks`), n = 0 … nMax, of such a customer. */
  purchaseChancesOfNew(parameters: PurchaseParameters, weeks: number, nMax: number): Float64Array;
}

/** The chance of being active, and the state if so, of one customer. */
export function outlook(
  parameters: PurchaseParameters,
  earlyExits: EarlyExits,
  repeats: number,
  lastWeek: number,
  observedWeeks: number,
): { alive: number; state: ActiveState } {
  const odds = logOddsOfLeft(parameters, earlyExits, repeats, lastWeek, observedWeeks);
  return {
    alive: logistic(-odds),
    state: {
      shape: parameters.r + repeats,
      rate: parameters.alpha + observedWeeks,
      a: parameters.a,
      b: parameters.b + repeats + earlyExits,
    },
  };
}

/** One value for each distinct history, copied to all rows that share it. */
function perCustomer(
  parameters: PurchaseParameters,
  earlyExits: EarlyExits,
  histories: PurchaseHistories,
  value: (alive: number, state: ActiveState) => number,
): Float64Array {
  const { histories: distinct, groupOf } = groupHistories(histories);
  const perGroup = new Float64Array(distinct.repeats.length);
  for (let g = 0; g < perGroup.length; g++) {
    const { alive, state } = outlook(
      parameters,
      earlyExits,
      distinct.repeats[g]!,
      distinct.lastWeek[g]!,
      distinct.observedWeeks[g]!,
    );
    perGroup[g] = value(alive, state);
  }
  return spreadToRows(perGroup, groupOf);
}

function mixedWithGone(alive: number, chances: Float64Array): Float64Array {
  for (let n = 0; n < chances.length; n++) chances[n]! *= alive;
  chances[0]! += 1 - alive;
  return chances;
}

export function purchaseModel(name: PurchaseModel["name"], earlyExits: EarlyExits): PurchaseModel {
  return {
    name,
    earlyExits,
    fit: (histories) => fitPurchases(earlyExits, histories),
    logLikelihood: (parameters, histories) => logLikelihood(parameters, earlyExits, histories),
    logLikelihoods: (parameters, histories) => logLikelihoods(parameters, earlyExits, histories),
    probabilityAlive: (parameters, { repeats, lastWeek, observedWeeks }) => {
      const alive = new Float64Array(repeats.length);
      for (let i = 0; i < alive.length; i++) {
        const odds = logOddsOfLeft(parameters, earlyExits, repeats[i]!, lastWeek[i]!, observedWeeks[i]!);
        alive[i] = logistic(-odds);
      }
      return alive;
    },
    expectedPurchases: (parameters, histories, weeks) =>
      perCustomer(
        parameters,
        earlyExits,
        histories,
        (alive, state) => alive * expectedWhileActive(state, weeks),
      ),
    discountedPurchases: (parameters, histories, weeks, weeklyRate) =>
      perCustomer(
        parameters,
        earlyExits,
        histories,
        (alive, state) =>
          alive *
          (weeks === Number.POSITIVE_INFINITY
            ? residualWhileActive(state, weeklyRate)
            : discountedWhileActive(state, weeks, weeklyRate)),
      ),
    purchaseChances: (parameters, histories, row, weeks, nMax) => {
      const { repeats, lastWeek, observedWeeks } = histories;
      const { alive, state } = outlook(
        parameters,
        earlyExits,
        repeats[row]!,
        lastWeek[row]!,
        observedWeeks[row]!,
      );
      return mixedWithGone(alive, countChancesWhileActive(state, weeks, nMax));
    },
    expectedPurchasesOfNew: (parameters, weeks) => {
      const { alive, state } = outlook(parameters, earlyExits, 0, 0, 0);
      return alive * expectedWhileActive(state, weeks);
    },
    purchaseChancesOfNew: (parameters, weeks, nMax) => {
      const { alive, state } = outlook(parameters, earlyExits, 0, 0, 0);
      return mixedWithGone(alive, countChancesWhileActive(state, weeks, nMax));
    },
  };
}
