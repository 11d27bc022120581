import { type PersonStore, rowsInPostgres } from "../../garden/index.ts";

export const importStores: PersonStore[] = [
  rowsInPostgres({
    table: "review_texts",
    read: "written_at, title, body, record_key",
    sealed: ["title", "body"],
  }),
  rowsInPostgres({ table: "import_customers" }),
];
