import { z } from "zod";
import { enqueue } from "../../data/events/index.ts";
import { mergedAmong } from "../../data/identity/index.ts";
import type { Context, Tx } from "../../garden/index.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { followMerge, joinOwnArm } from "./merged-arms.ts";
import { Arm, type ArmState, drawArm, joinArms } from "./model.ts";

const ArmRow = z.object({
  customerId: z.number(),
  arm: Arm,
  decidedAt: z.date(),
  mixedAt: z.date().nullable(),
  mergedInto: z.number().nullable(),
});

/** The customer's arm: the saved one, or at the first decision the drawn one, which is saved with it. */
export async function armAtDecision(tx: Tx, ctx: Context, customerId: number, at: Date): Promise<Arm> {
  const { salt, holdoutShare } = ctx.garden;
  const drawn = drawArm(salt, customerId, holdoutShare);
  const saved = await queryOne(
    tx,
    sql`with first as (
        insert into holdout_arms (customer_id, arm, decided_at) values (${customerId}, ${drawn}, ${at})
        on conflict (customer_id) do nothing returning arm
      )
      select arm, true as is_first from first
      union all
      select arm, false from holdout_arms where customer_id = ${customerId} and not exists (select from first)`,
    z.object({ arm: Arm, isFirst: z.boolean() }),
  );
  // Another transaction saved it a moment ago: it is there now, but this statement could not see it.
  if (!saved) return (await lockArms(tx, [customerId])).get(customerId)!.arm;
  if (saved.isFirst) await queueArms(tx, [customerId]);
  return saved.arm;
}

async function lockArms(tx: Tx, ids: readonly number[]) {
  const rows = await query(
    tx,
    sql`select customer_id, arm, decided_at, mixed_at, merged_into from holdout_arms
      where customer_id = any(${[...ids]}::bigint[]) order by customer_id for update`,
    ArmRow,
  );
  return new Map(rows.map((row) => [row.customerId, row]));
}

/** Puts the arms' rows on their way to the event store, for questions about many. */
export async function queueArms(tx: Tx, ids: readonly number[]): Promise<void> {
  if (!ids.length) return;
  const rows = await query(
    tx,
    sql`select customer_id, arm, decided_at, mixed_at, merged_into, nextval('row_versions') as version
      from holdout_arms where customer_id = any(${[...ids]}::bigint[])`,
    ArmRow.extend({ version: z.number() }),
  );
  await enqueue(
    tx,
    "holdout_arms_stored",
    rows.map((row) => ({
      customer_id: row.customerId,
      arm: row.arm,
      decided_at: row.decidedAt.toISOString(),
      mixed: row.mixedAt ? 1 : 0,
      merged: row.mergedInto === null ? 0 : 1,
      version: row.version,
    })),
  );
}

/**
 * Follows customers who were joined: the survivor keeps its arm, or takes over that of the one who
 * joined it; if both had different arms it is left out of the comparison from now on. Hearing of a
 * link twice changes nothing.
 */
export async function followLinks(
  tx: Tx,
  ctx: Context,
  links: readonly { subjectId: number; customerId: number; partId?: number | undefined }[],
): Promise<void> {
  const merged = await mergedAmong(
    tx,
    links.map((link) => link.customerId),
  );
  await followPlain(
    tx,
    ctx,
    links.filter((link) => !merged.has(link.customerId)),
  );
  const toParts = links.filter((link) => merged.has(link.customerId));
  const arms = await lockArms(
    tx,
    toParts.map((link) => link.subjectId),
  );
  for (const { subjectId, customerId, partId } of toParts) {
    const subject = arms.get(subjectId);
    if (!subject || subject.mergedInto !== null) continue;
    await joinOwnArm(tx, ctx, partId ?? customerId, subject);
    await query(
      tx,
      sql`update holdout_arms set merged_into = ${customerId} where customer_id = ${subjectId}`,
    );
    await queueArms(tx, [subjectId]);
  }
  if (toParts.length) await followMerge(tx, [...merged.keys()]);
}

async function followPlain(
  tx: Tx,
  ctx: Context,
  links: readonly { subjectId: number; customerId: number }[],
): Promise<void> {
  const ids = [...new Set(links.flatMap((link) => [link.subjectId, link.customerId]))];
  const arms = await lockArms(tx, ids);
  const changed = new Set<number>();
  for (const { subjectId, customerId } of links) {
    const subject = arms.get(subjectId);
    if (!subject || subject.mergedInto === customerId) continue;
    const survivor = arms.get(customerId);
    const before: ArmState | undefined = survivor && survivor.mergedInto === null ? survivor : undefined;
    // One that was joined before counts no more; its arm lives on in whom it was joined into.
    const joined = joinArms(before, subject.mergedInto === null ? subject : undefined, ctx.now());
    subject.mergedInto = customerId;
    changed.add(subjectId);
    if (joined) {
      arms.set(customerId, { ...joined, customerId, mergedInto: null });
      changed.add(customerId);
    }
  }
  for (const id of changed) {
    const row = arms.get(id)!;
    await query(
      tx,
      sql`insert into holdout_arms (customer_id, arm, decided_at, mixed_at, merged_into)
        values (${row.customerId}, ${row.arm}, ${row.decidedAt}, ${row.mixedAt}, ${row.mergedInto})
        on conflict (customer_id) do update set arm = excluded.arm, decided_at = excluded.decided_at,
          mixed_at = excluded.mixed_at, merged_into = excluded.merged_into`,
    );
  }
  if (changed.size) await queueArms(tx, [...changed]);
}
