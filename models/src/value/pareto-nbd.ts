import { logistic } from "../special.ts";
import { logOddsOfSilentLeaving, paretoCurvature, paretoLogLikelihoods } from "./pareto-likelihood.ts";
import { type PurchaseModel, purchaseModel } from "./purchase-model.ts";
import { LastingCustomer } from "./while-lasting.ts";

/**
 * While active a customer buys at a rate a week that is Gamma(shape r, rate alpha) over customers, and leaves at
 * a rate a week that is Gamma(shape s, rate beta), at any moment; alpha and beta are weeks.
 */
export type ParetoNbdParameters = { r: number; alpha: number; s: number; beta: number };

/**
 * Pareto/NBD: customers may leave at any moment, whether they buy or not.
 *
 * Sources: Schmittlein, Morrison and Colombo (1987), "Counting Your Customers: Who Are They and What Will They Do
 * Next?", Management Science 33; Fader and Hardie (2005), "A Note on Deriving the Pareto/NBD Model and Related
 * Expressions"; Fader, Hardie and Lee (2005), "RFM and CLV", Journal of Marketing Research 42 (DERT).
 */
export const paretoNbd: PurchaseModel<ParetoNbdParameters> = purchaseModel({
  name: "Pareto/NBD",
  parameterNames: ["r", "alpha", "s", "beta"],
  timeParameters: ["alpha", "beta"],
  effects: { purchase: { alpha: -1 }, leaving: { beta: -1 } },
  starts: (rate) =>
    [
      [0.6, 1.5, 0.6, 3],
      [1.5, 2, 1.5, 8],
      [0.3, 3, 0.3, 0.5],
      [2, 3, 3, 6],
      [0.8, 1.2, 0.2, 10],
    ].map(([r, times, s, beta]) => ({ r: r!, alpha: r! / (times! * rate), s: s!, beta: beta! })),
  curvature: paretoCurvature,
  logLikelihoods: paretoLogLikelihoods,
  outlook: ({ r, alpha, s, beta }, repeats, lastWeek, observedWeeks) => ({
    alive: logistic(-logOddsOfSilentLeaving({ shape: r + repeats, alpha, s, beta, lastWeek, observedWeeks })),
    active: new LastingCustomer({
      shape: r + repeats,
      rate: alpha + observedWeeks,
      s,
      b: beta + observedWeeks,
    }),
  }),
  draw: ({ r, alpha, s, beta }, random) => {
    const rate = random.gamma(r, alpha);
    const lastsUntil = random.exponential(random.gamma(s, beta));
    return { lastsUntil, wait: () => random.exponential(rate), stays: () => true };
  },
});
