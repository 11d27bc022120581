export { valueFilters } from "./filters.ts";
export { type CustomerValue, ValueReport } from "./model.ts";
export { valueStores } from "./person-stores.ts";
export { valueRoutes } from "./routes.ts";
export { valueStep } from "./step.ts";
export { publicIdSql, valuesOf } from "./store.ts";
