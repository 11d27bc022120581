import { type PersonStore, rowsInPostgres } from "../../garden/index.ts";

export const placementStores: PersonStore[] = [
  rowsInPostgres({
    table: "decisions",
    read: "decided_at, arm, product_id, reason, shown_at, accepted_at, accepted_by",
  }),
];
