export { loopFilters } from "./filters.ts";
export { turnRoutes } from "./routes.ts";
