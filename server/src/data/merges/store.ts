import type { Pool } from "pg";
import { z } from "zod";
import type { Context, Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";

type Db = Pool | Tx;

/** An entry of the log: a merge, or that one was taken back. */
export const Entry = z.object({
  id: z.number(),
  kind: z.enum(["merge", "unmerge"]),
  /** Null where they were erased since. */
  survivorId: z.number().nullable(),
  joinedId: z.number().nullable(),
  /** The merge that this entry takes back. */
  undoes: z.number().nullable(),
  proposalId: z.number().nullable(),
  at: z.date(),
  byName: z.string(),
  /** When this merge was taken back. */
  undoneAt: z.date().nullable(),
});
export type Entry = z.infer<typeof Entry>;

/** What an entry says when it is written. */
export interface NewEntry {
  kind: Entry["kind"];
  survivorId: number;
  joinedId: number;
  undoes?: number;
  proposalId?: number | undefined;
}

/**
 * Writes entries, and gives them in the same order; nothing in the log is ever changed or removed, but whom it was about when
 * they are erased.
 */
export function addEntries(tx: Tx, ctx: Context, entries: readonly NewEntry[]): Promise<Entry[]> {
  return query(
    tx,
    sql`with added as (
        insert into merges (kind, survivor_id, joined_id, undoes, proposal_id, at, by_name)
        select kind, survivor_id, joined_id, undoes, proposal_id, ${ctx.now()}, ${ctx.actor.name}
        from unnest(${entries.map((one) => one.kind)}::text[], ${entries.map((one) => one.survivorId)}::bigint[], ${entries.map((one) => one.joinedId)}::bigint[],
          ${entries.map((one) => one.undoes ?? null)}::bigint[], ${entries.map((one) => one.proposalId ?? null)}::bigint[])
          with ordinality as e (kind, survivor_id, joined_id, undoes, proposal_id, place)
        order by place
        returning id, kind, survivor_id, joined_id, undoes, proposal_id, at, by_name
      )
      select *, null::timestamptz as undone_at from added order by id`,
    Entry,
  );
}

/** These entries, in no promised order. */
export function findEntries(db: Db, ids: readonly number[]): Promise<Entry[]> {
  return query(
    db,
    sql`select m.id, m.kind, m.survivor_id, m.joined_id, m.undoes, m.proposal_id, m.at, m.by_name, u.at as undone_at
      from merges m left join merges u on u.undoes = m.id where m.id = any(${[...ids]}::bigint[])`,
    Entry,
  );
}

/** The log, the newest first; with `customerIds` only what concerns one of them. */
export function listEntries(
  db: Db,
  ask: { max: number; before?: number | undefined; customerIds?: readonly number[] },
): Promise<Entry[]> {
  const ids = ask.customerIds === undefined ? null : [...ask.customerIds];
  return query(
    db,
    sql`select m.id, m.kind, m.survivor_id, m.joined_id, m.undoes, m.proposal_id, m.at, m.by_name, u.at as undone_at
      from merges m left join merges u on u.undoes = m.id
      where (${ask.before ?? null}::bigint is null or m.id < ${ask.before ?? null})
        and (${ids}::bigint[] is null or m.survivor_id = any(${ids}::bigint[]) or m.joined_id = any(${ids}::bigint[]))
      order by m.id desc limit ${ask.max}`,
    Entry,
  );
}
