import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { appendEntries } from "./append.ts";
import { statedOrigins } from "./model.ts";
import { tell } from "./record.ts";

/** Which answer of whom no longer counts. */
export const Retracted = z.object({ customerId: z.number(), purpose: z.string() });
export type Retracted = z.infer<typeof Retracted>;

/**
 * Takes back what the brand stated with an import for these customers: what was said before counts again, and the ledger notes
 * that the statement no longer counts. Announces `consent.withdrawn`, as a basis may be gone. Gives the answers that no
 * longer count. The caller queues the customers' rows.
 */
export async function retractStatements(
  tx: Tx,
  importId: number,
  customerIds: readonly number[],
): Promise<Retracted[]> {
  if (!customerIds.length) return [];
  const ids = [...customerIds];
  // Its statements may stand below others by now; they are taken back all the same.
  const stated = await query(
    tx,
    sql`select a.customer_id, a.purpose from consent_current c join consent_answers a on a.customer_id = c.customer_id and a.purpose = c.purpose
      where c.customer_id = any(${ids}::bigint[]) and a.import_id = ${importId} and a.act = 'answer' and not ${retracted}
      order by c.customer_id, c.purpose for update of c`,
    Retracted,
  );
  const gone = await query(
    tx,
    sql`delete from consent_current where import_id = ${importId} and customer_id = any(${ids}::bigint[])
      returning customer_id, purpose`,
    Retracted,
  );
  const entries = new Map([...stated, ...gone].map((one) => [`${one.customerId} ${one.purpose}`, one]));
  const versions = new Map(
    (
      await query(
        tx,
        sql`select key, wording_version from purposes`,
        z.object({ key: z.string(), wordingVersion: z.number() }),
      )
    ).map((row) => [row.key, row.wordingVersion]),
  );
  await appendEntries(
    tx,
    [...entries.values()].map(({ customerId, purpose }) => ({
      customerId,
      purpose,
      act: "retracted" as const,
      granted: null,
      basis: "consent" as const,
      origin: "import",
      sourceId: null,
      place: null,
      actor: "import",
      proof: `import ${importId}`,
      importId,
      wordingVersion: versions.get(purpose) ?? 1,
      at: new Date(),
    })),
  );
  await query(
    tx,
    sql`insert into consent_current (customer_id, purpose, granted, basis, import_id, stated, wording_version, expired, at)
      select distinct on (a.customer_id, a.purpose) a.customer_id, a.purpose, a.granted, a.basis, a.import_id,
        a.origin = any(${[...statedOrigins]}::text[]), a.wording_version, a.act = 'expired', a.at
      from consent_answers a
      join unnest(${gone.map((one) => one.customerId)}::bigint[], ${gone.map((one) => one.purpose)}::text[]) as g (customer_id, purpose)
        on g.customer_id = a.customer_id and g.purpose = a.purpose
      where a.act in ('answer', 'expired') and not ${retracted}
      order by a.customer_id, a.purpose, a.origin = any(${[...statedOrigins]}::text[]), a.at desc, a.granted
      on conflict do nothing`,
  );
  await tell(tx, "consent.withdrawn", gone);
  return gone;
}

/** Whether the statement `a` of an import was taken back after it was made. */
const retracted = sql`(a.import_id is not null and exists (select 1 from consent_answers r where r.customer_id = a.customer_id
  and r.purpose = a.purpose and r.act = 'retracted' and r.import_id = a.import_id and r.seq > a.seq))`;

/** Those of the customers who ever answered themselves, or for whom an event did. */
export async function whoAnswered(tx: Tx, customerIds: readonly number[]): Promise<number[]> {
  const rows = await query<{ customerId: number }>(
    tx,
    sql`select distinct customer_id from consent_answers
      where customer_id = any(${[...customerIds]}::bigint[]) and import_id is null`,
  );
  return rows.map((row) => row.customerId);
}
