import { announce, type Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { CurrentAnswer, statedOrigins } from "./model.ts";

/**
 * Takes back what the brand stated with an import for these customers: what was said before counts again.
 * Announces `consent.withdrawn`, as a basis may be gone. Gives the answers that no longer count. The caller queues the
 * customers' rows.
 */
export async function retractStatements(
  tx: Tx,
  importId: number,
  customerIds: readonly number[],
): Promise<CurrentAnswer[]> {
  if (!customerIds.length) return [];
  const ids = [...customerIds];
  await query(
    tx,
    sql`delete from consent_answers where import_id = ${importId} and customer_id = any(${ids}::bigint[])`,
  );
  const gone = await query(
    tx,
    sql`delete from consent_current where import_id = ${importId} and customer_id = any(${ids}::bigint[])
      returning customer_id, purpose, granted, basis, at, import_id, stated`,
    CurrentAnswer,
  );
  await query(
    tx,
    sql`insert into consent_current (customer_id, purpose, granted, basis, import_id, stated, at)
      select distinct on (a.customer_id, a.purpose) a.customer_id, a.purpose, a.granted, a.basis, a.import_id, a.origin = any(${[...statedOrigins]}::text[]), a.at
      from consent_answers a
      join unnest(${gone.map((one) => one.customerId)}::bigint[], ${gone.map((one) => one.purpose)}::text[]) as g (customer_id, purpose)
        on g.customer_id = a.customer_id and g.purpose = a.purpose
      order by a.customer_id, a.purpose, a.origin = any(${[...statedOrigins]}::text[]), a.at desc, a.granted
      on conflict do nothing`,
  );
  const touched = [...new Set(gone.map((one) => one.customerId))];
  for (let start = 0; start < touched.length; start += 1000)
    await announce(tx, "consent.withdrawn", { customerIds: touched.slice(start, start + 1000) });
  return gone;
}

/** Removes every answer of customers who are removed themselves. */
export async function removeAnswers(tx: Tx, customerIds: readonly number[]): Promise<void> {
  const ids = [...customerIds];
  await query(tx, sql`delete from consent_answers where customer_id = any(${ids}::bigint[])`);
  await query(tx, sql`delete from consent_current where customer_id = any(${ids}::bigint[])`);
}

/** Those of the customers who ever answered themselves, or for whom an event did. */
export async function whoAnswered(tx: Tx, customerIds: readonly number[]): Promise<number[]> {
  const rows = await query<{ customerId: number }>(
    tx,
    sql`select distinct customer_id from consent_answers
      where customer_id = any(${[...customerIds]}::bigint[]) and import_id is null`,
  );
  return rows.map((row) => row.customerId);
}
