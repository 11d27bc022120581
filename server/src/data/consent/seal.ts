import { createHash } from "node:crypto";
import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import type { Anchors } from "./anchors.ts";
import { microsOf, noHash } from "./ledger-hash.ts";

/** A seal covers all entries up to one, whoever they are about. */
export const Seal = z.object({
  number: z.number(),
  fromId: z.number(),
  uptoId: z.number(),
  entries: z.number(),
  digest: z.instanceof(Buffer),
  hash: z.instanceof(Buffer),
  sealedAt: z.date(),
});
export type Seal = z.infer<typeof Seal>;

export const sealColumns = sql.raw("number, from_id, upto_id, entries, digest, hash, sealed_at");

/** Entries that are read at once. */
const page = 20_000;

export function sealHash(previous: Buffer, seal: Omit<Seal, "hash">): Buffer {
  const text = [seal.number, seal.fromId, seal.uptoId, seal.entries, microsOf(seal.sealedAt)].join(" ");
  return createHash("sha256").update(previous).update(seal.digest).update(text).digest();
}

/** Digests entries in the order of their ids. */
export function sealDigest() {
  const digest = createHash("sha256");
  let entries = 0;
  return {
    add(id: number, hash: Buffer) {
      digest.update(`${id} `).update(hash);
      entries++;
    },
    end: () => ({ entries, digest: digest.digest() }),
  };
}

/**
 * Seals the entries that are not sealed yet, and writes the seal down outside of the database too. Undefined when there are
 * none, or when writers of long transactions stand in the way: then the next time will do.
 */
export async function sealLedger(ctx: Context, anchors: Anchors): Promise<Seal | undefined> {
  const upto = await lastSettled(ctx);
  const before = await queryOne(
    ctx.pool,
    sql`select ${sealColumns} from consent_seals order by number desc limit 1`,
    Seal,
  );
  const fromId = (before?.uptoId ?? 0) + 1;
  if (upto === undefined || upto < fromId) return undefined;
  const digest = sealDigest();
  for (let after = fromId - 1; ; ) {
    const rows = await query<{ id: number; hash: Buffer }>(
      ctx.pool,
      sql`select id, hash from consent_answers where id > ${after} and id <= ${upto} order by id limit ${page}`,
    );
    for (const { id, hash } of rows) digest.add(id, hash);
    if (rows.length < page) break;
    after = rows.at(-1)!.id;
  }
  const content = {
    number: (before?.number ?? 0) + 1,
    fromId,
    uptoId: upto,
    ...digest.end(),
    sealedAt: ctx.now(),
  };
  const seal = { ...content, hash: sealHash(before?.hash ?? noHash, content) };
  // Two processes may seal at once: the first one counts.
  const kept = await query(
    ctx.pool,
    sql`insert into consent_seals (number, from_id, upto_id, entries, digest, hash, sealed_at)
      values (${seal.number}, ${seal.fromId}, ${seal.uptoId}, ${seal.entries}, ${seal.digest}, ${seal.hash}, ${seal.sealedAt})
      on conflict do nothing returning number`,
  );
  if (!kept.length) return undefined;
  await anchors.add(ctx.garden, seal);
  return seal;
}

/**
 * The last entry behind which nothing smaller can appear any more: ids are drawn while a transaction goes on, so a smaller one
 * may be saved later. For a moment no writer is under way; whoever writes for long is not waited for.
 */
async function lastSettled(ctx: Context): Promise<number | undefined> {
  try {
    return await ctx.inTransaction(async (tx) => {
      await query(tx, sql`set local lock_timeout = '2s'`);
      await query(tx, sql`lock table consent_answers in share mode`);
      const row = await queryOne(
        tx,
        sql`select max(id) as id from consent_answers`,
        z.object({ id: z.number().nullable() }),
      );
      return row?.id ?? undefined;
    });
  } catch (error) {
    if ((error as { code?: string }).code === lockNotAvailable) return undefined;
    throw error;
  }
}

const lockNotAvailable = "55P03";
