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
  await foldWholes(tx, await partsOf(tx, ids));
}

/** A merge that was taken back. */
export interface TakenBack {
  survivorId: number;
  joinedId: number;
  mergedAt: Date;
}

/**
 * Merges were taken back. Each of the two has its own arm again. Were decisions made for them as one since, they were made
 * by one arm: who had none of its own keeps that one, and who had the other is left out of the comparison from now on.
 */
export async function followUnmerge(tx: Tx, ctx: Context, merges: readonly TakenBack[]): Promise<void> {
  const both = merges.flatMap((merge) => [merge.survivorId, merge.joinedId]);
  await keepDecided(tx, ctx, merges);
  const parts = await partsOf(tx, both);
  await foldWholes(tx, parts);
  const grouped = new Set(parts.map((part) => part.customerId));
  await standAlone(
    tx,
    ctx,
    both.filter((id) => !grouped.has(id)),
  );
}

async function keepDecided(tx: Tx, ctx: Context, merges: readonly TakenBack[]): Promise<void> {
  const decided = await query(
    tx,
    sql`select m.place::int - 1 as place, min(d.decided_at) as at
      from unnest(${merges.map((one) => one.survivorId)}::bigint[], ${merges.map((one) => one.joinedId)}::bigint[], ${merges.map((one) => one.mergedAt)}::timestamptz[])
        with ordinality as m (survivor_id, joined_id, merged_at, place)
      cross join lateral (
        values (m.survivor_id), (m.joined_id)
        union select p.customer_id from customer_parts p where p.survivor_id in (m.survivor_id, m.joined_id)
      ) as part (id)
      join decisions d on d.customer_id = part.id and d.decided_at >= m.merged_at group by m.place`,
    z.object({ place: z.number(), at: z.date() }),
  );
  if (!decided.length) return;
  const touched = decided.map(({ place, at }) => ({ ...merges[place]!, at }));
  const ids = touched.flatMap((merge) => [merge.survivorId, merge.joinedId]);
  const wholes = await armsOf(tx, "holdout_arms", ids);
  const own = await armsOf(tx, "own_arms", ids);
  for (const { survivorId, joinedId, at } of touched) {
    const whole = wholes.get(survivorId);
    if (!whole) continue;
    for (const id of [survivorId, joinedId]) {
      const before = own.get(id);
      const after = before
        ? { ...before, mixedAt: before.mixedAt ?? (before.arm === whole.arm ? null : ctx.now()) }
        : { ...whole, decidedAt: at, mixedAt: null };
      await saveOwn(tx, id, after);
    }
  }
}

/** A visitor joined one part of a merged customer: the arm it had meets that part's own. */
export async function joinOwnArm(tx: Tx, ctx: Context, partId: number, arm: ArmState): Promise<void> {
  const own = (await armsOf(tx, "own_arms", [partId])).get(partId);
  await saveOwn(tx, partId, joinArms(own, arm, ctx.now())!);
}

/** What each part had before, kept once: later entries of the log do not touch it. Says whether any customer has an arm. */
async function keepOwnArms(tx: Tx, parts: readonly Part[]): Promise<boolean> {
  const ids = parts.map((part) => part.customerId);
  await query(
    tx,
    sql`insert into own_arms (customer_id, arm, decided_at, mixed_at)
      select a.id, h.arm, h.decided_at, h.mixed_at from unnest(${ids}::bigint[]) as a (id)
      left join holdout_arms h on h.customer_id = a.id on conflict do nothing`,
  );
  const any = await query(
    tx,
    sql`select from own_arms where customer_id = any(${ids}::bigint[]) and arm is not null
      union all select from holdout_arms where customer_id = any(${ids}::bigint[]) limit 1`,
  );
  if (!any.length) return false;
  // Drawn since for the whole, which had none: it is the survivor's.
  await query(
    tx,
    sql`update own_arms o set arm = h.arm, decided_at = h.decided_at, mixed_at = h.mixed_at from holdout_arms h
      where o.customer_id = any(${parts.map((part) => part.survivorId)}::bigint[]) and h.customer_id = o.customer_id and o.arm is null
        and not exists (
          select 1 from unnest(${parts.map((part) => part.survivorId)}::bigint[], ${ids}::bigint[]) as a (survivor_id, id)
          join own_arms p on p.customer_id = a.id where a.survivor_id = o.customer_id and p.arm is not null
        )`,
  );
  return true;
}

/** Makes of the parts' own arms those of the wholes; each whole's survivor stands first among its parts. */
async function foldWholes(tx: Tx, parts: readonly Part[]): Promise<void> {
  if (!parts.length || !(await keepOwnArms(tx, parts))) return;
  const ids = parts.map((part) => part.customerId);
  const own = await armsOf(tx, "own_arms", ids);
  const groups = new Map<number, Part[]>();
  for (const part of parts) groups.set(part.survivorId, [...(groups.get(part.survivorId) ?? []), part]);
  const wholes = new Map([...groups].map(([id, group]) => [id, foldArms(group, own)]));
  await saveArms(
    tx,
    parts.map(({ customerId, survivorId }) =>
      customerId === survivorId
        ? { id: customerId, arm: wholes.get(customerId), mergedInto: null }
        : { id: customerId, arm: own.get(customerId), mergedInto: survivorId },
    ),
  );
  await queueArms(tx, ids);
}

async function standAlone(tx: Tx, ctx: Context, customerIds: readonly number[]): Promise<void> {
  if (!customerIds.length) return;
  const kept = await query(
    tx,
    sql`delete from own_arms where customer_id = any(${[...customerIds]}::bigint[]) returning customer_id, arm, decided_at, mixed_at`,
    OwnRow,
  );
  await saveArms(
    tx,
    kept.map((row) => ({ id: row.customerId, arm: stateOf(row), mergedInto: null })),
  );
  const idsOf = (rows: typeof kept) => rows.map((row) => row.customerId);
  await queueArms(tx, idsOf(kept.filter((row) => row.arm)));
  await queueNoArms(tx, ctx, idsOf(kept.filter((row) => !row.arm)));
}

/** An arm as it stands in the table; none where the customer has none. */
interface Standing {
  id: number;
  arm: ArmState | undefined;
  mergedInto: number | null;
}

async function saveArms(tx: Tx, rows: readonly Standing[]): Promise<void> {
  const gone = rows.flatMap((row) => (row.arm ? [] : [row.id]));
  if (gone.length) await query(tx, sql`delete from holdout_arms where customer_id = any(${gone}::bigint[])`);
  const kept = rows.flatMap(({ id, arm, mergedInto }) => (arm ? [{ id, mergedInto, ...arm }] : []));
  if (!kept.length) return;
  await query(
    tx,
    sql`insert into holdout_arms (customer_id, arm, decided_at, mixed_at, merged_into)
      select * from unnest(${kept.map((one) => one.id)}::bigint[], ${kept.map((one) => one.arm)}::text[], ${kept.map((one) => one.decidedAt)}::timestamptz[],
        ${kept.map((one) => one.mixedAt)}::timestamptz[], ${kept.map((one) => one.mergedInto)}::bigint[])
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
async function queueNoArms(tx: Tx, ctx: Context, customerIds: readonly number[]): Promise<void> {
  if (!customerIds.length) return;
  const row = await queryOne(
    tx,
    sql`select nextval('row_versions') as version`,
    z.object({ version: z.number() }),
  );
  await enqueue(
    tx,
    "holdout_arms_stored",
    customerIds.map((id) => ({
      customer_id: id,
      arm: "treated",
      decided_at: ctx.now().toISOString(),
      mixed: 0,
      merged: 1,
      version: row!.version,
    })),
  );
}
