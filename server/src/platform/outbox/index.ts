export { type Delivery, flushOutbox, type Outgoing, startOutbox } from "./delivery.ts";
export { enqueue, enqueueLines } from "./enqueue.ts";
