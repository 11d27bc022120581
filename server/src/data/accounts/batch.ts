import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { enqueue } from "../../platform/outbox/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { IdentityRace } from "../identity/index.ts";
import { AccountBook, type AccountChanges, type KnownMember, type ToldMember } from "./book.ts";
import { foldAccount } from "./model.ts";

const AccountRow = z.object({ id: z.number(), externalId: z.string(), vouched: z.boolean() });
const MemberRow = z.object({
  customerId: z.number(),
  accountId: z.number(),
  writtenFor: z.number(),
  since: z.date(),
  until: z.date().nullable(),
  vouched: z.boolean(),
  removed: z.boolean(),
});

/** Reads the accounts that a batch names, and which its customers belong to. */
export async function loadAccounts(
  tx: Tx,
  names: readonly string[],
  customerIds: readonly number[],
): Promise<AccountBook> {
  const ids = [...customerIds];
  const rows = await query(
    tx,
    sql`select customer_id, account_id, written_customer_id as written_for, since, until, vouched, removed from memberships
      where id in (
        select id from account_members where customer_id = any(${ids}::bigint[])
        union select m.id from customer_links l join account_members m on m.customer_id = l.subject_id where l.customer_id = any(${ids}::bigint[])
      )`,
    MemberRow,
  );
  const members = new Map<number, KnownMember[]>();
  for (const { customerId, ...member } of rows)
    members.set(customerId, [...(members.get(customerId) ?? []), member]);
  // Batches without a name of an account, nearly all, end here.
  if (!names.length)
    return new AccountBook({ accounts: [], members }, () => {
      throw new RangeError("No account is named in this batch.");
    });
  const wanted = [...new Set(names)];
  const accounts = await query(
    tx,
    sql`select id, external_id, vouched from accounts where external_id = any(${wanted}::text[])`,
    AccountRow,
  );
  const fresh =
    wanted.length > accounts.length
      ? await query(
          tx,
          sql`select nextval('account_ids') as id from generate_series(1, ${wanted.length - accounts.length}::int)`,
          z.object({ id: z.number() }),
        )
      : [];
  return new AccountBook({ accounts, members }, () => fresh.pop()!.id);
}

/** Saves what a batch said of accounts. Throws IdentityRace when another batch made one of them meanwhile. */
export async function saveAccounts(tx: Tx, { created, said, members }: AccountChanges): Promise<void> {
  if (created.length) {
    const inOrder = [...created].sort((a, b) => (a.externalId < b.externalId ? -1 : 1));
    const made = await query(
      tx,
      sql`insert into accounts (id, external_id, vouched, created_at)
        select id, external_id, false, at
        from unnest(${inOrder.map((one) => one.id)}::bigint[], ${inOrder.map((one) => one.externalId)}::text[], ${inOrder.map((one) => one.at)}::timestamptz[]) as a (id, external_id, at)
        on conflict (external_id) do nothing returning id`,
      z.object({ id: z.number() }),
    );
    if (made.length < created.length) throw new IdentityRace("An account was made by another transaction.");
    // An event of the brand's own that only names an account vouches for it too.
    for (const one of created)
      if (one.vouched && !said.has(one.id)) said.set(one.id, [{ traits: {}, at: one.at }]);
  }
  await saveSaid(tx, said);
  await saveMembers(tx, members);
}

const StateRow = z.object({
  id: z.number(),
  traits: z.record(z.string(), z.unknown()),
  times: z.record(z.string(), z.string()),
  vouched: z.boolean(),
});

/** Folds what was said into accounts that are there. */
export async function saveSaid(tx: Tx, said: AccountChanges["said"]): Promise<void> {
  if (!said.size) return;
  const rows = await query(
    tx,
    sql`select id, traits, trait_times as times, vouched from accounts where id = any(${[...said.keys()]}::bigint[]) order by id for update`,
    StateRow,
  );
  const after = rows.map((row) => ({ id: row.id, ...foldAccount(row, said.get(row.id)!) }));
  await query(
    tx,
    sql`update accounts t set traits = a.traits, trait_times = a.times, vouched = a.vouched
      from unnest(${after.map((one) => one.id)}::bigint[], ${after.map((one) => JSON.stringify(one.traits))}::jsonb[], ${after.map((one) => JSON.stringify(one.times))}::jsonb[], ${after.map((one) => one.vouched)}::boolean[])
        as a (id, traits, times, vouched)
      where a.id = t.id`,
  );
}

const StoredMember = z.object({
  id: z.number(),
  accountId: z.number(),
  customerId: z.number(),
  since: z.date(),
  until: z.date().nullable(),
  vouched: z.boolean(),
  version: z.number(),
});

/** The columns of a membership that the event store keeps; the number makes the newest of its versions known. */
export const storedColumns = sql.raw(
  "id, account_id, customer_id, since, until, vouched, nextval('row_versions') as version",
);

/** Puts memberships on their way to the event store, as they are now. */
export async function queueMembers(tx: Tx, rows: readonly z.infer<typeof StoredMember>[]): Promise<void> {
  if (!rows.length) return;
  await enqueue(
    tx,
    "account_members_stored",
    rows.map((row) => ({
      membership_id: row.id,
      account_id: row.accountId,
      customer_id: row.customerId,
      since: row.since.toISOString(),
      until: row.until?.toISOString() ?? null,
      vouched: row.vouched ? 1 : 0,
      version: row.version,
    })),
  );
}

/**
 * Saves memberships as calls told them. The role that was said last counts, and the first time; what a browser said gives
 * way to what the brand says.
 */
export async function saveMembers(tx: Tx, told: readonly ToldMember[]): Promise<void> {
  const folded = [...foldTold(told).values()];
  if (!folded.length) return;
  const rows = await query(
    tx,
    sql`insert into account_members as m (account_id, customer_id, role, role_at, since, vouched)
      select account_id, customer_id, role, role_at, since, vouched
      from unnest(${folded.map((one) => one.accountId)}::bigint[], ${folded.map((one) => one.customerId)}::bigint[], ${folded.map((one) => one.role ?? null)}::text[],
        ${folded.map((one) => one.roleAt)}::timestamptz[], ${folded.map((one) => one.since)}::timestamptz[], ${folded.map((one) => one.vouched)}::boolean[])
        as a (account_id, customer_id, role, role_at, since, vouched)
      order by account_id, customer_id
      on conflict (account_id, customer_id) where until is null do update set
        role = case when excluded.vouched and not m.vouched then excluded.role
          when excluded.role is not null and coalesce(excluded.role_at >= m.role_at, true) then excluded.role else m.role end,
        role_at = case when excluded.vouched and not m.vouched then excluded.role_at
          when excluded.role is not null and coalesce(excluded.role_at >= m.role_at, true) then excluded.role_at else m.role_at end,
        since = case when excluded.vouched and not m.vouched then excluded.since else least(m.since, excluded.since) end,
        vouched = m.vouched or excluded.vouched
      where excluded.vouched or not m.vouched
      returning ${storedColumns}`,
    StoredMember,
  );
  await queueMembers(tx, rows);
}

interface FoldedMember {
  accountId: number;
  customerId: number;
  role: string | undefined;
  roleAt: Date | null;
  since: Date;
  vouched: boolean;
}

/** One row for each membership of a batch: Postgres takes a row once in a statement. */
function foldTold(told: readonly ToldMember[]): Map<string, FoldedMember> {
  const folded = new Map<string, FoldedMember>();
  for (const { accountId, customerId, role, at, vouched } of told) {
    const key = `${accountId} ${customerId}`;
    const before = folded.get(key);
    if (!before || (vouched && !before.vouched)) {
      folded.set(key, { accountId, customerId, role, roleAt: role ? at : null, since: at, vouched });
      continue;
    }
    if (before.vouched && !vouched) continue;
    if (at < before.since) before.since = at;
    if (role !== undefined && (before.roleAt === null || at >= before.roleAt)) {
      before.role = role;
      before.roleAt = at;
    }
  }
  return folded;
}
