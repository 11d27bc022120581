import { bgNbd } from "./bg-nbd.ts";
import type { FitFailed, FitFound } from "./fit-report.ts";
import type { PurchaseHistories } from "./histories.ts";
import {
  type Accuracy,
  accuracy,
  evaluateHoldout,
  type HoldoutReport,
  logScores,
  naivePurchases,
} from "./holdout.ts";
import type { LeavingAfterPurchase } from "./leaving-after-purchase.ts";
import type { PurchaseParameters } from "./leaving-likelihood.ts";
import { mbgNbd } from "./mbg-nbd.ts";
import { type RepeatBuyerLimits, type RepeatBuyers, repeatBuyersOf } from "./repeat-buyers.ts";

/** The mean difference of two models' log scores, a customer, with its standard error. */
export interface Lead {
  mean: number;
  standardError: number;
}

/** Below this mean difference (a factor of 1.0005 in the chance given to what happened) models are equal. */
const leadMin = 5e-4;

export interface ChosenModel {
  ok: true;
  model: LeavingAfterPurchase;
  /** The chosen model's fit on the calibration period. Refit on everything before forecasting. */
  fit: FitFound<PurchaseParameters>;
  /** Why: the default, the holdout's verdict for BG/NBD, or that the other model could not be fitted. */
  because: "default" | "holdout_prefers_bg_nbd" | "only_one_fitted";
  /** By how much BG/NBD foresaw the holdout better than MBG/NBD; undefined when only one was fitted. */
  bgNbdLead?: Lead;
  repeatBuyers: RepeatBuyers;
  /** One report for each model that could be fitted, the chosen one first. */
  reports: (HoldoutReport & { model: LeavingAfterPurchase["name"] })[];
  naive: Accuracy;
}

export type ModelChoice =
  | ChosenModel
  | { ok: false; reason: "too_few_repeat_buyers"; message: string; repeatBuyers: RepeatBuyers }
  | { ok: false; reason: "not_fitted"; message: string; failures: FitFailed[]; repeatBuyers: RepeatBuyers };

/**
 * MBG/NBD, unless the holdout clearly prefers BG/NBD.
 *
 * MBG/NBD is the default because BG/NBD calls every one-time buyer active for ever. "Clearly" is a paired
 * test on the log scores of the customers: BG/NBD must lead by more than two standard errors, and by more than
 * nothing: where nobody is seen to leave both models are the same one. The log score is proper: a model
 * cannot win by predicting too little, as it can with the mean absolute error.
 * Source of the score: Gneiting and Raftery (2007), "Strictly Proper Scoring Rules", JASA 102.
 */
export function chooseModel(
  histories: PurchaseHistories,
  actual: Float64Array,
  weeks: number,
  limits?: RepeatBuyerLimits,
): ModelChoice {
  const repeatBuyers = repeatBuyersOf(histories, limits);
  if (!repeatBuyers.enough) {
    return {
      ok: false,
      reason: "too_few_repeat_buyers",
      message:
        `${repeatBuyers.repeatBuyers} of ${repeatBuyers.customers} customers bought again, ` +
        `${repeatBuyers.frequentBuyers} of them more than once: too few to tell customers apart.`,
      repeatBuyers,
    };
  }
  const fits = [mbgNbd, bgNbd].map((model) => ({ model, fit: model.fit(histories) }));
  const found = fits.flatMap(({ model, fit }) => (fit.ok ? [{ model, fit }] : []));
  if (found.length === 0) {
    const failures = fits.flatMap(({ fit }) => (fit.ok ? [] : [fit]));
    return {
      ok: false,
      reason: "not_fitted",
      message: fits.map(({ model, fit }) => `${model.name}: ${fit.ok ? "" : fit.message}`).join(" "),
      failures,
      repeatBuyers,
    };
  }
  let chosen = found[0]!;
  let because: ChosenModel["because"] = found.length === 1 ? "only_one_fitted" : "default";
  let bgNbdLead: Lead | undefined;
  if (found.length === 2) {
    const [mbgScores, bgScores] = found.map(({ model, fit }) =>
      logScores(model, fit.parameters, histories, actual, weeks),
    );
    bgNbdLead = pairedLead(bgScores!, mbgScores!);
    if (bgNbdLead.mean > leadMin && bgNbdLead.mean > 2 * bgNbdLead.standardError) {
      chosen = found[1]!;
      because = "holdout_prefers_bg_nbd";
    }
  }
  const others = found.filter((candidate) => candidate !== chosen);
  return {
    ok: true,
    model: chosen.model,
    fit: chosen.fit,
    because,
    ...(bgNbdLead ? { bgNbdLead } : {}),
    repeatBuyers,
    reports: [chosen, ...others].map(({ model, fit }) => ({
      ...evaluateHoldout(model, fit.parameters, histories, actual, weeks),
      model: model.name,
    })),
    naive: accuracy(naivePurchases(histories, weeks), actual),
  };
}

function pairedLead(scores: Float64Array, against: Float64Array): Lead {
  const n = scores.length;
  let sum = 0;
  let squares = 0;
  for (let i = 0; i < n; i++) {
    const difference = scores[i]! - against[i]!;
    sum += difference;
    squares += difference * difference;
  }
  const mean = sum / n;
  return { mean, standardError: Math.sqrt(Math.max(0, squares / n - mean * mean) / n) };
}
