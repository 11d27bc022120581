export { valueFilters } from "./filters.ts";
export { type CustomerValue, goneBelow, ValueReport } from "./model.ts";
export { valueRoutes } from "./routes.ts";
export { valueStep } from "./step.ts";
export { findValueReport, publicIdSql, valuesOf } from "./store.ts";
