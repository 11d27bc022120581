export { type Dispatch, startDispatch } from "./dispatch.ts";
export { outboundStores } from "./person-stores.ts";
export { queueDeliveries } from "./queue.ts";
export { outboundRoutes } from "./routes.ts";
export { sealedByOutbound } from "./secret.ts";
export { forgetDeliveries } from "./store.ts";
