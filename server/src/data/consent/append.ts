import { randomBytes } from "node:crypto";
import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import {
  commitmentOf,
  entryHash,
  microsOf,
  noHash,
  type SaidText,
  textOfSaid,
  wordingHash,
} from "./ledger-hash.ts";
import type { Basis } from "./model.ts";

/** What an entry notes: an answer, a confirmation asked for by mail, a yes that expired, a statement taken back. */
export type Act = "answer" | "asked" | "expired" | "retracted";

/** An entry on its way into the ledger. */
export interface NewEntry {
  customerId: number;
  purpose: string;
  act: Act;
  granted: boolean | null;
  basis: Basis;
  origin: string;
  sourceId: number | null;
  place: string | null;
  actor: string | null;
  proof: string | null;
  importId: number | null;
  wordingVersion: number;
  at: Date;
}

const StoredHead = z.object({
  customerId: z.number(),
  purpose: z.string(),
  chain: z.string(),
  seq: z.number(),
  hash: z.instanceof(Buffer),
});

const Words = z.object({ en: z.string(), de: z.string() });
export const Wording = z.object({
  purpose: z.string(),
  version: z.number(),
  name: Words,
  wording: Words,
  kinds: z.array(z.string()),
  lifetimeMonths: z.number().nullable(),
  lifetimeFrom: z.string(),
});

/** The hash of the words of each version, by purpose and version. */
export async function wordingHashes(tx: Tx): Promise<Map<string, string>> {
  const rows = await query(
    tx,
    sql`select purpose, version, name, wording, kinds, lifetime_months, lifetime_from from purpose_wordings`,
    Wording,
  );
  return new Map(rows.map((row) => [`${row.purpose} ${row.version}`, wordingHash(row)]));
}

/** Bytes of an entry that go to the database in one piece: chain, salt and hash. */
const packedBytes = 16 + 16 + 32;

/**
 * Adds entries to the ledger, each behind the last one of its customer and purpose. The caller holds the rows of
 * `consent_current` of all of them, so that nobody else adds to the same chains meanwhile.
 *
 * Imports add hundreds of thousands that say the same: what they have in common is made into text and sent once, and what is
 * each one's own goes as digits and bytes. Of `newcomers` no entry can be there yet.
 */
export async function appendEntries(
  tx: Tx,
  entries: readonly NewEntry[],
  newcomers: ReadonlySet<number> = new Set(),
): Promise<void> {
  if (!entries.length) return;
  const heads = new Chains(
    await headsOf(
      tx,
      entries.filter((entry) => !newcomers.has(entry.customerId)),
    ),
  );
  const sayings = new Sayings(await wordingHashes(tx));
  const recordedAt = new Date();
  const recordedMicros = microsOf(recordedAt);
  const packed = randomBytes(packedBytes * entries.length);
  const saying: number[] = [];
  const seqs: number[] = [];
  entries.forEach((entry, at) => {
    const start = packedBytes * at;
    const chain = packed.subarray(start, start + 16);
    const salt = packed.subarray(start + 16, start + 32);
    const said = sayings.of(entry);
    const head = heads.of(entry);
    const seq = head.seq + 1;
    const { customerId, proof } = entry;
    const own = { customerId, proof, atMicros: microsOf(entry.at), recordedMicros };
    const hash = entryHash(head.hash, commitmentOf(salt, own, said.text), seq);
    if (head.chain) chain.set(head.chain);
    else asUuid(chain);
    packed.set(hash, start + 32);
    Object.assign(head, { chain, seq, hash });
    saying.push(said.number);
    seqs.push(seq);
  });
  const said = <K extends keyof NewEntry>(name: K) => sayings.all.map((one) => one.entry[name]);
  await query(
    tx,
    sql`insert into consent_answers (customer_id, purpose, act, granted, basis, origin, source_id, place, actor, proof, wording_version,
        import_id, at, recorded_at, chain, seq, salt, hash)
      select a.customer_id, s.purpose, s.act, s.granted, s.basis, s.origin, s.source_id, s.place, s.actor, a.proof, s.wording_version,
        s.import_id, timestamptz 'epoch' + a.at_ms * interval '1 millisecond', ${recordedAt},
        encode(substring(p.packed from a.start for 16), 'hex')::uuid, a.seq, substring(p.packed from a.start + 16 for 16), substring(p.packed from a.start + 32 for 32)
      from (
        select *, (${packedBytes} * (place - 1) + 1)::integer as start
        from unnest(${digits(entries.map((entry) => entry.customerId))}::bigint[], ${digits(saying)}::integer[], ${digits(seqs)}::integer[],
          ${digits(entries.map((entry) => entry.at.getTime()))}::bigint[], ${proofsOf(entries)}::text[]) with ordinality
          as e (customer_id, saying, seq, at_ms, proof, place)
      ) as a
      join unnest(${said("purpose")}::text[], ${said("act")}::text[], ${said("granted")}::boolean[], ${said("basis")}::text[],
        ${said("origin")}::text[], ${said("sourceId")}::bigint[], ${said("place")}::text[], ${said("actor")}::text[],
        ${said("wordingVersion")}::integer[], ${said("importId")}::bigint[]) with ordinality
        as s (purpose, act, granted, basis, origin, source_id, place, actor, wording_version, import_id, number) on s.number = a.saying
      cross join (select ${packed}::bytea as packed) as p
      order by a.place`,
  );
}

/** Numbers as an array of Postgres: the driver would look at each of them for quotes. */
export const digits = (numbers: readonly number[]): string => `{${numbers.join(",")}}`;

/** What shows each entry; the database fills an empty list up with nulls. */
const proofsOf = (entries: readonly NewEntry[]): (string | null)[] =>
  entries.some((entry) => entry.proof !== null) ? entries.map((entry) => entry.proof) : [];

/** Makes a random UUID (version 4) of random bytes. */
function asUuid(bytes: Buffer): void {
  bytes[6] = (bytes[6]! & 0x0f) | 0x40;
  bytes[8] = (bytes[8]! & 0x3f) | 0x80;
}

interface Head {
  chain: Buffer | undefined;
  seq: number;
  hash: Buffer;
}

/** The last entry of each chain, the ones that are on their way among them. */
class Chains {
  readonly #heads = new Map<string, Head>();

  constructor(stored: readonly z.infer<typeof StoredHead>[]) {
    for (const { customerId, purpose, chain, seq, hash } of stored) {
      const bytes = Buffer.from(chain.replaceAll("-", ""), "hex");
      this.#heads.set(`${customerId} ${purpose}`, { chain: bytes, seq, hash });
    }
  }

  of({ customerId, purpose }: NewEntry): Head {
    const key = `${customerId} ${purpose}`;
    const head = this.#heads.get(key) ?? { chain: undefined, seq: 0, hash: noHash };
    this.#heads.set(key, head);
    return head;
  }
}

/** What was said, each once: entries that say the same share its number and its text. */
class Sayings {
  readonly all: { entry: NewEntry; number: number; text: SaidText }[] = [];
  readonly #byContent = new Map<string, (typeof this.all)[number]>();
  /** What the last entry for a purpose said: the next one mostly says the same. */
  readonly #last = new Map<string, (typeof this.all)[number]>();
  readonly #hashes: ReadonlyMap<string, string>;

  constructor(hashes: ReadonlyMap<string, string>) {
    this.#hashes = hashes;
  }

  of(entry: NewEntry): (typeof this.all)[number] {
    const last = this.#last.get(entry.purpose);
    if (last && saysTheSame(last.entry, entry)) return last;
    const { purpose, act, granted, basis, origin, sourceId, place, actor, importId, wordingVersion } = entry;
    const content = JSON.stringify([
      purpose,
      act,
      granted,
      basis,
      origin,
      sourceId,
      place,
      actor,
      importId,
      wordingVersion,
    ]);
    let said = this.#byContent.get(content);
    if (!said) {
      const text = textOfSaid({
        ...entry,
        wordingHash: this.#hashes.get(`${purpose} ${wordingVersion}`) ?? null,
      });
      said = { entry, number: this.all.length + 1, text };
      this.all.push(said);
      this.#byContent.set(content, said);
    }
    this.#last.set(purpose, said);
    return said;
  }
}

const saysTheSame = (a: NewEntry, b: NewEntry): boolean =>
  a.act === b.act &&
  a.granted === b.granted &&
  a.basis === b.basis &&
  a.origin === b.origin &&
  a.sourceId === b.sourceId &&
  a.place === b.place &&
  a.actor === b.actor &&
  a.importId === b.importId &&
  a.wordingVersion === b.wordingVersion;

/**
 * Holds the chains of these customers and purposes until the transaction ends, for entries that make no answer count: the row
 * of an answer is locked, or one is there for a moment, for which all others wait.
 */
export async function holdChains(
  tx: Tx,
  keys: readonly { customerId: number; purpose: string }[],
): Promise<void> {
  await query(
    tx,
    sql`with held as (
        insert into consent_current as c (customer_id, purpose, granted, basis, at)
        select distinct customer_id, purpose, false, 'consent', 'epoch'::timestamptz
        from unnest(${keys.map((key) => key.customerId)}::bigint[], ${keys.map((key) => key.purpose)}::text[]) as k (customer_id, purpose)
        order by customer_id, purpose
        on conflict (customer_id, purpose) do update set granted = c.granted
      ) select 1`,
  );
  await query(
    tx,
    sql`delete from consent_current c
      using unnest(${keys.map((key) => key.customerId)}::bigint[], ${keys.map((key) => key.purpose)}::text[]) as k (customer_id, purpose)
      where c.customer_id = k.customer_id and c.purpose = k.purpose and c.at = 'epoch'`,
  );
}

/** The last entries of the chains of these customers, whatever the purpose: most that an import brings have none. */
async function headsOf(tx: Tx, entries: readonly NewEntry[]) {
  const ids = [...new Set(entries.map((entry) => entry.customerId))];
  if (!ids.length) return [];
  return query(
    tx,
    sql`select k.customer_id, head.purpose, head.chain, head.seq, head.hash
      from unnest(${digits(ids)}::bigint[]) as k (customer_id),
      lateral (select distinct on (purpose) purpose, chain, seq, hash from consent_answers a
        where a.customer_id = k.customer_id order by purpose, seq desc) as head`,
    StoredHead,
  );
}
