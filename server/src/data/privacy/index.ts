export { Archives } from "./archives.ts";
export { privacyStores } from "./person-stores.ts";
export { erasureRoutes as privacyRoutes } from "./routes.ts";
