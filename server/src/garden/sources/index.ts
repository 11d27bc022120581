export { type FoundSource, findSource, importSource, internalSource, recallSource } from "./find.ts";
export { Source, SourceKind } from "./model.ts";
export { sourceNames, websites } from "./store.ts";
export { tokenSource } from "./token-source.ts";
