export { forgetNextProducts, joinNextProducts } from "./keep.ts";
export { Candidate, Reason, reasonInWords } from "./model.ts";
export { nextForCustomer, nextForVisitor } from "./next.ts";
export { boughtTogetherFilter, listPairs, nextProductFilter, Pair } from "./pairs.ts";
export { copyNextProducts, refreshNextProducts, refreshPairs } from "./refresh.ts";
export { recommendationRoutes } from "./routes.ts";
