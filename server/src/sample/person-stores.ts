import type { PersonStore } from "../garden/index.ts";
import { execute, sql } from "../platform/postgres/index.ts";

/** What the simulator knows of a simulated person goes with them. */
export const sampleStores: PersonStore[] = [
  {
    name: "sample_truth",
    engine: "postgres",
    erase: (tx, _ctx, { identifiers }) =>
      execute(
        tx,
        sql`delete from sample_truth where user_id = any(${identifiers.filter((one) => one.kind === "user_id").map((one) => one.value)})`,
      ),
  },
];
