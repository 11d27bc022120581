export { findSource, importSource, internalSource } from "./find.ts";
export { Source, SourceKind } from "./model.ts";
export { sourceNames } from "./store.ts";
export { tokenSource } from "./token-source.ts";
