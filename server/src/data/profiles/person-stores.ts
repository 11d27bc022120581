import { type PersonStore, rowsInClickHouse, rowsInPostgres } from "../../garden/index.ts";

export const profileStores: PersonStore[] = [
  rowsInPostgres({
    table: "own_profiles",
    read: "first_seen_at, last_seen_at, display_name, email, traits, trait_times",
  }),
  rowsInPostgres({ table: "import_traits", read: "import_id, key, value, said_at, before" }),
  rowsInPostgres({ table: "import_first_traits", read: "import_id, said_at, traits" }),
  rowsInPostgres({
    table: "customers",
    columns: ["id"],
    read: "first_seen_at, last_seen_at, created_at, known, display_name, email, traits, trait_times",
  }),
  rowsInClickHouse({ table: "customers_stored" }),
];
