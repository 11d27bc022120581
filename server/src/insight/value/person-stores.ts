import { type PersonStore, rowsInClickHouse } from "../../garden/index.ts";

export const valueStores: PersonStore[] = [
  rowsInClickHouse({
    table: "value_by_customer",
    read: `run_id, toString(first_day) as first_day, toString(last_day) as last_day, purchase_days, orders, value_minor, p_alive,
      expected_purchases, expected_minor, low95_minor, high95_minor`,
  }),
  rowsInClickHouse({ table: "value_histories" }),
];
