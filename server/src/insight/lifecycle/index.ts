export { lifecycleFilters } from "./filters.ts";
export { type Stage, stages } from "./model.ts";
export { lifecycleRoutes } from "./routes.ts";
export { lifecycleStep } from "./step.ts";
export { type CustomerStage, countStages, findLifecycle, stageHistoryOf, stagesOf } from "./store.ts";
