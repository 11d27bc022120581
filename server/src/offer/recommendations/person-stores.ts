import { type PersonStore, rowsInClickHouse, rowsInPostgres } from "../../garden/index.ts";

export const recommendationStores: PersonStore[] = [
  rowsInPostgres({ table: "next_products", read: "run_id, products" }),
  rowsInClickHouse({ table: "next_products_dated" }),
  rowsInClickHouse({ table: "bought_products_dated" }),
  rowsInClickHouse({ table: "order_lines_dated" }),
];
