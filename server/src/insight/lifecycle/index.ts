export { lifecycleFilters } from "./filters.ts";
export type { Stage } from "./model.ts";
export { lifecycleStores } from "./person-stores.ts";
export { lifecycleRoutes } from "./routes.ts";
export { lifecycleStep } from "./step.ts";
export { type CustomerStage, countStages, stageHistoryOf, stagesOf } from "./store.ts";
