export { journeyFilters } from "./filters.ts";
export { journeyRoutes } from "./routes.ts";
