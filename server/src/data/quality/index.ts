export { type Device, deviceOf } from "./device.ts";
export { loadMarks, type Marks, withMarks } from "./marks.ts";
export { type Observation, Observed } from "./observe.ts";
export { observeImport } from "./observe-import.ts";
export { qualityStores } from "./person-stores.ts";
export { qualityRoutes } from "./routes.ts";
export { saveObserved } from "./save-observed.ts";
export type { Violation } from "./schema.ts";
export { loadSchemas, type Schemas, violationText } from "./schemas.ts";
export { loadSessions, type Sessions, saveSessions, sessionsOfVisitor } from "./sessions.ts";
export { shapeOf } from "./shape.ts";
export {
  internalAmong,
  loadSight,
  loadStaff,
  type NetworkSight,
  type Origin,
  openNetworkSight,
  saveStaff,
  type Traffic,
  type TrafficSight,
} from "./traffic.ts";
