export {
  type FoundSource,
  findSource,
  findWebhookSource,
  importSource,
  internalSource,
  recallSource,
} from "./find.ts";
export { Source, SourceKind } from "./model.ts";
export { sealedByGarden } from "./signing-secret.ts";
export { findSourceById, sourceNames, websites } from "./store.ts";
export { tokenSource } from "./token-source.ts";
export { createSource } from "./verbs.ts";
