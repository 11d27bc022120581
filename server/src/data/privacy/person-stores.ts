import { z } from "zod";
import { type PersonStore, rowsInPostgres } from "../../garden/index.ts";
import { execute, query, sql } from "../../platform/postgres/index.ts";
import type { Archives } from "./archives.ts";

/** Requests stay, so that it can be shown that they were answered in time; who made them goes. */
export function privacyStores(archives: Archives): PersonStore[] {
  return [
    {
      name: "exports",
      engine: "files",
      async erase(tx, ctx, { ids }) {
        const rows = await query(
          tx,
          sql`delete from privacy_exports where customer_id = any(${ids}::bigint[]) returning id`,
          z.object({ id: z.string() }),
        );
        for (const { id } of rows) await archives.remove(ctx.garden.id, id);
        return rows.length;
      },
    },
    {
      name: "privacy_requests",
      engine: "postgres",
      read: (ctx, { ids }) =>
        query(
          ctx.pool,
          sql`select opened_at, kind, state, origin, due_at, closed_at from privacy_requests where customer_id = any(${ids}::bigint[]) order by opened_at`,
        ),
      erase: (tx, _ctx, { ids }) =>
        execute(
          tx,
          sql`update privacy_requests set customer_id = null, words = null, note = null where customer_id = any(${ids}::bigint[])`,
        ),
    },
    rowsInPostgres({ table: "restrictions", read: "since" }),
  ];
}
