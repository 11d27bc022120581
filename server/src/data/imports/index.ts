export { Staging } from "./files.ts";
export { watchFolders } from "./folders/watch.ts";
export { defineImportJobs } from "./jobs.ts";
export { importFileRoutes, importsRoutes } from "./routes.ts";
export { reviewWords } from "./words.ts";
