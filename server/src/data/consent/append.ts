import { randomBytes, randomUUID } from "node:crypto";
import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { commitmentOf, entryHash, microsOf, noHash, wordingHash } from "./ledger-hash.ts";
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

const Head = z.object({
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

/**
 * Adds entries to the ledger, each behind the last one of its customer and purpose. The caller holds the rows of
 * `consent_current` of all of them, so that nobody else adds to the same chains meanwhile.
 */
export async function appendEntries(tx: Tx, entries: readonly NewEntry[]): Promise<void> {
  if (!entries.length) return;
  const keys = new Map(entries.map((entry) => [`${entry.customerId} ${entry.purpose}`, entry]));
  const heads = new Map<string, { chain: string; seq: number; hash: Buffer }>();
  for (const head of await headsOf(tx, [...keys.values()]))
    heads.set(`${head.customerId} ${head.purpose}`, head);
  const hashes = await wordingHashes(tx);
  const recordedAt = new Date();
  const recordedMicros = microsOf(recordedAt);
  const salts = randomBytes(16 * entries.length);
  const rows = entries.map((entry, at) => {
    const key = `${entry.customerId} ${entry.purpose}`;
    const head = heads.get(key);
    const salt = salts.subarray(16 * at, 16 * at + 16);
    const seq = (head?.seq ?? 0) + 1;
    const commitment = commitmentOf(salt, {
      ...entry,
      wordingHash: hashes.get(`${entry.purpose} ${entry.wordingVersion}`) ?? null,
      atMicros: microsOf(entry.at),
      recordedMicros,
    });
    const hash = entryHash(head?.hash ?? noHash, commitment, seq);
    const chain = head?.chain ?? randomUUID();
    heads.set(key, { chain, seq, hash });
    return { ...entry, salt, seq, hash, chain };
  });
  const column = <K extends keyof (typeof rows)[number]>(name: K) => rows.map((row) => row[name]);
  await query(
    tx,
    sql`insert into consent_answers (customer_id, purpose, act, granted, basis, origin, source_id, place, actor, proof, wording_version,
        import_id, at, recorded_at, chain, seq, salt, hash)
      select customer_id, purpose, act, granted, basis, origin, source_id, place, actor, proof, wording_version,
        import_id, at, ${recordedAt}, chain, seq, salt, hash
      from unnest(${column("customerId")}::bigint[], ${column("purpose")}::text[], ${column("act")}::text[], ${column("granted")}::boolean[],
        ${column("basis")}::text[], ${column("origin")}::text[], ${column("sourceId")}::bigint[], ${column("place")}::text[],
        ${column("actor")}::text[], ${column("proof")}::text[], ${column("wordingVersion")}::integer[], ${column("importId")}::bigint[],
        ${column("at")}::timestamptz[], ${column("chain")}::uuid[], ${column("seq")}::integer[], ${column("salt")}::bytea[], ${column("hash")}::bytea[])
        as a (customer_id, purpose, act, granted, basis, origin, source_id, place, actor, proof, wording_version, import_id, at, chain, seq, salt, hash)`,
  );
}

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

function headsOf(tx: Tx, keys: readonly { customerId: number; purpose: string }[]) {
  return query(
    tx,
    sql`select k.customer_id, k.purpose, head.chain, head.seq, head.hash
      from unnest(${keys.map((key) => key.customerId)}::bigint[], ${keys.map((key) => key.purpose)}::text[]) as k (customer_id, purpose),
      lateral (select chain, seq, hash from consent_answers a
        where a.customer_id = k.customer_id and a.purpose = k.purpose order by seq desc limit 1) as head`,
    Head,
  );
}
