import { logistic } from "../special.ts";
import {
  type EarlyExits,
  likelihoodCurvature,
  logLikelihoods,
  logOddsOfLeft,
  type PurchaseParameters,
} from "./leaving-likelihood.ts";
import { type PurchaseModel, purchaseModel } from "./purchase-model.ts";
import { StayingCustomer } from "./while-staying.ts";

/** BG/NBD and MBG/NBD, where customers leave right after a purchase. */
export interface LeavingAfterPurchase extends PurchaseModel<PurchaseParameters> {
  readonly name: "BG/NBD" | "MBG/NBD";
  /** Chances of leaving that precede the first repeat: 0 in BG/NBD, 1 in MBG/NBD. */
  readonly earlyExits: EarlyExits;
}

export function leavingAfterPurchase(
  name: LeavingAfterPurchase["name"],
  earlyExits: EarlyExits,
): LeavingAfterPurchase {
  const model = purchaseModel<PurchaseParameters>({
    name,
    parameterNames: ["r", "alpha", "a", "b"],
    timeParameters: ["alpha"],
    effects: { purchase: { alpha: -1 }, leaving: { a: 1, b: 1 } },
    starts: (rate) =>
      [
        [0.5, 1.5, 0.8, 2],
        [1.5, 2, 0.3, 3],
        [0.2, 4, 2, 3],
        [1.5, 3, 0.2, 0.2],
        [3, 6, 1.5, 0.7],
      ].map(([r, times, a, b]) => ({ r: r!, alpha: r! / (times! * rate), a: a!, b: b! })),
    curvature: (logs, histories) => likelihoodCurvature(logs, earlyExits, histories),
    logLikelihoods: (parameters, histories) => logLikelihoods(parameters, earlyExits, histories),
    outlook: (parameters, repeats, lastWeek, observedWeeks) => ({
      alive: logistic(-logOddsOfLeft(parameters, earlyExits, repeats, lastWeek, observedWeeks)),
      active: new StayingCustomer({
        shape: parameters.r + repeats,
        rate: parameters.alpha + observedWeeks,
        a: parameters.a,
        b: parameters.b + repeats + earlyExits,
      }),
    }),
    draw: (parameters, random) => {
      const rate = random.gamma(parameters.r, parameters.alpha);
      const leaving = random.beta(parameters.a, parameters.b);
      return {
        lastsUntil: Number.POSITIVE_INFINITY,
        wait: () => random.exponential(rate),
        stays: (isFirst) => (isFirst && earlyExits === 0) || !random.chance(leaving),
      };
    },
  });
  return { ...model, name, earlyExits };
}
