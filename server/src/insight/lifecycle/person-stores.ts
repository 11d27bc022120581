import { type PersonStore, rowsInClickHouse } from "../../garden/index.ts";

export const lifecycleStores: PersonStore[] = [
  rowsInClickHouse({
    table: "lifecycle_stages",
    read: "run_id, stage, previous, toString(since) as since, toString(ended) as ended",
  }),
];
