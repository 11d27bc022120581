import type { Recommender } from "./ease.ts";
import { type Baskets, basketOf } from "./purchases.ts";

/** How well what is offered meets what customers bought afterwards, for the first k that are offered. */
export interface Ranking {
  name: Recommender["name"];
  k: number;
  /** Mean share of what a customer bought anew that was among them (of at most k). */
  recall: number;
  /** The same, where what stands higher counts more: normalised discounted cumulative gain, in [0, 1]. */
  ndcg: number;
  /** Standard error of the recall over customers. */
  error: number;
  /** Customers who had something before and bought something new after. */
  customers: number;
}

/**
 * Offers each customer what they did not have before, and compares it with what they bought anew after: the future is never
 * known to what is compared. Undefined where nobody has both.
 * Source of NDCG: Järvelin and Kekäläinen (2002), ACM TOIS 20.
 */
export function evaluateRanking(
  recommender: Recommender,
  before: Baskets,
  after: Baskets,
  k: number,
): Ranking | undefined {
  let [customers, mean, squares, ndcg] = [0, 0, 0, 0];
  for (let customer = 0; customer + 1 < before.offsets.length; customer++) {
    const had = basketOf(before, customer);
    if (!had.length) continue;
    const known = new Set(had);
    const wanted = new Set(basketOf(after, customer).filter((item) => !known.has(item)));
    if (!wanted.size) continue;
    const offered = best(recommender.score(had), known, k);
    const most = Math.min(k, wanted.size);
    let [hits, gained, possible] = [0, 0, 0];
    offered.forEach((item, place) => {
      if (!wanted.has(item)) return;
      hits++;
      gained += 1 / Math.log2(place + 2);
    });
    for (let place = 0; place < most; place++) possible += 1 / Math.log2(place + 2);
    customers++;
    const difference = hits / most - mean;
    mean += difference / customers;
    squares += difference * (hits / most - mean);
    ndcg += gained / possible;
  }
  if (customers === 0) return undefined;
  const error = customers > 1 ? Math.sqrt(squares / (customers - 1) / customers) : 0;
  return { name: recommender.name, k, recall: mean, ndcg: ndcg / customers, error, customers };
}

/** The k items of the highest score that are not among the known; of equal ones the lower number first. */
export function best(scores: Float64Array, known: ReadonlySet<number>, k: number): number[] {
  const items = [...scores.keys()].filter((item) => !known.has(item));
  return items.sort((a, b) => scores[b]! - scores[a]! || a - b).slice(0, k);
}
