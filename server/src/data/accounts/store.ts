import type { Pool } from "pg";
import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { execute, query, queryOne, sql } from "../../platform/postgres/index.ts";
import { queueMembers, storedColumns } from "./batch.ts";

type Db = Pool | Tx;

export const Account = z.object({
  id: z.number(),
  externalId: z.string(),
  name: z.string().nullable(),
  vouched: z.boolean(),
  traits: z.record(z.string(), z.unknown()),
  parentId: z.number().nullable(),
  createdAt: z.date(),
});
export type Account = z.infer<typeof Account>;

const columns = sql.raw("id, external_id, name, vouched, traits, parent_id, created_at");

export const Membership = z.object({
  id: z.number(),
  accountId: z.number(),
  customerId: z.number(),
  role: z.string().nullable(),
  since: z.date(),
  until: z.date().nullable(),
  vouched: z.boolean(),
  removed: z.boolean(),
});
export type Membership = z.infer<typeof Membership>;

const memberColumns = sql.raw("id, account_id, customer_id, role, since, until, vouched, removed");

export function accountsById(db: Db, ids: readonly number[]): Promise<Account[]> {
  if (!ids.length) return Promise.resolve([]);
  return query(db, sql`select ${columns} from accounts where id = any(${[...ids]}::bigint[])`, Account);
}

/** Ids of the accounts whose name or number begins so; all of them for no text. */
export async function searchAccounts(db: Db, text: string): Promise<number[]> {
  const prefix = `${text.toLowerCase().replace(/[\\%_]/g, "\\$&")}%`;
  const rows = await query(
    db,
    text === ""
      ? sql`select id from accounts`
      : sql`select id from accounts where lower(name) like ${prefix} or lower(external_id) like ${prefix}`,
    Account.pick({ id: true }),
  );
  return rows.map((row) => row.id);
}

/** The account itself and all below it, with who belongs to whom. */
export function accountTree(db: Db, id: number): Promise<Account[]> {
  return query(
    db,
    sql`with recursive below as (
        select id from accounts where id = ${id}
        union select a.id from accounts a join below on a.parent_id = below.id
      )
      select ${columns} from accounts where id in (select id from below) order by lower(coalesce(name, external_id)), id`,
    Account,
  );
}

/** The accounts above one, nearest first. */
export function accountsAbove(db: Db, id: number): Promise<Account[]> {
  return query(
    db,
    sql`with recursive above as (
        select parent_id, 1 as level from accounts where id = ${id}
        union all select a.parent_id, level + 1 from above join accounts a on a.id = above.parent_id where level < 1000
      )
      select a.id, a.external_id, a.name, a.vouched, a.traits, a.parent_id, a.created_at
      from above join accounts a on a.id = above.parent_id order by level`,
    Account,
  );
}

/** Memberships of these accounts, those that go on first; only of customers who are there. */
export function membersOf(db: Db, accountIds: readonly number[]): Promise<Membership[]> {
  return query(
    db,
    sql`select ${memberColumns} from memberships m
      where account_id = any(${[...accountIds]}::bigint[]) and exists (select from customers c where c.id = m.customer_id)
      order by until is not null, since, id`,
    Membership,
  );
}

/** To which accounts a customer belongs and belonged, those that go on first. */
export function membershipsOf(db: Db, customerId: number): Promise<Membership[]> {
  return query(
    db,
    sql`select ${memberColumns} from memberships where id in (
        select id from account_members where customer_id = ${customerId}
        union select m.id from customer_links l join account_members m on m.customer_id = l.subject_id where l.customer_id = ${customerId}
      ) and customer_id = ${customerId}
      order by until is not null, since desc, id`,
    Membership,
  );
}

export function findMembership(db: Db, accountId: number, id: number): Promise<Membership | undefined> {
  return queryOne(
    db,
    sql`select ${memberColumns} from memberships where account_id = ${accountId} and id = ${id}`,
    Membership,
  );
}

/** Makes an account; undefined where its number is taken. */
export async function insertAccount(
  tx: Tx,
  account: { externalId: string; traits: Record<string, unknown>; at: Date },
): Promise<Account | undefined> {
  const times = Object.fromEntries(Object.keys(account.traits).map((key) => [key, account.at.toISOString()]));
  return queryOne(
    tx,
    sql`insert into accounts (external_id, vouched, traits, trait_times, created_at)
      values (${account.externalId}, true, ${sql.json(account.traits)}, ${sql.json(times)}, ${account.at})
      on conflict (external_id) do nothing returning ${columns}`,
    Account,
  );
}

/** The hierarchy changes one link at a time: two that are right by themselves could make a circle together. */
export async function holdHierarchy(tx: Tx): Promise<void> {
  await execute(tx, sql`select pg_advisory_xact_lock(hashtext('accounts'), hashtext(current_schema()))`);
}

export async function saveParent(tx: Tx, id: number, parentId: number | null): Promise<void> {
  await execute(tx, sql`update accounts set parent_id = ${parentId}::bigint where id = ${id}`);
}

const Stored = z.object({
  id: z.number(),
  accountId: z.number(),
  customerId: z.number(),
  since: z.date(),
  until: z.date().nullable(),
  vouched: z.boolean(),
  version: z.number(),
});

/** An operator puts a customer into an account. */
export async function insertMember(
  tx: Tx,
  member: { accountId: number; customerId: number; role: string | null; since: Date; at: Date },
): Promise<number> {
  const rows = await query(
    tx,
    sql`insert into account_members (account_id, customer_id, role, role_at, since, vouched)
      values (${member.accountId}, ${member.customerId}, ${member.role}::text, ${member.role === null ? null : member.at}::timestamptz, ${member.since}, true)
      returning ${storedColumns}`,
    Stored,
  );
  await queueMembers(tx, rows);
  return rows[0]!.id;
}

/** What was said of somebody by a browser alone is true now, by an operator's word. */
export async function changeMember(
  tx: Tx,
  id: number,
  change: { role: string | null; since: Date; at: Date },
): Promise<void> {
  const rows = await query(
    tx,
    sql`update account_members set role = ${change.role}::text, role_at = ${change.at}, since = ${change.since}, vouched = true
      where id = ${id} returning ${storedColumns}`,
    Stored,
  );
  await queueMembers(tx, rows);
}

/** Ends memberships by an operator's decision: calls do not bring them back. One that had not begun ends as it begins. */
export async function endMembers(tx: Tx, ids: readonly number[], until: Date): Promise<void> {
  const rows = await query(
    tx,
    sql`update account_members set until = greatest(${until}::timestamptz, since + interval '1 millisecond'), removed = true
      where id = any(${[...ids]}::bigint[]) and until is null returning ${storedColumns}`,
    Stored,
  );
  await queueMembers(tx, rows);
}

/** Lets calls bring somebody back whom an operator had taken out. */
export async function forgetRemoval(tx: Tx, accountId: number, ids: readonly number[]): Promise<void> {
  await execute(
    tx,
    sql`update account_members set removed = false where account_id = ${accountId} and id = any(${[...ids]}::bigint[])`,
  );
}
