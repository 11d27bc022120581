import { hash } from "node:crypto";

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

/** What is an entry's alone: whose it is, what shows it, and when it was. */
export type Own = Pick<EntryContent, "customerId" | "proof" | "atMicros" | "recordedMicros">;
/** What the entries of an import have in common. */
export type Said = Omit<EntryContent, keyof Own>;

export interface WordingContent {
  name: { en: string; de: string };
  wording: { en: string; de: string };
  kinds: readonly string[];
  lifetimeMonths: number | null;
  lifetimeFrom: string;
}

/** What stands before the first entry of a chain. */
export const noHash = Buffer.alloc(32);

/** A field as its length and its text, so that no two contents read the same. */
const field = (value: string | number | null): string =>
  value === null ? "-" : `${Buffer.byteLength(String(value))}:${value}`;
const fields = (values: readonly (string | number | null)[]): string => values.map(field).join("");

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
  return hash("sha256", text, "hex");
}

/** The text of what many entries say, before and after that which shows each of them: made once for all of them. */
export interface SaidText {
  before: string;
  after: string;
}

export function textOfSaid(said: Said): SaidText {
  const { granted } = said;
  const yesOrNo = granted === null ? null : granted ? "yes" : "no";
  return {
    before: fields([
      ...[said.purpose, said.act, yesOrNo, said.basis, said.origin],
      ...[said.sourceId, said.place, said.actor],
    ]),
    after: fields([said.wordingVersion, said.wordingHash, said.importId]),
  };
}

/** Where what is hashed is put together: one call for each hash costs a third of a stream of updates. */
let scratch: Buffer = Buffer.alloc(4_096);
const room = (bytes: number): Buffer => {
  if (scratch.length < bytes) scratch = Buffer.alloc(bytes);
  return scratch;
};

/**
 * What stands for the content of an entry in its hash: salted, so that nobody can find a content that is gone by trying all
 * the few there are.
 */
export function commitmentOf(salt: Buffer, entry: Own, said: SaidText): Buffer {
  const text =
    `1:1${field(entry.customerId)}${said.before}${field(entry.proof)}${said.after}` +
    `${field(entry.atMicros)}${field(entry.recordedMicros)}`;
  const bytes = room(salt.length + 3 * text.length);
  bytes.set(salt, 0);
  const end = salt.length + bytes.write(text, salt.length);
  return hash("sha256", bytes.subarray(0, end), "buffer");
}

export const commitmentOfContent = (salt: Buffer, entry: EntryContent): Buffer =>
  commitmentOf(salt, entry, textOfSaid(entry));

/** The hash of an entry: over its place in the chain, its content's commitment, and the entry before it. */
export function entryHash(previous: Buffer, commitment: Buffer, seq: number): Buffer {
  const start = previous.length + commitment.length;
  const bytes = room(start + 20);
  bytes.set(previous, 0);
  bytes.set(commitment, previous.length);
  const end = start + bytes.write(String(seq), start);
  return hash("sha256", bytes.subarray(0, end), "buffer");
}

export const microsOf = (at: Date) => `${at.getTime()}000`;
