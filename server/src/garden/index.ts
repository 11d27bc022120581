export { openBackups } from "./backup.ts";
export { announce, type Context, makeContext, record, type Tx } from "./context.ts";
export { type Gardens, type NewGarden, openGardens } from "./gardens.ts";
export { identifier } from "./identify.ts";
export {
  type Actor,
  Garden,
  Language,
  Right,
  Role,
  rightNames,
  rightsOf,
  rightsOfRole,
  ShownGarden,
  schemaOf,
} from "./model.ts";
export { openAuth } from "./operators/auth.ts";
export { type Access, type Route, type RouteSurroundings, router } from "./route.ts";
export { type GardenDeps, gardenRoutes } from "./routes.ts";
export { defineRecompute, recomputeJob } from "./settings/recompute.ts";
export { openSetup, type Setup } from "./setup.ts";
export {
  ConsentMode,
  findSource,
  importSource,
  internalSource,
  LawfulBasis,
  Source,
  SourceKind,
} from "./sources/index.ts";
export { createToken, revokeToken } from "./tokens/tokens.ts";
