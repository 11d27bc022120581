import type { Pool } from "pg";
import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { query, queryOne, type Sql, sql } from "../../platform/postgres/index.ts";
import { allows, Basis, CurrentAnswer, type Kind, Purpose } from "./model.ts";

type Db = Pool | Tx;

const purposeColumns = sql.raw(
  "key, kinds, name, wording, wording_version, position, lifetime_months, lifetime_from, double_opt_in, asks_again_since, retired_at",
);

/** The purposes that the brand has now. */
export function listPurposes(db: Db): Promise<Purpose[]> {
  return query(
    db,
    sql`select ${purposeColumns} from purposes where retired_at is null order by position, key`,
    Purpose,
  );
}

/** The retired ones too. */
export function allPurposes(db: Db): Promise<Purpose[]> {
  return query(
    db,
    sql`select ${purposeColumns} from purposes order by retired_at nulls first, position, key`,
    Purpose,
  );
}

const Words = z.object({ en: z.string(), de: z.string() });
const Askable = z.object({
  key: z.string(),
  name: Words,
  doubleOptIn: z.boolean(),
  wordings: z.array(z.object({ version: z.number(), wording: Words, since: z.coerce.date() })),
});

/** The purposes that the brand has now, with every version of their words, the newest first. */
export function askablePurposes(db: Db): Promise<z.infer<typeof Askable>[]> {
  return query(
    db,
    sql`select p.key, p.name, p.double_opt_in,
        (select json_agg(json_build_object('version', w.version, 'wording', w.wording, 'since', w.created_at) order by w.version desc)
          from purpose_wordings w where w.purpose = p.key) as wordings
      from purposes p where p.retired_at is null order by p.position, p.key`,
    Askable,
  );
}

/** Whether a purpose ever had words of this version. */
export async function hasWording(db: Db, purpose: string, version: number): Promise<boolean> {
  const row = await queryOne(
    db,
    sql`select version from purpose_wordings where purpose = ${purpose} and version = ${version}`,
    z.object({ version: z.number() }),
  );
  return row !== undefined;
}

/**
 * The current answers of all these ids; for part of a customer whom an operator merged, what counts for the whole. A yes that
 * has run out is a no by now.
 */
export function answersFor(db: Db, ids: readonly number[]): Promise<CurrentAnswer[]> {
  return answersWhere(db, ids, sql`true`);
}

/** The same without those of customers whose data is kept and not used. */
export function usableAnswersFor(db: Db, ids: readonly number[]): Promise<CurrentAnswer[]> {
  return answersWhere(db, ids, sql`not exists (select 1 from restrictions r where r.customer_id = a.id)`);
}

function answersWhere(db: Db, ids: readonly number[], condition: Sql): Promise<CurrentAnswer[]> {
  if (!ids.length) return Promise.resolve([]);
  return query(
    db,
    sql`select a.id as customer_id, c.purpose, c.granted, c.basis, c.at, c.import_id, c.stated, c.expired, c.expires_at, c.wording_version
      from (select distinct id from unnest(${[...ids]}::bigint[]) as u (id)) as a
      left join customer_parts p on p.customer_id = a.id
      join consent_standing c on c.customer_id = coalesce(p.survivor_id, a.id) where ${condition}`,
    CurrentAnswer,
  );
}

/** The current answers of one customer; a no of an id joined into it stands until the customer answers later. */
export function consentsOf(db: Db, customerId: number): Promise<CurrentAnswer[]> {
  return query(
    db,
    sql`select distinct on (purpose) ${customerId}::bigint as customer_id, purpose, granted, basis, at, import_id, stated, expired, expires_at, wording_version
      from consent_standing as c
      where customer_id = any(array[${customerId}::bigint] || array(select subject_id from customer_links where customer_id = ${customerId}))
        and (customer_id = ${customerId} or (not granted
          and not exists (select 1 from consent_current own where own.customer_id = ${customerId} and own.purpose = c.purpose
            and (not own.stated, own.at) >= (not c.stated, c.at))))
      order by purpose, granted, at desc`,
    CurrentAnswer,
  );
}

const HistoryEntry = z.object({
  purpose: z.string(),
  granted: z.boolean(),
  basis: Basis,
  origin: z.string(),
  sourceId: z.number().nullable(),
  wordingVersion: z.number(),
  at: z.date(),
});

/** Every answer that a customer ever gave, newest first. */
export function historyOf(db: Db, ids: readonly number[]): Promise<z.infer<typeof HistoryEntry>[]> {
  return query(
    db,
    sql`select purpose, granted, basis, origin, source_id, wording_version, at from consent_answers
      where customer_id = any(${[...ids]}::bigint[]) and act = 'answer' order by at desc, id desc limit 200`,
    HistoryEntry,
  );
}

/** Whether this kind of processing is allowed for the customer now. */
export async function isAllowed(db: Db, customerId: number, kind: Kind): Promise<boolean> {
  return (await allowedAmong(db, [customerId], kind)).has(customerId);
}

/** Those whose data is kept and not used, whatever they allowed. */
export async function restrictedAmong(db: Db, ids: readonly number[]): Promise<ReadonlySet<number>> {
  const rows = await query(
    db,
    sql`select customer_id from restrictions where customer_id = any(${[...ids]}::bigint[])`,
    z.object({ customerId: z.number() }),
  );
  return new Set(rows.map((row) => row.customerId));
}

/** Those of the customers for whom this kind of processing is allowed now. */
export async function allowedAmong(db: Db, ids: readonly number[], kind: Kind): Promise<Set<number>> {
  const purposes = await listPurposes(db);
  const byCustomer = new Map<number, CurrentAnswer[]>();
  for (const answer of await answersFor(db, ids)) {
    const answers = byCustomer.get(answer.customerId) ?? [];
    answers.push(answer);
    byCustomer.set(answer.customerId, answers);
  }
  const restricted = kind === "collect" ? new Set<number>() : await restrictedAmong(db, ids);
  return new Set(ids.filter((id) => !restricted.has(id) && allows(byCustomer.get(id) ?? [], purposes, kind)));
}
