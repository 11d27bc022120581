export { loopFilters } from "./filters.ts";
export { turnRoutes } from "./routes.ts";
export { Turn, turnOfTheLoop } from "./turn.ts";
