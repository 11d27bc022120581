import { createHash } from "node:crypto";

/** What an entry of the ledger says, as its hash takes it in. */
export interface EntryContent {
  customerId: number;
  purpose: string;
  act: string;
  granted: boolean | null;
  basis: string;
  origin: string;
  sourceId: number | null;
  place: string | null;
  actor: string | null;
  proof: string | null;
  wordingVersion: number | null;
  /** Of the words of that version; null where the version is not kept. */
  wordingHash: string | null;
  importId: number | null;
  /** Microseconds since 1970, as text: more than a Date holds. */
  atMicros: string;
  recordedMicros: string;
}

export interface WordingContent {
  name: { en: string; de: string };
  wording: { en: string; de: string };
  kinds: readonly string[];
  lifetimeMonths: number | null;
  lifetimeFrom: string;
}

/** What stands before the first entry of a chain. */
export const noHash = Buffer.alloc(32);

/** Each field as its length and its text, so that no two contents read the same. */
function fields(values: readonly (string | number | null)[]): string {
  return values
    .map((value) => (value === null ? "-" : `${Buffer.byteLength(String(value))}:${value}`))
    .join("");
}

export function wordingHash({ name, wording, kinds, lifetimeMonths, lifetimeFrom }: WordingContent): string {
  const text = fields([
    name.en,
    name.de,
    wording.en,
    wording.de,
    kinds.join(","),
    lifetimeMonths,
    lifetimeFrom,
  ]);
  return createHash("sha256").update(text).digest("hex");
}

/**
 * What stands for the content of an entry in its hash: salted, so that nobody can find a content that is gone by trying all
 * the few there are.
 */
export function commitmentOf(salt: Buffer, entry: EntryContent): Buffer {
  const { granted } = entry;
  const text = fields([
    "1",
    entry.customerId,
    entry.purpose,
    entry.act,
    granted === null ? null : granted ? "yes" : "no",
    entry.basis,
    entry.origin,
    entry.sourceId,
    entry.place,
    entry.actor,
    entry.proof,
    entry.wordingVersion,
    entry.wordingHash,
    entry.importId,
    entry.atMicros,
    entry.recordedMicros,
  ]);
  return createHash("sha256").update(salt).update(text).digest();
}

/** The hash of an entry: over its place in the chain, its content's commitment, and the entry before it. */
export function entryHash(previous: Buffer, commitment: Buffer, seq: number): Buffer {
  return createHash("sha256").update(previous).update(commitment).update(String(seq)).digest();
}

export const microsOf = (at: Date) => `${at.getTime()}000`;
