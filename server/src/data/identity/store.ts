import type { Pool } from "pg";
import { z } from "zod";
import { announce, type Context, type Tx } from "../../garden/index.ts";
import { enqueue } from "../../platform/outbox/index.ts";
import { execute, query, queryOne, sql } from "../../platform/postgres/index.ts";
import { type IdentityChanges, type KnownIdentities, vouchedReason } from "./book.ts";
import { devicesOf, saveDevices } from "./devices.ts";
import { givenTo, isLimited, ownersOf } from "./given.ts";
import { type Identifier, type IdentifierKind, identifierKey } from "./model.ts";
import { pairedWith, saveProposals } from "./proposals.ts";

type Db = Pool | Tx;

/** By which a plain value is found when only its hash is sent; for statements that write `kind` and `value`. */
const sha256Of = sql.raw(
  "case when kind in ('email', 'phone') then encode(sha256(convert_to(value, 'UTF8')), 'hex') end",
);

const Owner = z.object({ kind: z.string(), value: z.string(), customerId: z.number() });
const LinkRow = z.object({ subjectId: z.number(), customerId: z.number() });
const LedRow = LinkRow.extend({ partId: z.number(), reason: z.string() });
const IdRow = z.object({ id: z.number() });

/** What the store knows of these identifiers, and of these customers of the product's own events. */
export async function loadIdentities(
  db: Db,
  identifiers: readonly Identifier[],
  customerIds: readonly number[],
): Promise<KnownIdentities> {
  const owners = await ownersOf(db, identifiers);
  const devices = await devicesOf(db, [...new Set(owners.values())]);
  const users = [...devices.values()].flatMap((device) => [...device.users, device.current]);
  const direct = [...new Set([...owners.values(), ...customerIds, ...users])];
  const links = new Map<number, number>();
  const parts = new Map<number, number>();
  const vouched = new Set<number>();
  if (direct.length) {
    // Who leads to a survivor without a name comes along: when that one is joined, all of them move. Known
    // customers are never joined here, so their many visitors need not be read.
    const found = await query(
      db,
      sql`with asked as (select unnest(${direct}::bigint[]) as id),
        led as (select l.subject_id, l.customer_id, l.part_id, l.reason from asked join customer_links l on l.subject_id = asked.id),
        nameless as (
          select c.id from (select id from asked union select customer_id from led) as a join customers c on c.id = a.id where not c.known
        )
        select subject_id, customer_id, part_id, reason from led
        union select l.subject_id, l.customer_id, l.part_id, l.reason from nameless join customer_links l on l.customer_id = nameless.id`,
      LedRow,
    );
    for (const row of found) {
      links.set(row.subjectId, row.customerId);
      parts.set(row.subjectId, row.partId);
      if (row.reason === vouchedReason) vouched.add(row.subjectId);
    }
  }
  const all = [...new Set([...direct, ...links.values(), ...parts.values()])];
  const found = all.length
    ? await query(
        db,
        sql`select c.id, c.known, p.customer_id is not null as merged
          from customers c left join customer_parts p on p.customer_id = c.id where c.id = any(${all}::bigint[])`,
        IdRow.extend({ known: z.boolean(), merged: z.boolean() }),
      )
    : [];
  const known = found.flatMap((row) => (row.known ? [row.id] : []));
  // Only who is about to be given something can come to a limit.
  const isNew = identifiers.some(
    ({ kind, value }) => isLimited(kind) && !owners.has(identifierKey(kind, value)),
  );
  return {
    owners,
    links,
    parts,
    merged: new Set(found.flatMap((row) => (row.merged ? [row.id] : []))),
    known: new Set(known),
    given: isNew ? await givenTo(db, known) : [],
    devices,
    // Only by these are people proposed who share a name.
    paired: identifiers.some(({ kind }) => /^(?:email|phone)/.test(kind))
      ? await pairedWith(db, known)
      : new Map(),
    vouched,
  };
}

/** As many new ids from the garden's sequence. Unused ones are lost, which does no harm. */
export async function newCustomerIds(db: Db, count: number): Promise<number[]> {
  if (count === 0) return [];
  const rows = await query(
    db,
    sql`select nextval('customer_ids') as id from generate_series(1, ${count}::int)`,
    IdRow,
  );
  return rows.map((row) => row.id);
}

/** Another transaction gave one of these identifiers away first: the batch is done again. */
export class IdentityRace extends Error {}

/** Saves what a batch found out. Throws IdentityRace when an identifier was given away meanwhile. */
export async function saveIdentities(
  tx: Tx,
  ctx: Pick<Context, "now">,
  changes: IdentityChanges,
  sourceId: number | null,
): Promise<void> {
  const { created, identifiers, madeKnown, links, proposals, vouched, devices } = changes;
  if (identifiers.length) {
    const given = await execute(
      tx,
      sql`insert into identifiers (kind, value, customer_id, source_id, first_seen_at, sha256)
        select kind, value, customer_id, ${sourceId}::bigint, at, ${sha256Of} from unnest(${identifiers.map((one) => one.kind)}::text[], ${identifiers.map((one) => one.value)}::text[],
          ${identifiers.map((one) => one.customerId)}::bigint[], ${identifiers.map((one) => one.at)}::timestamptz[]) as a (kind, value, customer_id, at)
        order by kind, value
        on conflict do nothing`,
    );
    if (given !== identifiers.length)
      throw new IdentityRace("An identifier was given away by another transaction.");
  }
  if (created.length) {
    await query(
      tx,
      sql`insert into customers (id, known, created_at, first_seen_at, last_seen_at)
        select id, known, ${ctx.now()}, at, at from unnest(${created.map((one) => one.id)}::bigint[], ${created.map((one) => one.known)}::boolean[],
          ${created.map((one) => one.at)}::timestamptz[]) as a (id, known, at)`,
    );
  }
  if (madeKnown.length)
    await query(tx, sql`update customers set known = true where id = any(${madeKnown}::bigint[])`);
  if (proposals.length) await saveProposals(tx, ctx, proposals);
  if (links.length) await saveLinks(tx, links);
  if (vouched.length) {
    await query(
      tx,
      sql`update customer_links set reason = ${vouchedReason} where subject_id = any(${vouched}::bigint[])`,
    );
  }
  if (devices.size) await saveDevices(tx, devices);
}

/** Joins ids into customers: in Postgres, on the way to the event store, and told to those who listen. */
async function saveLinks(tx: Tx, links: IdentityChanges["links"]): Promise<void> {
  // The last link of a subject in a batch is the one that holds.
  const last = [...new Map(links.map((link) => [link.subjectId, link])).values()];
  const version = (await queryOne(tx, sql`select nextval('row_versions') as id`, IdRow))!.id;
  await query(
    tx,
    sql`insert into customer_links (subject_id, customer_id, part_id, reason, version, linked_at)
      select subject_id, customer_id, part_id, reason, ${version}::bigint, at from unnest(${last.map((one) => one.subjectId)}::bigint[], ${last.map((one) => one.customerId)}::bigint[],
        ${last.map((one) => one.partId)}::bigint[], ${last.map((one) => one.reason)}::text[], ${last.map((one) => one.at)}::timestamptz[]) as a (subject_id, customer_id, part_id, reason, at)
      on conflict (subject_id) do update set customer_id = excluded.customer_id, part_id = excluded.part_id, reason = excluded.reason,
        version = excluded.version, linked_at = excluded.linked_at`,
  );
  await enqueue(
    tx,
    "customer_links",
    last.map((link) => ({ subject_id: link.subjectId, customer_id: link.customerId, version })),
  );
  await announce(tx, "identity.linked", {
    links: last.map(({ subjectId, customerId, partId }) => ({ subjectId, customerId, partId })),
  });
}

/** Where links lead from these ids: themselves, where they were never joined. */
export async function survivorsOf(db: Db, ids: readonly number[]): Promise<Map<number, number>> {
  const rows = await query(
    db,
    sql`select subject_id, customer_id from customer_links where subject_id = any(${[...ids]}::bigint[])`,
    LinkRow,
  );
  const links = new Map(rows.map((row) => [row.subjectId, row.customerId]));
  return new Map(ids.map((id) => [id, links.get(id) ?? id]));
}

/**
 * Whether the brand itself said that this visitor is the customer that it leads to, and not only its browser. On a browser
 * of several people it says so of nobody.
 */
export async function isVouched(db: Db, subjectId: number): Promise<boolean> {
  const row = await queryOne(
    db,
    sql`select subject_id as id from customer_links where subject_id = ${subjectId} and reason = ${vouchedReason}
        and not exists (select 1 from shared_devices where visitor_id = ${subjectId})`,
    IdRow,
  );
  return row !== undefined;
}

/** The customer and all ids that were joined into it. */
export async function idsOf(db: Db, customerId: number): Promise<number[]> {
  const rows = await query(
    db,
    sql`select subject_id as id from customer_links where customer_id = ${customerId}`,
    IdRow,
  );
  return [customerId, ...rows.map((row) => row.id)];
}

/** The customer behind an identifier, if anyone has it. */
export async function findCustomer(db: Db, kind: IdentifierKind, value: string): Promise<number | undefined> {
  const row = await queryOne(
    db,
    sql`select coalesce(l.customer_id, i.customer_id) as id from identifiers i
      left join customer_links l on l.subject_id = i.customer_id
      where i.kind = ${kind} and i.value = ${value}`,
    IdRow,
  );
  return row?.id;
}

/** Which part of its customer has an identifier, if anyone has it: for whom what it brings is written. */
export async function findPart(db: Db, kind: IdentifierKind, value: string): Promise<number | undefined> {
  const row = await queryOne(
    db,
    sql`select coalesce(l.part_id, i.customer_id) as id from identifiers i
      left join customer_links l on l.subject_id = i.customer_id
      where i.kind = ${kind} and i.value = ${value}`,
    IdRow,
  );
  return row?.id;
}

/** To which part of its customer an id leads by events alone. */
export async function partOf(db: Db, id: number): Promise<number> {
  const row = await queryOne(
    db,
    sql`select part_id as id from customer_links where subject_id = ${id}`,
    IdRow,
  );
  return row?.id ?? id;
}

/** The identifiers of a customer, those of ids joined into it included. */
export function identifiersOf(db: Db, ids: readonly number[]) {
  return query(
    db,
    sql`select kind, value, customer_id, first_seen_at from identifiers where customer_id = any(${[...ids]}::bigint[]) order by first_seen_at, kind, value limit 100`,
    Owner.extend({ firstSeenAt: z.date() }),
  );
}

/**
 * Finds or makes the customers of an import: one id for each value, in the same order, and which of them are new. Of a
 * customer whom an operator merged it is the part that has the value. Values are cleaned before, and `at` is when each was
 * first seen. They are known unless the values are those of browsers.
 */
export async function resolveMany(
  tx: Tx,
  ctx: Context,
  kind: IdentifierKind,
  values: readonly string[],
  at: readonly Date[],
  known = true,
): Promise<{ ids: number[]; made: number[] }> {
  if (!values.length) return { ids: [], made: [] };
  const made = await query(
    tx,
    sql`with wanted as (
        select kind, value, nextval('customer_ids') as id, at
        from (select ${kind}::text as kind, value, min(at) as at from unnest(${[...values]}::text[], ${[...at]}::timestamptz[]) as a (value, at) group by value order by value) as w
        where not exists (select 1 from identifiers i where i.kind = w.kind and i.value = w.value)
      ), given as (
        insert into identifiers (kind, value, customer_id, first_seen_at, sha256)
        select kind, value, id, at, ${sha256Of} from wanted on conflict do nothing returning value, customer_id
      )
      insert into customers (id, known, created_at, first_seen_at, last_seen_at)
      select given.customer_id, ${known}::boolean, ${ctx.now()}, wanted.at, wanted.at from given join wanted on wanted.value = given.value and wanted.id = given.customer_id
      returning id`,
    IdRow,
  );
  const rows = await query(
    tx,
    sql`select a.value, coalesce(l.part_id, i.customer_id) as customer_id, i.kind
      from (select distinct value from unnest(${[...values]}::text[]) as u (value)) as a
      join identifiers i on i.kind = ${kind} and i.value = a.value
      left join customer_links l on l.subject_id = i.customer_id`,
    Owner,
  );
  const byValue = new Map(rows.map((row) => [row.value, row.customerId]));
  // A visitor without a name becomes known by an imported id of its own.
  if (known)
    await query(
      tx,
      sql`update customers set known = true where id = any(${[...byValue.values()]}::bigint[]) and not known`,
    );
  return { ids: values.map((value) => byValue.get(value)!), made: made.map((row) => row.id) };
}

/** Those of the customers that have more than one identifier, were joined, or may be somebody else. */
export async function whoIsLinked(tx: Tx, customerIds: readonly number[]): Promise<number[]> {
  const ids = [...customerIds];
  const rows = await query(
    tx,
    sql`select customer_id as id from identifiers where customer_id = any(${ids}::bigint[]) group by customer_id having count(*) > 1
      union select subject_id from customer_links where subject_id = any(${ids}::bigint[])
      union select customer_id from customer_links where customer_id = any(${ids}::bigint[])
      union select customer_a from merge_proposals where customer_a = any(${ids}::bigint[])
      union select customer_b from merge_proposals where customer_b = any(${ids}::bigint[])`,
    IdRow,
  );
  return rows.map((row) => row.id);
}

/** Removes customers with their identifiers and traits; nothing may lead to them any more. */
export async function removeCustomers(tx: Tx, customerIds: readonly number[]): Promise<void> {
  const ids = [...customerIds];
  await query(tx, sql`delete from identifiers where customer_id = any(${ids}::bigint[])`);
  await query(tx, sql`delete from customers where id = any(${ids}::bigint[])`);
}
