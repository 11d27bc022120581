import { type PersonStore, rowsInClickHouse, rowsInPostgres } from "../../garden/index.ts";

export const experimentStores: PersonStore[] = [
  rowsInPostgres({
    table: "holdout_arms",
    columns: ["customer_id", "merged_into"],
    read: "decided_at, arm",
  }),
  rowsInPostgres({ table: "own_arms", read: "decided_at, arm" }),
  rowsInClickHouse({ table: "holdout_arms_stored" }),
];
