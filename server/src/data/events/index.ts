export { enqueue, enqueueLines, flushOutbox } from "../../platform/outbox/index.ts";
export { type StoredEvent, storedEventLine } from "./model.ts";
export { RecentEvent, recentEvents, TimelineEntry, timeline } from "./timeline.ts";
