import type { Pool } from "pg";
import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { enqueue } from "../../platform/outbox/index.ts";
import { query, queryOne, type Sql, sql } from "../../platform/postgres/index.ts";
import { allows, answersFor, type CurrentAnswer, listPurposes, restrictedAmong } from "../consent/index.ts";
import { mergedAmong } from "../identity/index.ts";
import { isPersonalTrait } from "./personal.ts";

type Db = Pool | Tx;

export const Customer = z.object({
  id: z.number(),
  known: z.boolean(),
  createdAt: z.date(),
  firstSeenAt: z.date(),
  lastSeenAt: z.date(),
  traits: z.record(z.string(), z.unknown()),
  email: z.string().nullable(),
  displayName: z.string().nullable(),
});
export type Customer = z.infer<typeof Customer>;

/** Customers by id, in no promised order; ids that were joined into others are not among them. */
export function customersById(db: Db, ids: readonly number[]): Promise<Customer[]> {
  if (!ids.length) return Promise.resolve([]);
  return query(
    db,
    sql`select id, known, created_at, first_seen_at, last_seen_at, traits, email, display_name from customers
      where id = any(${[...ids]}::bigint[])`,
    Customer,
  );
}

export interface TraitPatch {
  customerId: number;
  traits: Record<string, unknown>;
  at: Date;
}

/**
 * Sets traits. Of each trait the value that was said last stays, whatever order the patches come in;
 * null removes one. The display name and the e-mail follow from the traits. A patch of one part of a merged customer
 * counts for the whole customer, and stays the part's own.
 */
export async function patchTraits(tx: Tx, patches: readonly TraitPatch[]): Promise<void> {
  if (!patches.length) return;
  const survivors = await mergedAmong(
    tx,
    patches.map((patch) => patch.customerId),
  );
  await patchTable(
    tx,
    sql.raw("customers"),
    sql.raw("id"),
    patches.map((patch) => ({ ...patch, customerId: survivors.get(patch.customerId) ?? patch.customerId })),
  );
  const own = patches.filter((patch) => survivors.has(patch.customerId));
  if (own.length) await patchTable(tx, sql.raw("own_profiles"), sql.raw("customer_id"), own);
}

async function patchTable(tx: Tx, table: Sql, id: Sql, patches: readonly TraitPatch[]): Promise<void> {
  const merged = new Map<number, { traits: Record<string, unknown>; times: Record<string, string> }>();
  for (const patch of [...patches].sort((a, b) => a.at.getTime() - b.at.getTime())) {
    const one = merged.get(patch.customerId) ?? { traits: {}, times: {} };
    for (const [key, value] of Object.entries(patch.traits)) {
      one.traits[key] = value;
      one.times[key] = patch.at.toISOString();
    }
    merged.set(patch.customerId, one);
  }
  const all = [...merged.keys()].sort((a, b) => a - b);
  const ids = await patchFirst(tx, table, id, all, merged);
  if (!ids.length) return;
  await query(
    tx,
    sql`with patch as (
        select a.id, t.key, t.value, (a.times ->> t.key) as said_at
        from unnest(${ids}::bigint[], ${ids.map((id) => JSON.stringify(merged.get(id)!.traits))}::jsonb[], ${ids.map((id) => JSON.stringify(merged.get(id)!.times))}::jsonb[])
          as a (id, traits, times), jsonb_each(a.traits) as t (key, value)
      ), newer as (
        select p.id, jsonb_object_agg(p.key, p.value) as traits, jsonb_object_agg(p.key, p.said_at) as times
        from patch p join ${table} c on c.${id} = p.id
        where c.trait_times ->> p.key is null or c.trait_times ->> p.key <= p.said_at
        group by p.id
      ), changed as (
        update ${table} c
        set traits = jsonb_strip_nulls(c.traits || newer.traits), trait_times = c.trait_times || newer.times
        from newer where newer.id = c.${id} returning 1
      )
      select 1 from changed`,
  );
  await query(tx, sql`update ${table} set ${shownOf(sql.raw("traits"))} where ${id} = any(${ids}::bigint[])`);
}

/**
 * Whether nothing is known of customer `c`. Said so that the planner does not take it for rare: it would look through all
 * customers for the few, where they are found by their ids.
 */
export const isBlank = sql.raw("coalesce(c.traits = '{}' and c.trait_times = '{}', false)");

/** The address and the name that are shown follow from the traits. */
const shownOf = (traits: Sql): Sql => sql`email = lower(nullif(left(${traits} ->> 'email', 254), '')),
  display_name = left(coalesce(nullif(${traits} ->> 'name', ''),
    nullif(concat_ws(' ', coalesce(${traits} ->> 'firstName', ${traits} ->> 'first_name'), coalesce(${traits} ->> 'lastName', ${traits} ->> 'last_name')), ''),
    nullif(${traits} ->> 'email', '')), 200)`;

/** Sets the traits of customers of whom nothing is known yet by one write each, and gives the others. */
async function patchFirst(
  tx: Tx,
  table: Sql,
  id: Sql,
  ids: readonly number[],
  merged: ReadonlyMap<number, { traits: Record<string, unknown>; times: Record<string, string> }>,
): Promise<number[]> {
  const first = ids.filter((one) => Object.keys(merged.get(one)!.traits).length > 0);
  if (!first.length) return [...ids];
  const set = await query(
    tx,
    sql`update ${table} c set traits = a.traits, trait_times = a.times, ${shownOf(sql.raw("a.traits"))}
      from (select id, jsonb_strip_nulls(traits) as traits, times
        from unnest(${first}::bigint[], ${first.map((one) => JSON.stringify(merged.get(one)!.traits))}::jsonb[], ${first.map((one) => JSON.stringify(merged.get(one)!.times))}::jsonb[])
          as u (id, traits, times)) as a
      where c.${id} = a.id and ${isBlank} returning c.${id} as id`,
    z.object({ id: z.number() }),
  );
  const done = new Set(set.map((row) => row.id));
  return ids.filter((one) => !done.has(one));
}

/** Moves the time at which customers were last seen, at most once in ten minutes each: it is a rough number. */
export async function touch(tx: Tx, seen: ReadonlyMap<number, Date>): Promise<void> {
  if (!seen.size) return;
  const survivors = await mergedAmong(tx, [...seen.keys()]);
  const whole = new Map<number, Date>();
  for (const [part, at] of seen) {
    const id = survivors.get(part) ?? part;
    const before = whole.get(id);
    if (!before || before < at) whole.set(id, at);
  }
  const merged = new Set(survivors.values());
  const of = (isMerged: boolean) => new Map([...whole].filter(([id]) => merged.has(id) === isMerged));
  await touchTable(tx, sql.raw("customers"), sql.raw("id"), of(false), 10);
  if (!merged.size) return;
  // Of a merged customer the whole and its parts say the same, to the second.
  await touchTable(tx, sql.raw("customers"), sql.raw("id"), of(true), 0);
  const own = new Map([...seen].filter(([part]) => survivors.has(part)));
  await touchTable(tx, sql.raw("own_profiles"), sql.raw("customer_id"), own, 0);
}

async function touchTable(
  tx: Tx,
  table: Sql,
  id: Sql,
  seen: ReadonlyMap<number, Date>,
  minutes: number,
): Promise<void> {
  if (!seen.size) return;
  const ids = [...seen.keys()].sort((a, b) => a - b);
  await query(
    tx,
    sql`update ${table} c set last_seen_at = greatest(c.last_seen_at, a.at), first_seen_at = least(c.first_seen_at, a.at)
      from unnest(${ids}::bigint[], ${ids.map((id) => seen.get(id)!)}::timestamptz[]) as a (id, at)
      where c.${id} = a.id and (c.last_seen_at < a.at - make_interval(mins => ${minutes}::int) or c.first_seen_at > a.at)`,
  );
}

/** A customer that was joined into another. */
export interface TraitLink {
  subjectId: number;
  customerId: number;
  /** Whether its personal traits come along: not where only a public key says that the two are one. */
  personal: boolean;
}

/** The traits of joined customers go to the survivor where it has none of its own; of several, the one said last. */
export async function mergeTraits(tx: Tx, links: readonly TraitLink[]): Promise<void> {
  const last = [...new Map(links.map((link) => [link.subjectId, link])).values()];
  if (!last.length) return;
  const withheld = last.some((link) => !link.personal) ? await personalKeys(tx, last) : [];
  const survivors = await mergedAmong(
    tx,
    last.map((link) => link.customerId),
  );
  const whole = last.map((link) => ({
    ...link,
    customerId: survivors.get(link.customerId) ?? link.customerId,
  }));
  await mergeInto(tx, sql.raw("customers"), sql.raw("id"), whole, withheld);
  const own = last.filter((link) => survivors.has(link.customerId));
  if (own.length) await mergeInto(tx, sql.raw("own_profiles"), sql.raw("customer_id"), own, withheld);
}

async function mergeInto(
  tx: Tx,
  table: Sql,
  id: Sql,
  last: readonly TraitLink[],
  withheld: readonly string[],
): Promise<void> {
  await query(
    tx,
    sql`with joined as (
        select l.customer_id, l.personal, s.first_seen_at, s.last_seen_at, s.email, s.display_name, s.trait_times,
          case when l.personal then s.traits else s.traits - ${[...withheld]}::text[] end as traits
        from unnest(${last.map((one) => one.subjectId)}::bigint[], ${last.map((one) => one.customerId)}::bigint[], ${last.map((one) => one.personal)}::boolean[])
          as l (subject_id, customer_id, personal)
        join customers s on s.id = l.subject_id
      ), said as (
        select customer_id, jsonb_object_agg(key, value order by trait_times ->> key nulls first) as traits,
          jsonb_object_agg(key, trait_times -> key order by trait_times ->> key nulls first) as trait_times
        from joined, jsonb_each(traits) group by customer_id
      ), seen as (
        select customer_id, min(first_seen_at) as first_at, max(last_seen_at) as last_at,
          (array_agg(email order by last_seen_at desc) filter (where email is not null and personal))[1] as email,
          (array_agg(display_name order by last_seen_at desc) filter (where display_name is not null and personal))[1] as display_name
        from joined group by customer_id
      )
      update ${table} c set traits = coalesce(said.traits, '{}') || c.traits, trait_times = coalesce(said.trait_times, '{}') || c.trait_times,
        first_seen_at = least(c.first_seen_at, first_at), last_seen_at = greatest(c.last_seen_at, last_at),
        email = coalesce(c.email, seen.email), display_name = coalesce(c.display_name, seen.display_name)
      from seen left join said using (customer_id)
      where c.${id} = seen.customer_id`,
  );
}

/** Names of the personal traits that these subjects have. */
async function personalKeys(tx: Tx, links: readonly TraitLink[]): Promise<string[]> {
  const rows = await query(
    tx,
    sql`select distinct jsonb_object_keys(traits) as key from customers where id = any(${links.map((link) => link.subjectId)}::bigint[])`,
    z.object({ key: z.string() }),
  );
  return rows.map((row) => row.key).filter(isPersonalTrait);
}

/** Until the transaction ends, no other puts customers' rows on their way. */
export async function holdCustomerRows(tx: Tx): Promise<void> {
  await query(tx, sql`select pg_advisory_xact_lock(hashtext('customer rows'), hashtext(current_schema()))`);
}

const StateRow = z.object({
  id: z.number(),
  known: z.boolean(),
  createdAt: z.date(),
  merged: z.boolean(),
  version: z.number(),
});

/**
 * Puts the customers' rows for questions about many on their way, from the state as this transaction
 * sees it: known or not, joined or not, and which kinds of processing are allowed.
 *
 * Called after the changes, and one transaction at a time: a row that was read before another transaction's change
 * must not get a higher version than the row that this one writes. Of customers whom this transaction made, `newcomers` has
 * all that was answered for them: they need not be looked up.
 */
export async function queueCustomerRows(
  tx: Tx,
  ids: readonly number[],
  synthetic = false,
  newcomers: ReadonlyMap<number, Answers> = new Map(),
): Promise<void> {
  if (!ids.length) return;
  await holdCustomerRows(tx);
  const purposes = await listPurposes(tx);
  const channels = [
    ...new Set(purposes.flatMap((purpose) => purpose.kinds).filter((kind) => kind.startsWith("contact:"))),
  ];
  const allowed = once((answers: Answers) => ({
    profile: allows(answers, purposes, "profile") ? 1 : 0,
    contact: channels
      .filter((kind) => allows(answers, purposes, kind as `contact:${string}`))
      .map((kind) => kind.slice(8)),
  }));
  for (let start = 0; start < ids.length; start += 5_000) {
    const some = ids.slice(start, start + 5_000);
    const rows = await query(
      tx,
      sql`select c.id, c.known, c.first_seen_at as created_at, l.subject_id is not null as merged, nextval('row_versions') as version
        from customers c left join customer_links l on l.subject_id = c.id where c.id = any(${some}::bigint[])`,
      StateRow,
    );
    const answers = await answersOf(tx, some, newcomers);
    await enqueue(
      tx,
      "customers_stored",
      rows.map((row) => ({
        customer_id: row.id,
        version: row.version,
        known: row.known ? 1 : 0,
        merged: row.merged ? 1 : 0,
        created_at: row.createdAt.toISOString(),
        ...allowed(answers.get(row.id) ?? nothing),
        synthetic: synthetic ? 1 : 0,
      })),
    );
  }
}

type Answers = readonly { purpose: string; granted: boolean }[];
const nothing: Answers = [];

/** A function of a list that is asked again and again about the very same lists. */
function once<T>(work: (answers: Answers) => T): (answers: Answers) => T {
  const known = new Map<Answers, T>();
  return (answers) => {
    const before = known.get(answers);
    if (before !== undefined) return before;
    const now = work(answers);
    known.set(answers, now);
    return now;
  };
}

/** What is answered for these customers; of those whose data is only kept, nothing. */
async function answersOf(
  tx: Tx,
  ids: readonly number[],
  newcomers: ReadonlyMap<number, Answers>,
): Promise<Map<number, Answers>> {
  const answers = new Map<number, Answers>();
  const others: number[] = [];
  for (const id of ids) {
    const said = newcomers.get(id);
    if (said) answers.set(id, said);
    else others.push(id);
  }
  if (!others.length) return answers;
  const restricted = await restrictedAmong(tx, others);
  const found = new Map<number, CurrentAnswer[]>();
  for (const answer of await answersFor(tx, others)) {
    if (restricted.has(answer.customerId)) continue;
    const list = found.get(answer.customerId);
    if (list) list.push(answer);
    else found.set(answer.customerId, [answer]);
  }
  for (const [id, list] of found) answers.set(id, list);
  return answers;
}

/** Takes removed customers out of questions about many: their rows no longer count. */
export async function queueRemovedRows(tx: Tx, ids: readonly number[], at: Date): Promise<void> {
  if (!ids.length) return;
  await holdCustomerRows(tx);
  const version = await queryOne(
    tx,
    sql`select nextval('row_versions') as version`,
    z.object({ version: z.number() }),
  );
  const gone = { version: version!.version, known: 0, merged: 1, profile: 0, contact: [], synthetic: 0 };
  for (let start = 0; start < ids.length; start += 5_000) {
    const rows = ids.slice(start, start + 5_000).map((id) => ({
      customer_id: id,
      ...gone,
      created_at: at.toISOString(),
    }));
    await enqueue(tx, "customers_stored", rows);
  }
}
