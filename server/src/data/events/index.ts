export { enqueue, enqueueLines, flushOutbox } from "../../platform/outbox/index.ts";
export {
  forgetImported,
  gardenAmountParams,
  gardenAmountSql,
  isImportShown,
  showImport,
  storeImported,
  supersedeByImport,
} from "./imported.ts";
export { type StoredEvent, storedEventLine } from "./model.ts";
export { isStored } from "./stored.ts";
export { RecentEvent, recentEvents, TimelineEntry, timeline } from "./timeline.ts";
