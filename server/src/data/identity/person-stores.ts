import { eraseInClickHouse, type PersonStore, rowsInPostgres } from "../../garden/index.ts";

/** Who is who. The rows of customers themselves are those of profiles. */
export const identityStores: PersonStore[] = [
  rowsInPostgres({ table: "identifiers", read: "kind, value, first_seen_at" }),
  rowsInPostgres({
    table: "merge_proposals",
    columns: ["customer_a", "customer_b"],
    read: "created_at, reason, state",
  }),
  rowsInPostgres({ table: "customer_links", columns: ["subject_id", "customer_id"] }),
];

/** The same links in the event store. They go last: until then they say which events are whose. */
export const linkStores: PersonStore[] = [
  {
    name: "customer_links",
    engine: "clickhouse",
    async erase(_tx, ctx, { ids }) {
      const condition = "subject_id in {ids:Array(UInt64)} or customer_id in {ids:Array(UInt64)}";
      const count = await eraseInClickHouse(ctx, "customer_links", condition, { ids });
      if (count) await ctx.events.command("system reload dictionary links", {}, { lane: "work" });
      return count;
    },
  },
];
