export { Staging } from "./files.ts";
export { watchFolders } from "./folders/watch.ts";
export { defineImportJobs } from "./jobs.ts";
export { importStores } from "./person-stores.ts";
export { importFileRoutes, importsRoutes } from "./routes.ts";
export { reviewWords, sealedByImports } from "./words.ts";
