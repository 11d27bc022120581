export { forgetNextProducts, joinNextProducts, lendNextProducts, returnNextProducts } from "./keep.ts";
export { Candidate, Reason, reasonInWords } from "./model.ts";
export { nextForCustomer, nextForVisitor } from "./next.ts";
export { boughtTogetherFilter, nextProductFilter } from "./pairs.ts";
export { recommendationStores } from "./person-stores.ts";
export { copyNextProducts, refreshNextProducts, refreshPairs } from "./refresh.ts";
export { recommendationRoutes } from "./routes.ts";
