export { type Delivery, flushOutbox, type IsStored, type Outgoing, startOutbox } from "./delivery.ts";
export { enqueue, enqueueLines } from "./enqueue.ts";
export type { Repair } from "./insert.ts";
