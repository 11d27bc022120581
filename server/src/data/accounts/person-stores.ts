import { z } from "zod";
import { type PersonStore, rowsInClickHouse, rowsInPostgres } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";

const Counted = z.object({ id: z.number() });

/** To which accounts a person belonged. The account stays, without the traits in which the person is named. */
export const accountStores: PersonStore[] = [
  rowsInPostgres({
    table: "account_members",
    read: "since, until, (select coalesce(a.name, a.external_id) from accounts a where a.id = account_id) as account, role",
  }),
  rowsInClickHouse({ table: "account_members_stored" }),
  {
    name: "accounts",
    engine: "postgres",
    async erase(tx, _ctx, { texts }) {
      const rows = await query(
        tx,
        sql`update accounts t set traits = kept.traits
          from (
            select a.id, coalesce(jsonb_object_agg(e.key, e.value) filter (where not names.it), '{}') as traits
            from accounts a, jsonb_each(a.traits) as e (key, value),
              lateral (select exists (select from unnest(${texts}::text[]) as x (text) where position(x.text in e.value::text) > 0) as it) as names
            group by a.id having bool_or(names.it)
          ) as kept
          where kept.id = t.id returning t.id`,
        Counted,
      );
      return rows.length;
    },
  },
];
