import { type PersonStore, rowsInPostgres } from "../../garden/index.ts";

/** What waits to leave does not leave any more; what left is the other system's, and its operator has to be told. */
export const outboundStores: PersonStore[] = [
  rowsInPostgres({ table: "webhook_deliveries", read: "queued_at, name, state, tried_at, payload" }),
];
