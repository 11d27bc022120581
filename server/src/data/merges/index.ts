export { mergeCustomers, unmergeCustomers } from "./merge.ts";
export { mergesRoutes } from "./routes.ts";
