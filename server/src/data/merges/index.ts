export { mergeFactJoins } from "./facts.ts";
export { mergeCustomers, mergeMany } from "./merge.ts";
export { mergeStores } from "./person-stores.ts";
export { mergesRoutes } from "./routes.ts";
export { unmergeCustomers } from "./unmerge.ts";
