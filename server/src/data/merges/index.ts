export { mergeCustomers, unmergeCustomers } from "./merge.ts";
export { mergeStores } from "./person-stores.ts";
export { mergesRoutes } from "./routes.ts";
