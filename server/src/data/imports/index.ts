export { Staging } from "./files.ts";
export { defineImportJobs } from "./jobs.ts";
export { importFileRoutes, importsRoutes } from "./routes.ts";
export { reviewWords } from "./words.ts";
