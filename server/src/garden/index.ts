export { alone } from "./alone.ts";
export { openBackups } from "./backup.ts";
export { announce, type Context, conclude, record, type Tx } from "./context.ts";
export { type Gardens, type NewGarden, openGardens, readGarden } from "./gardens.ts";
export { identifier } from "./identify.ts";
export { startRecorded } from "./jobs.ts";
export { defineSealing, keyRoutes, sealWhatWaits } from "./key-jobs.ts";
export {
  type Actor,
  Garden,
  Language,
  Role,
  rightNames,
  rightsOf,
  rightsOfRole,
  ShownGarden,
  schemaOf,
} from "./model.ts";
export { openAuth } from "./operators/auth.ts";
export { identifies, namesPerson, personField } from "./person-names.ts";
export {
  eraseInClickHouse,
  type Person,
  type PersonStore,
  rowsInClickHouse,
  rowsInPostgres,
} from "./person-store.ts";
export { gardenStores } from "./person-stores.ts";
export { type Access, type Route, type RouteSurroundings, router } from "./route.ts";
export { type GardenDeps, gardenRoutes } from "./routes.ts";
export { openText, type SealedColumn, sealText } from "./sealing.ts";
export { defineRecompute } from "./settings/recompute.ts";
export { openSetup, type Setup } from "./setup.ts";
export {
  createSource,
  type FoundSource,
  findSource,
  findSourceById,
  findWebhookSource,
  importSource,
  internalSource,
  recallSource,
  Source,
  SourceKind,
  sealedByGarden,
  sourceNames,
  tokenSource,
  websites,
} from "./sources/index.ts";
export { createToken, identifyToken } from "./tokens/tokens.ts";
