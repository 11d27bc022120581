import type { PersonStore, Tx } from "../../garden/index.ts";
import { execute, query, sql } from "../../platform/postgres/index.ts";

/** Removes every answer of these customers; gives how many there were. */
export async function eraseConsent(tx: Tx, customerIds: readonly number[]): Promise<number> {
  const ids = [...customerIds];
  await query(tx, sql`delete from consent_current where customer_id = any(${ids}::bigint[])`);
  return execute(tx, sql`delete from consent_answers where customer_id = any(${ids}::bigint[])`);
}

export const consentStores: PersonStore[] = [
  {
    name: "consent_answers",
    engine: "postgres",
    read: (ctx, { ids }) =>
      query(
        ctx.pool,
        sql`select at, purpose, granted, basis, origin, wording_version, recorded_at from consent_answers
          where customer_id = any(${[...ids]}::bigint[]) order by at, id`,
      ),
    erase: (tx, _ctx, { ids }) => eraseConsent(tx, ids),
  },
];
