import { type PersonStore, rowsInClickHouse, rowsInPostgres } from "../../garden/index.ts";

export const profileStores: PersonStore[] = [
  rowsInPostgres({
    table: "customers",
    columns: ["id"],
    read: "first_seen_at, last_seen_at, created_at, known, display_name, email, traits, trait_times",
  }),
  rowsInClickHouse({ table: "customers_stored" }),
];
