export { type Archive, archivesOf, openArchive, startArchive } from "./archive.ts";
export { Archives } from "./archives.ts";
export { definePrivacyJobs } from "./jobs.ts";
export { privacyStores } from "./person-stores.ts";
export { noteErasure, readErasures, replayErasures } from "./replay.ts";
export { fileRequest, listRequests, type PrivacyRequest, RequestKind, sealedByPrivacy } from "./requests.ts";
export { privacyRoutes } from "./routes.ts";
