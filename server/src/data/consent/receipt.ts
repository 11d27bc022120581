import { createHash } from "node:crypto";
import type { Pool } from "pg";
import { z } from "zod";
import type { Context, Language, Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { retracted } from "./retract.ts";
import { allPurposes, consentsOf } from "./store.ts";

const Words = z.object({ en: z.string(), de: z.string() });

const Entry = z.object({
  id: z.number(),
  customerId: z.number(),
  purpose: z.string(),
  act: z.enum(["answer", "asked", "expired", "retracted"]),
  granted: z.boolean().nullable(),
  basis: z.string(),
  origin: z.string(),
  sourceId: z.number().nullable(),
  place: z.string().nullable(),
  actor: z.string().nullable(),
  proof: z.string().nullable(),
  wordingVersion: z.number().nullable(),
  name: Words.nullable(),
  wording: Words.nullable(),
  at: z.date(),
  recordedAt: z.date(),
  seq: z.number(),
  hash: z.instanceof(Buffer),
  /** Whether a later entry takes this one back. */
  isTakenBack: z.boolean(),
});
export type LedgerEntry = z.infer<typeof Entry>;

/** The newest entries of a customer's ledger, with the words of the version that was read. */
export function ledgerOf(db: Pool | Tx, ids: readonly number[], max = 500): Promise<LedgerEntry[]> {
  return query(
    db,
    sql`select a.id, a.customer_id, a.purpose, a.act, a.granted, a.basis, a.origin, a.source_id, a.place, a.actor, a.proof, a.wording_version,
        w.name, w.wording, a.at, a.recorded_at, a.seq, a.hash, ${retracted} as is_taken_back
      from consent_answers a left join purpose_wordings w on w.purpose = a.purpose and w.version = a.wording_version
      where a.customer_id = any(${[...ids]}::bigint[]) order by a.id desc limit ${max}`,
    Entry,
  );
}

/**
 * A consent receipt, in the fields of ISO/IEC TS 27560: who holds the data, whose it is, and for each purpose what was asked,
 * what was answered when and how, and what shows it.
 */
export const Receipt = z.object({
  schema_version: z.literal("ISO/IEC TS 27560:2023"),
  record_id: z.string(),
  issued_at: z.string(),
  language: z.string(),
  pii_principal_id: z.string(),
  pii_controllers: z.array(z.object({ name: z.string() })),
  processing: z.array(
    z.object({
      purpose_id: z.string(),
      purpose: z.string(),
      /** What the code may do by it: collect, profile, contact by a channel, share. */
      purpose_kinds: z.array(z.string()),
      state: z.enum(["granted", "refused", "expired", "not_asked"]),
      lawful_basis: z.string().nullable(),
      since: z.string().nullable(),
      /** When the consent runs out by itself; null where it does not. */
      retention_until: z.string().nullable(),
      notice_version: z.number().nullable(),
      notice: z.string().nullable(),
      events: z.array(
        z.object({
          entry: z.number(),
          event_type: z.enum(["granted", "refused", "asked", "expired", "retracted"]),
          event_time: z.string(),
          recorded_time: z.string(),
          collection_method: z.string(),
          collection_place: z.string().nullable(),
          by: z.string().nullable(),
          proof: z.string().nullable(),
          notice_version: z.number().nullable(),
          /** The entry's place in its chain, and its hash: with them the entry can be found again and proven. */
          sequence: z.number(),
          hash: z.string(),
        }),
      ),
    }),
  ),
});
export type Receipt = z.infer<typeof Receipt>;

/** The receipt of a customer, under the id by which the outside knows them. */
export async function receiptOf(
  ctx: Context,
  who: { customerId: number; ids: readonly number[]; shownAs: string },
  language: Language,
): Promise<Receipt> {
  const [purposes, current, entries] = await Promise.all([
    allPurposes(ctx.pool),
    consentsOf(ctx.pool, who.customerId),
    ledgerOf(ctx.pool, who.ids),
  ]);
  const heads = entries.map((entry) => entry.hash.toString("hex")).join("");
  const processing = purposes.flatMap((purpose): Receipt["processing"] => {
    const answer = current.find((one) => one.purpose === purpose.key);
    const events = entries.filter((one) => one.purpose === purpose.key);
    if (purpose.retiredAt && !events.length) return [];
    const read =
      events.find((one) => !one.isTakenBack && one.granted !== null && one.granted === answer?.granted) ??
      events[0];
    return [
      {
        purpose_id: purpose.key,
        purpose: (read?.name ?? purpose.name)[language],
        purpose_kinds: purpose.kinds,
        state: !answer ? "not_asked" : answer.expired ? "expired" : answer.granted ? "granted" : "refused",
        lawful_basis: answer?.basis ?? null,
        since: answer?.at.toISOString() ?? null,
        retention_until: answer?.expiresAt?.toISOString() ?? null,
        notice_version: read?.wordingVersion ?? null,
        notice: read?.wording?.[language] ?? null,
        events: events.map((one) => ({
          entry: one.id,
          event_type: one.act === "answer" ? (one.granted ? "granted" : "refused") : one.act,
          event_time: one.at.toISOString(),
          recorded_time: one.recordedAt.toISOString(),
          collection_method: one.origin,
          collection_place: one.place,
          by: one.actor,
          proof: one.proof,
          notice_version: one.wordingVersion,
          sequence: one.seq,
          hash: one.hash.toString("hex"),
        })),
      },
    ];
  });
  return {
    schema_version: "ISO/IEC TS 27560:2023",
    // The same ledger gives the same receipt: its number says nothing else.
    record_id: createHash("sha256").update(`${who.shownAs} ${heads}`).digest("hex").slice(0, 24),
    issued_at: ctx.now().toISOString(),
    language,
    pii_principal_id: who.shownAs,
    pii_controllers: [{ name: ctx.garden.brand }],
    processing,
  };
}
