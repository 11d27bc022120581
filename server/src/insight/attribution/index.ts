export { attributionFilters } from "./filters.ts";
export { attributionRoutes } from "./routes.ts";
