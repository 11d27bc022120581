export { Archives } from "./archives.ts";
export { definePrivacyJobs } from "./jobs.ts";
export { privacyStores } from "./person-stores.ts";
export { noteErasure, readErasures, replayErasures } from "./replay.ts";
export { erasureRoutes as privacyRoutes } from "./routes.ts";
