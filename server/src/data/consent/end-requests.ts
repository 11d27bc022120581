import type { Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";

/** A no ends what was still waiting for a click. */
export async function endRequests(
  tx: Tx,
  refused: readonly { customerId: number; purpose: string }[],
  at: Date,
): Promise<void> {
  if (!refused.length) return;
  await query(
    tx,
    sql`update consent_requests r set ended_at = ${at}
      from unnest(${refused.map((one) => one.customerId)}::bigint[], ${refused.map((one) => one.purpose)}::text[]) as k (customer_id, purpose)
      where r.customer_id = k.customer_id and r.purpose = k.purpose and r.confirmed_at is null and r.ended_at is null`,
  );
}
