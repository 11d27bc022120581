import { z } from "zod";
import { sql } from "../../platform/postgres/index.ts";
import type { EntryContent } from "./ledger-hash.ts";

/** An entry of the ledger as it lies in the database; one that is erased has nothing but its place and its hash. */
export const StoredEntry = z.object({
  id: z.number(),
  chain: z.string(),
  seq: z.number(),
  hash: z.instanceof(Buffer),
  salt: z.instanceof(Buffer).nullable(),
  commitment: z.instanceof(Buffer).nullable(),
  erased: z.boolean(),
  customerId: z.number().nullable(),
  purpose: z.string().nullable(),
  act: z.string(),
  granted: z.boolean().nullable(),
  basis: z.string().nullable(),
  origin: z.string().nullable(),
  sourceId: z.number().nullable(),
  place: z.string().nullable(),
  actor: z.string().nullable(),
  proof: z.string().nullable(),
  wordingVersion: z.number().nullable(),
  importId: z.number().nullable(),
  atMicros: z.string().nullable(),
  recordedMicros: z.string().nullable(),
});
export type StoredEntry = z.infer<typeof StoredEntry>;

export const storedColumns = sql.raw(
  `id, chain::text as chain, seq, hash, salt, commitment, erased_at is not null as erased, customer_id, purpose, act, granted, basis, origin, source_id,
  place, actor, proof, wording_version, import_id,
  (extract(epoch from at) * 1000000)::bigint::text as at_micros,
  (extract(epoch from recorded_at) * 1000000)::bigint::text as recorded_micros`,
);

/** What an entry that is not erased says. What is missing in it reads as nothing, and does not fit the hash. */
export function contentOf(row: StoredEntry, wordings: ReadonlyMap<string, string>): EntryContent {
  return {
    customerId: row.customerId ?? 0,
    purpose: row.purpose ?? "",
    act: row.act,
    granted: row.granted,
    basis: row.basis ?? "",
    origin: row.origin ?? "",
    sourceId: row.sourceId,
    place: row.place,
    actor: row.actor,
    proof: row.proof,
    wordingVersion: row.wordingVersion,
    wordingHash: wordings.get(`${row.purpose} ${row.wordingVersion}`) ?? null,
    importId: row.importId,
    atMicros: row.atMicros ?? "",
    recordedMicros: row.recordedMicros ?? "",
  };
}
