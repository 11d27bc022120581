import type { Tx } from "../../garden/index.ts";
import { announce } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { CurrentAnswer, outranks } from "./model.ts";

/** An answer as it is kept: when it runs out follows from its words. */
const ownColumns = sql.raw(
  "customer_id, purpose, granted, basis, at, import_id, stated, expired, null::timestamptz as expires_at, wording_version",
);

/**
 * What counts for one purpose of a customer whom an operator merged from several. At the merge the stricter answer counts:
 * a no that anyone of them had said. What is said after it is said for the whole customer, and the last word counts.
 * What the brand stated of one of them is no word of the others', and gives way to anything said.
 */
export function foldAnswers(
  own: readonly CurrentAnswer[],
  mergedAt: Date | undefined,
): CurrentAnswer | undefined {
  const best = (answers: readonly CurrentAnswer[]) =>
    answers.reduce<CurrentAnswer | undefined>((a, b) => (a && !outranks(b, a) ? a : b), undefined);
  if (!mergedAt) return best(own);
  const since = own.filter((one) => !one.stated && one.at > mergedAt);
  if (since.length) return best(since);
  const refused = best(own.filter((one) => !one.stated && !one.granted));
  // Only what is said after the merge takes it back, however late it comes in.
  return refused ? { ...refused, at: mergedAt } : best(own);
}

/** Keeps what customers answered as their own, before an operator merges them. */
export async function keepOwnAnswers(tx: Tx, customerIds: readonly number[]): Promise<void> {
  await query(
    tx,
    sql`insert into own_answers (customer_id, purpose, granted, basis, at, import_id, stated, wording_version, expired)
      select customer_id, purpose, granted, basis, at, import_id, stated, wording_version, expired from consent_current where customer_id = any(${[...customerIds]}::bigint[])`,
  );
}

/** The own answers of parts of merged customers. */
export function ownAnswersOf(tx: Tx, parts: readonly number[]): Promise<CurrentAnswer[]> {
  return query(
    tx,
    sql`select ${ownColumns} from own_answers where customer_id = any(${[...parts]}::bigint[])`,
    CurrentAnswer,
  );
}

/**
 * Makes current for a customer what follows from the own answers of its parts, last merged at `mergedAt`. Announces
 * `consent.withdrawn` where a no counts now that did not before; the caller queues the customer's row.
 */
export async function foldConsent(
  tx: Tx,
  customerId: number,
  parts: readonly number[],
  mergedAt: Date | undefined,
): Promise<void> {
  const own = await ownAnswersOf(tx, parts);
  const purposes = [...new Set(own.map((one) => one.purpose))];
  const current = purposes.map(
    (purpose) =>
      foldAnswers(
        own.filter((one) => one.purpose === purpose),
        mergedAt,
      )!,
  );
  const before = await query(
    tx,
    sql`delete from consent_current where customer_id = ${customerId} returning ${ownColumns}`,
    CurrentAnswer,
  );
  await query(
    tx,
    sql`insert into consent_current (customer_id, purpose, granted, basis, at, import_id, stated, wording_version, expired)
      select ${customerId}::bigint, * from unnest(${current.map((one) => one.purpose)}::text[], ${current.map((one) => one.granted)}::boolean[],
        ${current.map((one) => one.basis)}::text[], ${current.map((one) => one.at)}::timestamptz[], ${current.map((one) => one.importId)}::bigint[],
        ${current.map((one) => one.stated)}::boolean[], ${current.map((one) => one.wordingVersion)}::integer[], ${current.map((one) => one.expired)}::boolean[])`,
  );
  const stood = new Map(before.map((one) => [one.purpose, one.granted]));
  // A yes that is gone takes effect as a no does.
  const isLess =
    current.some((one) => !one.granted && stood.get(one.purpose) !== false) ||
    before.some((one) => one.granted && !purposes.includes(one.purpose));
  if (isLess) await announce(tx, "consent.withdrawn", { customerIds: [customerId] });
}

/** A customer stands by itself again: what was kept as its own is all there is. */
export async function forgetOwnAnswers(tx: Tx, customerIds: readonly number[]): Promise<void> {
  await query(tx, sql`delete from own_answers where customer_id = any(${[...customerIds]}::bigint[])`);
}
