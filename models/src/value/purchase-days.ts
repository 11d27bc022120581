import { checkedHistories, type PurchaseHistories } from "./histories.ts";

/**
 * Purchases in columns, in any order: who (any number), on which day (a whole day number in the brand's
 * zone, such as days since 1970), and for how much (any one unit of one currency). Rows of one customer
 * and day are one purchase.
 */
export interface PurchaseRows {
  readonly customer: ArrayLike<number>;
  readonly day: ArrayLike<number>;
  readonly spend?: ArrayLike<number>;
}

export interface CustomersByDay {
  /** The customers, in order of first appearance; entry i of every column is theirs. */
  customer: Float64Array;
  histories: PurchaseHistories;
  /** Mean spend of the repeat days up to `lastDay`; 0 without any. */
  meanSpend: Float64Array;
  /** Sum of the logs of the weeks between one purchase day and the next, up to `lastDay`; 0 without repeats. */
  logGaps: Float64Array;
  /** Purchase days and spend after `lastDay`, up to and with `laterDay`. */
  later: Float64Array;
  laterSpend: Float64Array;
}

/**
 * Histories as the models want them, observed to the end of `lastDay`, with what came after it up to
 * `laterDay` held back. Customers whose first purchase lies after `lastDay` are left out.
 */
export function historiesFromPurchases(
  rows: PurchaseRows,
  lastDay: number,
  laterDay = lastDay,
): CustomersByDay {
  const { customer, day, spend } = rows;
  const days = new Map<number, Map<number, number>>();
  for (let i = 0; i < customer.length; i++) {
    let own = days.get(customer[i]!);
    if (!own) {
      own = new Map();
      days.set(customer[i]!, own);
    }
    own.set(day[i]!, (own.get(day[i]!) ?? 0) + (spend ? spend[i]! : 0));
  }
  const firsts = new Map<number, number>();
  for (const [id, own] of days) {
    const first = Math.min(...own.keys());
    if (first <= lastDay) firsts.set(id, first);
  }
  const size = firsts.size;
  const result = {
    customer: new Float64Array(size),
    meanSpend: new Float64Array(size),
    logGaps: new Float64Array(size),
    later: new Float64Array(size),
    laterSpend: new Float64Array(size),
  };
  const repeats = new Float64Array(size);
  const lastWeek = new Float64Array(size);
  const observedWeeks = new Float64Array(size);
  let i = 0;
  for (const [id, first] of firsts) {
    result.customer[i] = id;
    observedWeeks[i] = (lastDay - first) / 7;
    const own = [...days.get(id)!].sort(([one], [other]) => one - other);
    let before = first;
    for (const [when, paid] of own) {
      if (when > first && when <= lastDay) {
        repeats[i]! += 1;
        result.meanSpend[i]! += paid;
        lastWeek[i] = (when - first) / 7;
        result.logGaps[i]! += Math.log((when - before) / 7);
        before = when;
      } else if (when > lastDay && when <= laterDay) {
        result.later[i]! += 1;
        result.laterSpend[i]! += paid;
      }
    }
    if (repeats[i]! > 0) result.meanSpend[i]! /= repeats[i]!;
    i += 1;
  }
  return { ...result, histories: checkedHistories({ repeats, lastWeek, observedWeeks }) };
}
