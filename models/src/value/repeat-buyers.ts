import type { PurchaseHistories } from "./histories.ts";

/** How much a brand's histories can teach a model of repeat purchases. */
export interface RepeatBuyers {
  /** False when individual scores must not be shown; `reasons` then says why. */
  enough: boolean;
  customers: number;
  repeatBuyers: number;
  /** Share of customers with at least one repeat purchase, in [0, 1]; 0 without customers. */
  share: number;
  /** Customers with at least two repeat purchases. */
  frequentBuyers: number;
  reasons: ("few_repeat_buyers" | "low_repeat_share" | "few_frequent_buyers")[];
}

export interface RepeatBuyerLimits {
  repeatBuyersMin: number;
  shareMin: number;
  frequentBuyersMin: number;
}

/**
 * The least a fit needs here. The numbers are conventions of this project, not of the papers:
 *
 * - 50 repeat buyers: four parameters describe how repeat buyers differ from each other; below that
 *   their standard errors are of the size of the parameters.
 * - 5 % of customers with a repeat: below it all but a few customers have the same history (one purchase),
 *   so a score ranks them by the age of that purchase alone, which the lifecycle says more plainly.
 * - 20 customers with two or more repeats: leaving shows only in customers who came back and then stopped.
 */
export const repeatBuyerLimits: RepeatBuyerLimits = {
  repeatBuyersMin: 50,
  shareMin: 0.05,
  frequentBuyersMin: 20,
};

/** Whether there are enough repeat buyers for individual scores, with the counts to say so in words. */
export function repeatBuyersOf(
  histories: PurchaseHistories,
  limits: RepeatBuyerLimits = repeatBuyerLimits,
): RepeatBuyers {
  let customers = 0;
  let repeatBuyers = 0;
  let frequentBuyers = 0;
  for (let i = 0; i < histories.repeats.length; i++) {
    const weight = histories.weights ? histories.weights[i]! : 1;
    customers += weight;
    if (histories.repeats[i]! >= 1) repeatBuyers += weight;
    if (histories.repeats[i]! >= 2) frequentBuyers += weight;
  }
  const share = customers > 0 ? repeatBuyers / customers : 0;
  const reasons: RepeatBuyers["reasons"] = [];
  if (repeatBuyers < limits.repeatBuyersMin) reasons.push("few_repeat_buyers");
  if (share < limits.shareMin) reasons.push("low_repeat_share");
  if (frequentBuyers < limits.frequentBuyersMin) reasons.push("few_frequent_buyers");
  return { enough: reasons.length === 0, customers, repeatBuyers, share, frequentBuyers, reasons };
}

/** True when individual scores must not be shown: see `repeatBuyerLimits` for the rule. */
export function tooFewRepeatBuyers(histories: PurchaseHistories): boolean {
  return !repeatBuyersOf(histories).enough;
}
