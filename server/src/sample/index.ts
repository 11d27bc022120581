export { defineSampleJob } from "./jobs.ts";
export { sampleRoutes } from "./routes.ts";
