export { findSource, importSource, internalSource } from "./find.ts";
export { ConsentMode, LawfulBasis, Source, SourceKind } from "./model.ts";
