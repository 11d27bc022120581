export { partsOfUrl, ruleFor, type TouchpointRule } from "./model.ts";
export { touchpointRoutes } from "./routes.ts";
export { ruledSql, ruleSql } from "./sql.ts";
export { loadTouchpointRules } from "./store.ts";
