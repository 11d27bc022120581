export { enqueue, flushOutbox } from "../../platform/outbox/index.ts";
export type { LiveRecord } from "./contest.ts";
export {
  forgetImported,
  gardenAmountParams,
  gardenAmountSql,
  isImportShown,
  showImport,
  storeImported,
  supersedeByImport,
} from "./imported.ts";
export { hideRecord, type Repeated, recordKeyOf, settleRecords } from "./live-records.ts";
export { mergeRecords, unmergeRecords } from "./merged-records.ts";
export { eventStores } from "./person-stores.ts";
export { setAsideEvents } from "./set-aside.ts";
export { isStored, repairEvent } from "./stored.ts";
export { cursorAfter, recentEvents, TimelineCursor, TimelineEntry, timeline } from "./timeline.ts";
export { eventsWith, type PropertyColumn } from "./with-properties.ts";
