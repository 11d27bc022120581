export { Staging } from "./files.ts";
export { defineImportJobs } from "./jobs.ts";
export { ImportResult, Mapping, StatedBasis } from "./model.ts";
export { importFileRoutes, importsRoutes } from "./routes.ts";
