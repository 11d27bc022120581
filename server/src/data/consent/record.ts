import { announce, type Context, type Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import type { Basis } from "./model.ts";

/** One answer to one purpose, as it was given. */
export interface Answer {
  customerId: number;
  purpose: string;
  granted: boolean;
  basis: Basis;
  /** Where it was given, in words for people: "browser", "import", "consent page". */
  origin: string;
  sourceId?: number;
  /** Of what the brand states with an import: a later import may replace it, and it goes when its import does. */
  importId?: number;
  at: Date;
}

/**
 * Writes answers into the ledger and makes the newest of each purpose the current one; at the same
 * instant a no wins. Announces `consent.withdrawn`, and `consent.changed` unless the caller itself queues the customers'
 * rows (`rowsFollow`), in the same transaction.
 */
export async function recordAnswers(
  tx: Tx,
  _ctx: Context,
  answers: readonly Answer[],
  { rowsFollow = false } = {},
): Promise<void> {
  if (!answers.length) return;
  const columns = {
    customer: answers.map((answer) => answer.customerId),
    purpose: answers.map((answer) => answer.purpose),
    granted: answers.map((answer) => answer.granted),
    basis: answers.map((answer) => answer.basis),
    origin: answers.map((answer) => answer.origin),
    source: answers.map((answer) => answer.sourceId ?? null),
    import: answers.map((answer) => answer.importId ?? null),
    at: answers.map((answer) => answer.at),
  };
  await query(
    tx,
    sql`insert into consent_answers (customer_id, purpose, granted, basis, origin, source_id, wording_version, import_id, at)
      select a.customer_id, a.purpose, a.granted, a.basis, a.origin, a.source_id, p.wording_version, a.import_id, a.at
      from unnest(${columns.customer}::bigint[], ${columns.purpose}::text[], ${columns.granted}::boolean[], ${columns.basis}::text[],
        ${columns.origin}::text[], ${columns.source}::bigint[], ${columns.import}::bigint[], ${columns.at}::timestamptz[])
        as a (customer_id, purpose, granted, basis, origin, source_id, import_id, at)
      join purposes p on p.key = a.purpose`,
  );
  await query(
    tx,
    sql`insert into consent_current as c (customer_id, purpose, granted, basis, import_id, at)
      select distinct on (customer_id, purpose) customer_id, purpose, granted, basis, import_id, at
      from unnest(${columns.customer}::bigint[], ${columns.purpose}::text[], ${columns.granted}::boolean[], ${columns.basis}::text[],
        ${columns.import}::bigint[], ${columns.at}::timestamptz[]) as a (customer_id, purpose, granted, basis, import_id, at)
      where exists (select 1 from purposes p where p.key = a.purpose)
      order by customer_id, purpose, at desc, granted
      on conflict (customer_id, purpose) do update set granted = excluded.granted, basis = excluded.basis, import_id = excluded.import_id, at = excluded.at
      where (excluded.at, not excluded.granted) >= (c.at, not c.granted)`,
  );
  const withdrawn = answers.filter((answer) => !answer.granted);
  for (const [name, told] of [
    ["consent.changed", rowsFollow ? [] : answers],
    ["consent.withdrawn", withdrawn],
  ] as const) {
    const ids = [...new Set(told.map((answer) => answer.customerId))];
    // A fact names at most a thousand customers, so that an import does not make one giant row.
    for (let start = 0; start < ids.length; start += 1000) {
      await announce(tx, name, { customerIds: ids.slice(start, start + 1000) });
    }
  }
}
