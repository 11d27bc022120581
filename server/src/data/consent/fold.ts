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

/** Keeps what customers answered as their own, before an operator merges them, and gives it. */
export function keepOwnAnswers(tx: Tx, customerIds: readonly number[]): Promise<CurrentAnswer[]> {
  if (!customerIds.length) return Promise.resolve([]);
  return query(
    tx,
    sql`insert into own_answers (customer_id, purpose, granted, basis, at, import_id, stated, wording_version, expired)
      select customer_id, purpose, granted, basis, at, import_id, stated, wording_version, expired from consent_current where customer_id = any(${[...customerIds]}::bigint[])
      returning ${ownColumns}`,
    CurrentAnswer,
  );
}

/** The own answers of parts of merged customers. */
export function ownAnswersOf(tx: Tx, parts: readonly number[]): Promise<CurrentAnswer[]> {
  if (!parts.length) return Promise.resolve([]);
  return query(
    tx,
    sql`select ${ownColumns} from own_answers where customer_id = any(${[...parts]}::bigint[])`,
    CurrentAnswer,
  );
}

/** A customer who is merged from several, or was until now. */
export interface Whole {
  customerId: number;
  parts: readonly number[];
  /** When the last of them was merged. */
  mergedAt: Date | undefined;
}

/**
 * Makes current for customers what follows from the own answers of their parts. Announces `consent.withdrawn` where a no counts
 * now that did not before; the caller queues the customers' rows. `own` are the parts' own answers, where they were read
 * already.
 */
export async function foldConsent(
  tx: Tx,
  wholes: readonly Whole[],
  own?: readonly CurrentAnswer[],
): Promise<void> {
  const ids = wholes.flatMap((whole) => whole.parts);
  own ??= await ownAnswersOf(tx, ids);
  const ownOf = groupedBy(own, (one) => one.customerId);
  const current = wholes.flatMap((whole) =>
    [
      ...groupedBy(
        whole.parts.flatMap((part) => ownOf.get(part) ?? []),
        (one) => one.purpose,
      ).values(),
    ].map((answers) => ({ ...foldAnswers(answers, whole.mergedAt)!, customerId: whole.customerId })),
  );
  const before = await query(
    tx,
    sql`delete from consent_current where customer_id = any(${wholes.map((whole) => whole.customerId)}::bigint[]) returning ${ownColumns}`,
    CurrentAnswer,
  );
  if (current.length)
    await query(
      tx,
      sql`insert into consent_current (customer_id, purpose, granted, basis, at, import_id, stated, wording_version, expired)
        select * from unnest(${current.map((one) => one.customerId)}::bigint[], ${current.map((one) => one.purpose)}::text[], ${current.map((one) => one.granted)}::boolean[],
          ${current.map((one) => one.basis)}::text[], ${current.map((one) => one.at)}::timestamptz[], ${current.map((one) => one.importId)}::bigint[],
          ${current.map((one) => one.stated)}::boolean[], ${current.map((one) => one.wordingVersion)}::integer[], ${current.map((one) => one.expired)}::boolean[])`,
    );
  const less = customersWithLess(before, current);
  if (less.length) await announce(tx, "consent.withdrawn", { customerIds: less });
}

/** For whom a no counts now that did not before. A yes that is gone takes effect as a no does. */
function customersWithLess(before: readonly CurrentAnswer[], after: readonly CurrentAnswer[]): number[] {
  const nameOf = (one: CurrentAnswer) => `${one.customerId} ${one.purpose}`;
  const stood = new Map(before.map((one) => [nameOf(one), one.granted]));
  const stands = new Set(after.map(nameOf));
  const less = [
    ...after.filter((one) => !one.granted && stood.get(nameOf(one)) !== false),
    ...before.filter((one) => one.granted && !stands.has(nameOf(one))),
  ];
  return [...new Set(less.map((one) => one.customerId))];
}

function groupedBy<T, K>(items: readonly T[], keyOf: (item: T) => K): Map<K, T[]> {
  const groups = new Map<K, T[]>();
  for (const item of items) {
    const group = groups.get(keyOf(item));
    if (group) group.push(item);
    else groups.set(keyOf(item), [item]);
  }
  return groups;
}

/** Customers stand by themselves again: what was kept as their own is all there is. Gives it. */
export function takeOwnAnswers(tx: Tx, customerIds: readonly number[]): Promise<CurrentAnswer[]> {
  if (!customerIds.length) return Promise.resolve([]);
  return query(
    tx,
    sql`delete from own_answers where customer_id = any(${[...customerIds]}::bigint[]) returning ${ownColumns}`,
    CurrentAnswer,
  );
}
