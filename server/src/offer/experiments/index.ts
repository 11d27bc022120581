export { armAtDecision, followLinks } from "./arms.ts";
export { Effect, measureEffect } from "./effect.ts";
export { experimentFilters } from "./filters.ts";
export { followMerge, followUnmerge } from "./merged-arms.ts";
export { Arm, drawArm } from "./model.ts";
export { experimentStores } from "./person-stores.ts";
export { experimentRoutes } from "./routes.ts";
