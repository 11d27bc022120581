export { Bound } from "./conditions.ts";
export { amongSql } from "./customers.ts";
export { journeyFilters } from "./filters.ts";
export { CustomersAsk } from "./model.ts";
export { observedSql, startSql } from "./period.ts";
export { journeyRoutes } from "./routes.ts";
