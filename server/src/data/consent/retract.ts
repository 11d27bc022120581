import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { query, type Sql, sql } from "../../platform/postgres/index.ts";
import { appendEntries } from "./append.ts";
import { foldConsent } from "./fold.ts";
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
  const stated: Retracted[] = [];
  const gone: Retracted[] = [];
  for (const { table, isWhose } of kept) {
    stated.push(
      ...(await query(
        tx,
        sql`select a.customer_id, a.purpose from ${table} c join consent_answers a on a.customer_id = c.customer_id and a.purpose = c.purpose
          where c.customer_id = any(${ids}::bigint[]) and ${isWhose} and a.import_id = ${importId} and a.act = 'answer' and not ${retracted}
          order by c.customer_id, c.purpose for update of c`,
        Retracted,
      )),
    );
    gone.push(
      ...(await query(
        tx,
        sql`delete from ${table} c where import_id = ${importId} and customer_id = any(${ids}::bigint[]) and ${isWhose}
          returning customer_id, purpose`,
        Retracted,
      )),
    );
  }
  // Of a merged customer what is current is folded anew; who was merged into another has an answer of before the merge there.
  await query(
    tx,
    sql`delete from consent_current c where import_id = ${importId} and customer_id = any(${ids}::bigint[])
      and exists (select from customer_parts p where p.customer_id = c.customer_id and p.into_id is not null)`,
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
  for (const { table, isWhose } of kept) await sayBefore(tx, table, isWhose, gone);
  await foldAgain(tx, gone);
  await tell(tx, "consent.withdrawn", gone);
  return gone;
}

/**
 * Where an answer counts: for a customer by itself, or for one of several whom an operator merged, whose own answers come
 * back when the merge is taken back.
 */
export const kept = [
  {
    table: sql.raw("consent_current"),
    isWhose: sql`not exists (select from customer_parts p where p.customer_id = c.customer_id)`,
  },
  {
    table: sql.raw("own_answers"),
    isWhose: sql`exists (select from customer_parts p where p.customer_id = c.customer_id)`,
  },
];

/** What was said before the answer that is gone counts again. */
export async function sayBefore(tx: Tx, table: Sql, isWhose: Sql, gone: readonly Retracted[]): Promise<void> {
  await query(
    tx,
    sql`insert into ${table} (customer_id, purpose, granted, basis, import_id, stated, wording_version, expired, at)
      select distinct on (a.customer_id, a.purpose) a.customer_id, a.purpose, a.granted, a.basis, a.import_id,
        a.origin = any(${[...statedOrigins]}::text[]), a.wording_version, a.act = 'expired', a.at
      from consent_answers a
      join unnest(${gone.map((one) => one.customerId)}::bigint[], ${gone.map((one) => one.purpose)}::text[]) as g (customer_id, purpose)
        on g.customer_id = a.customer_id and g.purpose = a.purpose
      cross join lateral (select a.customer_id) as c
      where ${isWhose} and a.act in ('answer', 'expired') and not ${retracted}
      order by a.customer_id, a.purpose, a.origin = any(${[...statedOrigins]}::text[]), a.at desc, a.granted
      on conflict do nothing`,
  );
}

/** What counts for merged customers follows from the answers that are left to their parts. */
export async function foldAgain(tx: Tx, gone: readonly Retracted[]): Promise<void> {
  const merged = await query(
    tx,
    sql`select survivor_id, array_agg(customer_id order by customer_id) as parts, max(merged_at) as merged_at from customer_parts
      where survivor_id in (select survivor_id from customer_parts where customer_id = any(${gone.map((one) => one.customerId)}::bigint[]))
      group by survivor_id order by survivor_id`,
    z.object({
      survivorId: z.number(),
      parts: z.array(z.coerce.number()),
      mergedAt: z.date().nullable(),
    }),
  );
  if (!merged.length) return;
  await foldConsent(
    tx,
    merged.map(({ survivorId, parts, mergedAt }) => ({
      customerId: survivorId,
      parts,
      mergedAt: mergedAt ?? undefined,
    })),
  );
}

/** Whether the entry `a` was taken back after it was made: the statement of an import, or what was noted by hand. */
export const retracted = sql`exists (select 1 from consent_answers r where r.customer_id = a.customer_id and r.purpose = a.purpose
  and r.act = 'retracted' and r.seq > a.seq and (r.import_id = a.import_id or (r.import_id is null and r.proof = 'entry ' || a.id)))`;

/** Those of the customers who ever answered themselves, or for whom an event did. */
export async function whoAnswered(tx: Tx, customerIds: readonly number[]): Promise<number[]> {
  const rows = await query<{ customerId: number }>(
    tx,
    sql`select distinct customer_id from consent_answers
      where customer_id = any(${[...customerIds]}::bigint[]) and import_id is null`,
  );
  return rows.map((row) => row.customerId);
}
