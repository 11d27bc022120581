import { z } from "zod";
import { enqueue } from "../../data/events/index.ts";
import { type Part, partsOf } from "../../data/identity/index.ts";
import type { Context, Tx } from "../../garden/index.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { queueArms } from "./arms.ts";
import { Arm, type ArmState, joinArms } from "./model.ts";

const OwnRow = z.object({
  customerId: z.number(),
  arm: Arm.nullable(),
  decidedAt: z.date().nullable(),
  mixedAt: z.date().nullable(),
});

/**
 * The arm of a customer whom an operator merged from several, the survivor first: as with any join the survivor keeps its
 * own, takes over another's where it has none, and is left out of the comparison where two arms met.
 */
export function foldArms(
  parts: readonly Pick<Part, "customerId" | "mergedAt">[],
  own: ReadonlyMap<number, ArmState>,
): ArmState | undefined {
  let whole: ArmState | undefined;
  for (const { customerId, mergedAt } of parts)
    whole = joinArms(whole, own.get(customerId), mergedAt ?? new Date(0));
  return whole;
}

/** An operator merged customers, or a visitor joined one of them: what counts for the whole follows from its parts. */
export async function followMerge(tx: Tx, ids: readonly number[]): Promise<void> {
  const groups = new Map<number, Part[]>();
  for (const part of await partsOf(tx, ids)) {
    const parts = groups.get(part.survivorId);
    if (parts) parts.push(part);
    else groups.set(part.survivorId, [part]);
  }
  for (const parts of groups.values()) {
    await keepOwnArms(tx, parts);
    await foldGroup(tx, parts);
  }
}

/**
 * A merge was taken back. Each of the two has its own arm again. Were decisions made for them as one since, they were made
 * by one arm: who had none of its own keeps that one, and who had the other is left out of the comparison from now on.
 */
export async function followUnmerge(
  tx: Tx,
  ctx: Context,
  ask: { survivorId: number; joinedId: number; mergedAt: Date },
): Promise<void> {
  const both = [ask.survivorId, ask.joinedId];
  const decided = await queryOne(
    tx,
    sql`select min(decided_at) as at from decisions where customer_id = ${ask.survivorId} and decided_at >= ${ask.mergedAt}`,
    z.object({ at: z.date().nullable() }),
  );
  const whole = (await armsOf(tx, "holdout_arms", [ask.survivorId])).get(ask.survivorId);
  if (decided?.at && whole) {
    const own = await armsOf(tx, "own_arms", both);
    for (const id of both) {
      const before = own.get(id);
      const after = before
        ? { ...before, mixedAt: before.mixedAt ?? (before.arm === whole.arm ? null : ctx.now()) }
        : { ...whole, decidedAt: decided.at, mixedAt: null };
      await saveOwn(tx, id, after);
    }
  }
  await followMerge(tx, both);
  const grouped = new Set((await partsOf(tx, both)).map((part) => part.customerId));
  for (const id of both) if (!grouped.has(id)) await standAlone(tx, ctx, id);
}

/** A visitor joined one part of a merged customer: the arm it had meets that part's own. */
export async function joinOwnArm(tx: Tx, ctx: Context, partId: number, arm: ArmState): Promise<void> {
  const own = (await armsOf(tx, "own_arms", [partId])).get(partId);
  await saveOwn(tx, partId, joinArms(own, arm, ctx.now())!);
}

/** What each part had before, kept once: later entries of the log do not touch it. */
export async function keepOwnArms(tx: Tx, parts: readonly Part[]): Promise<void> {
  await query(
    tx,
    sql`insert into own_arms (customer_id, arm, decided_at, mixed_at)
      select a.id, h.arm, h.decided_at, h.mixed_at from unnest(${parts.map((part) => part.customerId)}::bigint[]) as a (id)
      left join holdout_arms h on h.customer_id = a.id on conflict do nothing`,
  );
  // Drawn since for the whole, which had none: it is the survivor's.
  await query(
    tx,
    sql`update own_arms o set arm = h.arm, decided_at = h.decided_at, mixed_at = h.mixed_at from holdout_arms h
      where o.customer_id = any(${parts.map((part) => part.survivorId)}::bigint[]) and h.customer_id = o.customer_id and o.arm is null
        and not exists (select 1 from own_arms p where p.customer_id = any(${parts.map((part) => part.customerId)}::bigint[]) and p.arm is not null)`,
  );
}

async function foldGroup(tx: Tx, parts: readonly Part[]): Promise<void> {
  const own = await armsOf(
    tx,
    "own_arms",
    parts.map((part) => part.customerId),
  );
  const { survivorId } = parts[0]!;
  const whole = foldArms(parts, own);
  for (const { customerId } of parts) {
    const arm = customerId === survivorId ? whole : own.get(customerId);
    await saveArm(tx, customerId, arm, customerId === survivorId ? null : survivorId);
  }
  await queueArms(
    tx,
    parts.map((part) => part.customerId),
  );
}

async function standAlone(tx: Tx, ctx: Context, customerId: number): Promise<void> {
  const kept = await queryOne(
    tx,
    sql`delete from own_arms where customer_id = ${customerId} returning customer_id, arm, decided_at, mixed_at`,
    OwnRow,
  );
  if (!kept) return;
  await saveArm(tx, customerId, stateOf(kept), null);
  if (kept.arm) await queueArms(tx, [customerId]);
  else await queueNoArm(tx, ctx, customerId);
}

async function saveArm(
  tx: Tx,
  id: number,
  arm: ArmState | undefined,
  mergedInto: number | null,
): Promise<void> {
  if (!arm) {
    await query(tx, sql`delete from holdout_arms where customer_id = ${id}`);
    return;
  }
  await query(
    tx,
    sql`insert into holdout_arms (customer_id, arm, decided_at, mixed_at, merged_into)
      values (${id}, ${arm.arm}, ${arm.decidedAt}, ${arm.mixedAt}, ${mergedInto})
      on conflict (customer_id) do update set arm = excluded.arm, decided_at = excluded.decided_at,
        mixed_at = excluded.mixed_at, merged_into = excluded.merged_into`,
  );
}

async function saveOwn(tx: Tx, id: number, arm: ArmState): Promise<void> {
  await query(
    tx,
    sql`insert into own_arms (customer_id, arm, decided_at, mixed_at) values (${id}, ${arm.arm}, ${arm.decidedAt}, ${arm.mixedAt})
      on conflict (customer_id) do update set arm = excluded.arm, decided_at = excluded.decided_at, mixed_at = excluded.mixed_at`,
  );
}

async function armsOf(tx: Tx, table: "own_arms" | "holdout_arms", ids: readonly number[]) {
  const rows = await query(
    tx,
    sql`select customer_id, arm, decided_at, mixed_at from ${sql.ident(table)} where customer_id = any(${[...ids]}::bigint[])`,
    OwnRow,
  );
  return new Map(
    rows.flatMap((row) => {
      const state = stateOf(row);
      return state ? [[row.customerId, state] as const] : [];
    }),
  );
}

const stateOf = ({ arm, decidedAt, mixedAt }: z.infer<typeof OwnRow>): ArmState | undefined =>
  arm && decidedAt ? { arm, decidedAt, mixedAt } : undefined;

/** In the event store a row that counts no more stands for one that is gone. */
async function queueNoArm(tx: Tx, ctx: Context, customerId: number): Promise<void> {
  const row = await queryOne(
    tx,
    sql`select nextval('row_versions') as version`,
    z.object({ version: z.number() }),
  );
  await enqueue(tx, "holdout_arms_stored", [
    {
      customer_id: customerId,
      arm: "treated",
      decided_at: ctx.now().toISOString(),
      mixed: 0,
      merged: 1,
      version: row!.version,
    },
  ]);
}
