import { hashPassword } from "better-auth/crypto";
import { refuse } from "../../platform/refusal.ts";
import { type Context, record } from "../context.ts";
import type { Role } from "../model.ts";
import { newOneTimePassword, type Operator, oneTimeDays } from "./model.ts";
import * as store from "./store.ts";

/** What stands in the audit trail of an operator. */
const shown = ({ name, email, role }: Operator) => ({ name, email, role });
const oneTimeEnd = (now: Date) => new Date(now.getTime() + oneTimeDays * 86_400_000);

/** Lets a colleague in with a password that works once. Refuses operator.email_taken. */
export async function inviteOperator(
  ctx: Context,
  input: { name: string; email: string; role: Role },
): Promise<{ operator: Operator; oneTimePassword: string }> {
  ctx.require("operators:write");
  const oneTimePassword = newOneTimePassword();
  const passwordHash = await hashPassword(oneTimePassword);
  const operator = await ctx.inTransaction(async (tx) => {
    const at = ctx.now();
    const saved = await store.insertOperator(tx, {
      ...input,
      passwordHash,
      oneTimeUntil: oneTimeEnd(at),
      at,
    });
    if (!saved)
      refuse(
        "conflict",
        "operator.email_taken",
        `There is already an operator with the address ${input.email}.`,
      );
    await record(tx, ctx, "operator.invited", saved.id, null, shown(saved));
    return saved;
  });
  return { operator, oneTimePassword };
}

/** Refuses operator.missing, operator.last_owner. */
export async function changeOperator(
  ctx: Context,
  id: string,
  input: { name?: string; role?: Role },
): Promise<Operator> {
  ctx.require("operators:write");
  return ctx.inTransaction(async (tx) => {
    const operators = await store.lockOperators(tx);
    const before = find(operators, id);
    const after = { ...before, name: input.name ?? before.name, role: input.role ?? before.role };
    if (before.role === "owner" && after.role !== "owner") refuseLastOwner(operators, id);
    await store.saveOperator(tx, after, ctx.now());
    await record(tx, ctx, "operator.changed", id, shown(before), shown(after));
    return after;
  });
}

/** Takes an operator's access away at once. Refuses operator.missing, operator.last_owner. */
export async function removeOperator(ctx: Context, id: string): Promise<void> {
  ctx.require("operators:write");
  await ctx.inTransaction(async (tx) => {
    const operators = await store.lockOperators(tx);
    const before = find(operators, id);
    if (before.role === "owner") refuseLastOwner(operators, id);
    await store.deleteOperator(tx, id);
    await record(tx, ctx, "operator.removed", id, shown(before), null);
  });
}

/** A new one-time password for who forgot theirs; ends their sessions. Refuses operator.missing. */
export async function resetPassword(ctx: Context, id: string): Promise<{ oneTimePassword: string }> {
  ctx.require("operators:write");
  const oneTimePassword = newOneTimePassword();
  const passwordHash = await hashPassword(oneTimePassword);
  await ctx.inTransaction(async (tx) => {
    const operator = find(await store.lockOperators(tx), id);
    await store.saveOperator(tx, { ...operator, oneTimeUntil: oneTimeEnd(ctx.now()) }, ctx.now());
    await store.replacePassword(tx, id, passwordHash, ctx.now());
    await record(tx, ctx, "operator.password_reset", id, null, null);
  });
  return { oneTimePassword };
}

function find(operators: Operator[], id: string): Operator {
  return (
    operators.find((operator) => operator.id === id) ??
    refuse("missing", "operator.missing", "There is no such operator.")
  );
}

function refuseLastOwner(operators: Operator[], id: string): void {
  if (operators.some((operator) => operator.role === "owner" && operator.id !== id)) return;
  refuse("conflict", "operator.last_owner", "This is the last owner. Make somebody else an owner first.");
}
