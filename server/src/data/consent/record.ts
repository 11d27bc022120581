import { z } from "zod";
import { announce, type Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { type Basis, statedOrigins } from "./model.ts";

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
  /**
   * Of a customer whom an operator merged: `own` is the answer of one part, as it was given, and `effective` what counts
   * for the whole customer because of it. Left out, both follow from who gave it.
   */
  keeps?: "own" | "effective";
  /** Said before and said again: it moves the time of the current answer, and is not written down again. */
  repeated?: boolean;
  /** When it was given, by a clock that is not ahead of ours: else the next answer would not count. */
  at: Date;
}

/**
 * Writes answers into the ledger, and makes of each purpose the one that outranks all others the current one. Announces
 * `consent.withdrawn` where a no counts now, and `consent.changed` unless the caller itself queues the customers'
 * rows (`rowsFollow`), in the same transaction.
 */
export async function recordAnswers(
  tx: Tx,
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
    stated: answers.map((answer) => statedOrigins.includes(answer.origin)),
    repeated: answers.map((answer) => answer.repeated ?? false),
    keeps: answers.map((answer) => answer.keeps ?? null),
    at: answers.map((answer) => answer.at),
  };
  await query(
    tx,
    sql`insert into consent_answers (customer_id, purpose, granted, basis, origin, source_id, wording_version, import_id, at)
      select a.customer_id, a.purpose, a.granted, a.basis, a.origin, a.source_id, p.wording_version, a.import_id, a.at
      from unnest(${columns.customer}::bigint[], ${columns.purpose}::text[], ${columns.granted}::boolean[], ${columns.basis}::text[],
        ${columns.origin}::text[], ${columns.source}::bigint[], ${columns.import}::bigint[], ${columns.repeated}::boolean[], ${columns.keeps}::text[], ${columns.at}::timestamptz[])
        as a (customer_id, purpose, granted, basis, origin, source_id, import_id, repeated, keeps, at)
      join purposes p on p.key = a.purpose
      where not a.repeated and a.keeps is distinct from 'effective'`,
  );
  await query(
    tx,
    sql`insert into own_answers as c (customer_id, purpose, granted, basis, import_id, stated, at)
      select distinct on (a.customer_id, a.purpose) a.customer_id, a.purpose, a.granted, a.basis, a.import_id, a.stated, a.at
      from unnest(${columns.customer}::bigint[], ${columns.purpose}::text[], ${columns.granted}::boolean[], ${columns.basis}::text[],
        ${columns.import}::bigint[], ${columns.stated}::boolean[], ${columns.keeps}::text[], ${columns.at}::timestamptz[])
        as a (customer_id, purpose, granted, basis, import_id, stated, keeps, at)
      join customer_parts part on part.customer_id = a.customer_id
      join purposes p on p.key = a.purpose
      where a.keeps is distinct from 'effective'
      order by a.customer_id, a.purpose, a.stated, a.at desc, a.granted
      on conflict (customer_id, purpose) do update set granted = excluded.granted, basis = excluded.basis,
        import_id = excluded.import_id, stated = excluded.stated, at = excluded.at
      where (not excluded.stated, excluded.at, not excluded.granted) >= (not c.stated, c.at, not c.granted)`,
  );
  const current = await query(
    tx,
    sql`insert into consent_current as c (customer_id, purpose, granted, basis, import_id, stated, at)
      select customer_id, purpose, granted, basis, import_id, stated, at from (
        select distinct on (coalesce(part.survivor_id, a.customer_id), purpose)
          coalesce(part.survivor_id, a.customer_id) as customer_id, purpose, granted, basis, import_id, stated, at
        from unnest(${columns.customer}::bigint[], ${columns.purpose}::text[], ${columns.granted}::boolean[], ${columns.basis}::text[],
          ${columns.import}::bigint[], ${columns.stated}::boolean[], ${columns.keeps}::text[], ${columns.at}::timestamptz[])
          as a (customer_id, purpose, granted, basis, import_id, stated, keeps, at)
        left join customer_parts part on part.customer_id = a.customer_id
        where a.keeps is distinct from 'own' and exists (select 1 from purposes p where p.key = a.purpose)
        order by coalesce(part.survivor_id, a.customer_id), purpose, stated, at desc, granted
      ) as best
      on conflict (customer_id, purpose) do update set granted = excluded.granted, basis = excluded.basis,
        import_id = excluded.import_id, stated = excluded.stated, at = excluded.at
      where (not excluded.stated, excluded.at, not excluded.granted) >= (not c.stated, c.at, not c.granted)
      returning customer_id, purpose, granted`,
    z.object({ customerId: z.number(), purpose: z.string(), granted: z.boolean() }),
  );
  const repeated = new Set(
    answers.filter((answer) => answer.repeated).map((answer) => `${answer.customerId} ${answer.purpose}`),
  );
  const withdrawn = current.filter(
    (one) => !one.granted && !repeated.has(`${one.customerId} ${one.purpose}`),
  );
  for (const [name, told] of [
    ["consent.changed", rowsFollow ? [] : current],
    ["consent.withdrawn", withdrawn],
  ] as const) {
    const ids = [...new Set(told.map((answer) => answer.customerId))];
    // A fact names at most a thousand customers, so that an import does not make one giant row.
    for (let start = 0; start < ids.length; start += 1000) {
      await announce(tx, name, { customerIds: ids.slice(start, start + 1000) });
    }
  }
}
