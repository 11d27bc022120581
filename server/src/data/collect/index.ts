export type { Accepted } from "./accept.ts";
export { inboxDepth } from "./depth.ts";
export { holdPipeline } from "./hold.ts";
export { type Inbox, openInbox } from "./inbox.ts";
export { forgetOld } from "./rejections.ts";
export { type CollectSurroundings, segmentRoutes } from "./routes.ts";
export { type Pipeline, type Sink, startPipeline } from "./run.ts";
export { isSigned } from "./signature.ts";
export { type InternalEvent, submit } from "./submit.ts";
