export { defineDuplicatesJob } from "./jobs.ts";
export { duplicatesRoutes } from "./routes.ts";
