import type { Pool } from "pg";
import { z } from "zod";
import type { Context, Tx } from "../../garden/index.ts";
import type { Keys } from "../../platform/keys/index.ts";
import { execute, query, queryOne, sql } from "../../platform/postgres/index.ts";
import { hashedNames, type Identifier } from "../identity/index.ts";

type Db = Pool | Tx;
/** What a hash is made with: the same identifier gives another one in another garden. */
type Hashing = { garden: { id: string }; keys: Pick<Keys, "ring"> };

/** Names a customer by the product's own number, for events that the product tells of itself. */
export const ownKind = "customer_id";

/** Identifiers as the list keeps them. */
export const hashesOf = ({ garden, keys }: Hashing, identifiers: readonly Identifier[]): Buffer[] => {
  const ring = keys.ring();
  return identifiers.map(({ kind, value }) => ring.hash(garden.id, kind, value));
};

/** From now on nothing that names one of these comes in. */
export async function suppress(
  tx: Tx,
  erasureId: string,
  hashes: readonly Buffer[],
  at: Date,
): Promise<void> {
  await query(
    tx,
    sql`insert into suppressions (hash, erasure_id, since)
      select hash, ${erasureId}, ${at} from unnest(${[...hashes]}::bytea[]) as h (hash) on conflict do nothing`,
  );
}

/** Lets somebody come back who asks for it; gives whether the list knew them. */
export async function lift(tx: Tx, ctx: Context, identifiers: readonly Identifier[]): Promise<number> {
  const hashes = hashesOf(ctx, [...identifiers, ...hashedNames(identifiers)]);
  return execute(tx, sql`delete from suppressions where hash = any(${hashes}::bytea[])`);
}

/** Those of the identifiers that name somebody who was erased, by their place in the list. */
export async function suppressedAmong(
  db: Db,
  hashing: Hashing,
  identifiers: readonly Identifier[],
): Promise<ReadonlySet<number>> {
  if (!identifiers.length || !(await isAnybodySuppressed(db))) return new Set();
  const hashes = hashesOf(hashing, identifiers);
  const rows = await query(
    db,
    sql`select hash from suppressions where hash = any(${hashes}::bytea[])`,
    z.object({ hash: z.instanceof(Buffer) }),
  );
  const found = new Set(rows.map((row) => row.hash.toString("hex")));
  return new Set(hashes.flatMap((hash, at) => (found.has(hash.toString("hex")) ? [at] : [])));
}

/** Most gardens have an empty list: there nothing is hashed. */
async function isAnybodySuppressed(db: Db): Promise<boolean> {
  const row = await queryOne(
    db,
    sql`select exists (select from suppressions) as any`,
    z.object({ any: z.boolean() }),
  );
  return row!.any;
}

/** Ids of those who were erased since then. Work that had found them before takes them out again. */
export async function erasedSince(db: Db, since: Date): Promise<number[]> {
  const rows = await query(
    db,
    sql`select unnest(subjects) as id from erasures where unreachable_at >= ${since}`,
    z.object({ id: z.number() }),
  );
  return rows.map((row) => row.id);
}
