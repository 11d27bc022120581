export { defineSampleJob } from "./jobs.ts";
export { sampleStores } from "./person-stores.ts";
export { sampleRoutes } from "./routes.ts";
