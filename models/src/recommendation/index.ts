export { type Bundle, type BundleLimits, bundles } from "./bundles.ts";
export { ease, easeItemsMax, popularity, type Recommender } from "./ease.ts";
export { best, evaluateRanking, type Ranking } from "./evaluate.ts";
export {
  type Baskets,
  basketOf,
  basketsOf,
  checkedPurchases,
  InvalidPurchases,
  type ItemPurchases,
} from "./purchases.ts";
