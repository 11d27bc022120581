import { type Context, record, type Tx } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { refuse } from "../../platform/refusal.ts";
import { usableId } from "../identity/index.ts";
import { getCustomer } from "../profiles/index.ts";
import { saveSaid } from "./batch.ts";
import { roleOf, type Traits } from "./model.ts";
import * as store from "./store.ts";

const shownAs = (id: number) => publicId("account", id);

/** Refuses account.missing. */
export async function getAccount(ctx: Context, id: number | undefined, tx?: Tx): Promise<store.Account> {
  const [account] = id === undefined ? [] : await store.accountsById(tx ?? ctx.pool, [id]);
  return account ?? refuse("missing", "account.missing", "There is no such account.");
}

const without = (traits: Traits) =>
  Object.fromEntries(Object.entries(traits).filter(([, value]) => value !== null && value !== ""));

/** Makes an account by hand. Refuses account.bad_number, account.exists, account.nameless. */
export async function createAccount(
  ctx: Context,
  input: { number: string; traits: Traits },
): Promise<store.Account> {
  ctx.require("data:write");
  const externalId = usableId(input.number);
  if (externalId === undefined)
    refuse(
      "invalid",
      "account.bad_number",
      "Give the account a number that names one company: not 0, null or unknown.",
    );
  const traits = without(input.traits);
  if (typeof traits.name !== "string")
    refuse("invalid", "account.nameless", "Give the account a name, so that people find it.");
  return ctx.inTransaction(async (tx) => {
    const account = await store.insertAccount(tx, { externalId, traits, at: ctx.now() });
    if (!account)
      refuse("conflict", "account.exists", `There is an account ${externalId} already. Change that one.`);
    await record(tx, ctx, "account.created", shownAs(account.id), null, { number: externalId, traits });
    return account;
  });
}

/** Changes traits; null or an empty text removes one. Refuses account.missing. */
export async function changeAccount(ctx: Context, id: number | undefined, change: Traits): Promise<void> {
  ctx.require("data:write");
  await ctx.inTransaction(async (tx) => {
    const before = await getAccount(ctx, id, tx);
    const traits = Object.fromEntries(
      Object.entries(change).map(([key, value]) => [key, value === "" ? null : value]),
    );
    await saveSaid(tx, new Map([[before.id, [{ traits, at: ctx.now() }]]]));
    const after = await getAccount(ctx, before.id, tx);
    await record(tx, ctx, "account.changed", shownAs(before.id), before.traits, after.traits);
  });
}

/** Says to which account one belongs. Refuses account.missing, account.circle. */
export async function setParent(
  ctx: Context,
  id: number | undefined,
  parentId: number | null | undefined,
): Promise<void> {
  ctx.require("data:write");
  await ctx.inTransaction(async (tx) => {
    await store.holdHierarchy(tx);
    const account = await getAccount(ctx, id, tx);
    const parent = parentId === null ? null : await getAccount(ctx, parentId, tx);
    const above = parent ? [parent, ...(await store.accountsAbove(tx, parent.id))] : [];
    if (above.some((one) => one.id === account.id))
      refuse(
        "conflict",
        "account.circle",
        "The chosen account is this one or belongs to it. An account cannot be below itself.",
      );
    await store.saveParent(tx, account.id, parent?.id ?? null);
    await record(
      tx,
      ctx,
      "account.parent_changed",
      shownAs(account.id),
      { parent: account.parentId === null ? null : shownAs(account.parentId) },
      { parent: parent ? shownAs(parent.id) : null },
    );
  });
}

export interface MemberInput {
  customerId: number | undefined;
  role: string;
  /** From when on the customer's events are the account's; now where nothing is said. */
  since: Date | undefined;
}

/** Puts a customer into an account. Refuses account.missing, customer.missing, member.exists, member.in_the_future. */
export async function addMember(ctx: Context, id: number | undefined, input: MemberInput): Promise<void> {
  ctx.require("data:write");
  const customer = await getCustomer(ctx, input.customerId);
  const since = input.since ?? ctx.now();
  if (since > ctx.now()) refuse("invalid", "member.in_the_future", "A membership begins today or before.");
  const role = roleOf(input.role) ?? null;
  await ctx.inTransaction(async (tx) => {
    const account = await getAccount(ctx, id, tx);
    // One membership at a time: two operators may add the same customer.
    await store.holdHierarchy(tx);
    const own = (await store.membershipsOf(tx, customer.id)).filter((one) => one.accountId === account.id);
    const open = own.find((one) => one.until === null);
    if (open?.vouched) refuse("conflict", "member.exists", "This customer belongs to the account already.");
    await store.forgetRemoval(
      tx,
      account.id,
      own.map((one) => one.id),
    );
    if (open) await store.changeMember(tx, open.id, { role, since, at: ctx.now() });
    else
      await store.insertMember(tx, {
        accountId: account.id,
        customerId: customer.id,
        role,
        since,
        at: ctx.now(),
      });
    await record(tx, ctx, "account.member_added", shownAs(account.id), null, {
      customer: publicId("customer", customer.id),
      role,
    });
  });
}

/** Says what a member is there, and that it is true. Refuses account.missing, member.missing. */
export async function changeRole(
  ctx: Context,
  id: number | undefined,
  memberId: number,
  text: string,
): Promise<void> {
  ctx.require("data:write");
  const role = roleOf(text) ?? null;
  await ctx.inTransaction(async (tx) => {
    const { account, member } = await openMember(ctx, tx, id, memberId);
    await store.changeMember(tx, member.id, { role, since: member.since, at: ctx.now() });
    const customer = publicId("customer", member.customerId);
    await record(
      tx,
      ctx,
      "account.role_changed",
      shownAs(account.id),
      { customer, role: member.role },
      { customer, role },
    );
  });
}

/** Takes a member out; what they did until now stays the account's. Refuses account.missing, member.missing. */
export async function removeMember(ctx: Context, id: number | undefined, memberId: number): Promise<void> {
  ctx.require("data:write");
  await ctx.inTransaction(async (tx) => {
    const { account, member } = await openMember(ctx, tx, id, memberId);
    // Of a customer merged from several each part may have a membership of its own.
    const all = (await store.membershipsOf(tx, member.customerId)).filter(
      (one) => one.accountId === account.id,
    );
    await store.endMembers(
      tx,
      all.map((one) => one.id),
      ctx.now(),
    );
    await record(
      tx,
      ctx,
      "account.member_removed",
      shownAs(account.id),
      { customer: publicId("customer", member.customerId), role: member.role },
      null,
    );
  });
}

async function openMember(ctx: Context, tx: Tx, id: number | undefined, memberId: number) {
  const account = await getAccount(ctx, id, tx);
  const member = await store.findMembership(tx, account.id, memberId);
  if (!member || member.until !== null)
    refuse("missing", "member.missing", "This customer does not belong to the account, or not any more.");
  return { account, member };
}
