import { z } from "zod";
import type { Context, Tx } from "../../garden/index.ts";
import { query, queryOne, sql, withTransaction } from "../../platform/postgres/index.ts";
import type { Anchors } from "./anchors.ts";
import { wordingHashes } from "./append.ts";
import { commitmentOfContent, entryHash, noHash } from "./ledger-hash.ts";
import { Seal, sealColumns, sealDigest, sealHash } from "./seal.ts";
import { contentOf, type StoredEntry, storedColumns } from "./stored.ts";

/**
 * What does not fit. `entry_changed`: its content does not fit its hash, or it does not follow on the one before.
 * `entry_missing`: the one before it is gone. `answer_unfounded`: an answer counts that no entry gave.
 * `seal_broken`: what a seal covers is more, less or other than it was. `tail_cut`: seals that are written down outside of the
 * database are gone from it, or are others.
 */
export const FaultKind = z.enum([
  "entry_changed",
  "entry_missing",
  "answer_unfounded",
  "seal_broken",
  "tail_cut",
]);

export const Fault = z.object({
  kind: FaultKind,
  /** The first entry that does not fit; null where a seal or a current answer does not. */
  entry: z.number().nullable(),
  seal: z.number().nullable(),
  customerId: z.number().nullable(),
  purpose: z.string().nullable(),
});
export type Fault = z.infer<typeof Fault>;

export const Check = z.object({
  checkedAt: z.date(),
  entries: z.number(),
  /** How many of them were erased: their place is proven, their content is gone. */
  erased: z.number(),
  chains: z.number(),
  seals: z.number(),
  fault: Fault.nullable(),
});
export type Check = z.infer<typeof Check>;

/** Entries that are read at once. */
const page = 5_000;

/**
 * Goes through the whole ledger and says whether every entry stands as it was written. Nothing of it rests on functions in the
 * database. What was cut off cleanly since the last seal cannot be seen, unless an answer counts that has no entry.
 */
export async function verifyLedger(
  ctx: Context,
  anchors: Anchors,
  progress: (done: number) => Promise<void> = async () => {},
): Promise<Check> {
  const anchored = await anchors.read(ctx.garden);
  const check = await withTransaction(
    ctx.pool,
    async (tx) => {
      await query(tx, sql`set local statement_timeout = 0`);
      await query(tx, sql`set local idle_in_transaction_session_timeout = 0`);
      const chains = await checkChains(tx, progress);
      const seals = await checkSeals(tx, anchored);
      const fault = chains.fault ?? seals.fault ?? (await findUnfounded(tx));
      return { ...chains, seals: seals.seals, fault: fault ?? null, checkedAt: ctx.now() };
    },
    { isolation: "repeatable read", readOnly: true },
  );
  await query(
    ctx.pool,
    sql`insert into consent_checks (checked_at, entries, erased, chains, seals, fault)
      values (${check.checkedAt}, ${check.entries}, ${check.erased}, ${check.chains}, ${check.seals}, ${check.fault && sql.json(check.fault)})`,
  );
  if (check.fault) ctx.log.error({ fault: check.fault }, "the ledger of consent does not fit");
  return check;
}

/** Follows each chain from its first entry to its last. */
async function checkChains(tx: Tx, progress: (done: number) => Promise<void>) {
  const wordings = await wordingHashes(tx);
  const found = { entries: 0, erased: 0, chains: 0, fault: undefined as Fault | undefined };
  let chain = "";
  let seq = 0;
  let hash: Buffer = noHash;
  /** One fault a chain: what follows on it does not fit either. */
  let isBroken = false;
  await query(
    tx,
    sql`declare ledger no scroll cursor for select ${storedColumns} from consent_answers order by chain, seq, id`,
  );
  for (;;) {
    const rows = await query<StoredEntry>(tx, sql.raw(`fetch ${page} from ledger`));
    for (const row of rows) {
      if (row.chain !== chain) {
        chain = row.chain;
        seq = 0;
        hash = noHash;
        isBroken = false;
        found.chains++;
      }
      found.entries++;
      if (row.erased) found.erased++;
      if (isBroken) continue;
      const kind = faultOf(row, seq, hash, wordings);
      if (kind) {
        isBroken = true;
        if (!found.fault || row.id < found.fault.entry!)
          found.fault = { kind, entry: row.id, seal: null, customerId: row.customerId, purpose: row.purpose };
      }
      seq = row.seq;
      hash = row.hash;
    }
    await progress(found.entries);
    if (rows.length < page) return found;
  }
}

function faultOf(
  row: StoredEntry,
  seq: number,
  previous: Buffer,
  wordings: ReadonlyMap<string, string>,
): Fault["kind"] | undefined {
  if (row.seq > seq + 1) return "entry_missing";
  const commitment = row.erased
    ? row.commitment
    : row.salt && commitmentOfContent(row.salt, contentOf(row, wordings));
  const fits = row.seq === seq + 1 && commitment && entryHash(previous, commitment, row.seq).equals(row.hash);
  return fits ? undefined : "entry_changed";
}

/** Counts what each seal covers anew, and compares the seals with those written down outside. */
async function checkSeals(tx: Tx, anchored: Awaited<ReturnType<Anchors["read"]>>) {
  const seals = await query(tx, sql`select ${sealColumns} from consent_seals order by number`, Seal);
  const broken = (kind: Fault["kind"], seal: number): { seals: number; fault?: Fault } => ({
    seals: seals.length,
    fault: { kind, entry: null, seal, customerId: null, purpose: null },
  });
  let before: Seal | undefined;
  for (const seal of seals) {
    const follows = seal.number === (before?.number ?? 0) + 1 && seal.fromId === (before?.uptoId ?? 0) + 1;
    if (!follows || !sealHash(before?.hash ?? noHash, seal).equals(seal.hash))
      return broken("seal_broken", seal.number);
    const covered = await digestOf(tx, seal);
    if (covered.entries !== seal.entries || !covered.digest.equals(seal.digest))
      return broken("seal_broken", seal.number);
    before = seal;
  }
  const byNumber = new Map(seals.map((seal) => [seal.number, seal]));
  for (const { number, hash } of anchored) {
    if (byNumber.get(number)?.hash.toString("hex") !== hash) return broken("tail_cut", number);
  }
  return { seals: seals.length };
}

async function digestOf(tx: Tx, { fromId, uptoId }: Seal) {
  const digest = sealDigest();
  for (let after = fromId - 1; ; ) {
    const rows = await query<{ id: number; hash: Buffer }>(
      tx,
      sql`select id, hash from consent_answers where id > ${after} and id <= ${uptoId} order by id limit 20000`,
    );
    for (const { id, hash } of rows) digest.add(id, hash);
    if (rows.length < 20_000) return digest.end();
    after = rows.at(-1)!.id;
  }
}

/**
 * An answer that counts, and stands in no entry. Of a customer whom an operator merged what counts follows from the own
 * answers of the parts: it stands in an entry of one of them, and each own answer in one of its own part.
 */
async function findUnfounded(tx: Tx): Promise<Fault | undefined> {
  const [row] = await query(
    tx,
    sql`select customer_id, purpose from consent_current c
      where not exists (select from consent_answers a where a.customer_id = c.customer_id and a.purpose = c.purpose and a.granted = c.granted)
        and not exists (select from customer_parts p join consent_answers a on a.customer_id = p.customer_id
          where p.survivor_id = c.customer_id and a.purpose = c.purpose and a.granted = c.granted)
      union all select customer_id, purpose from own_answers o
      where not exists (select from consent_answers a where a.customer_id = o.customer_id and a.purpose = o.purpose and a.granted = o.granted)
      order by 1, 2 limit 1`,
    z.object({ customerId: z.number(), purpose: z.string() }),
  );
  return row && { kind: "answer_unfounded", entry: null, seal: null, ...row };
}

/** What the last check found; undefined where none was made. */
export function lastCheck(ctx: Context): Promise<Check | undefined> {
  return queryOne(
    ctx.pool,
    sql`select checked_at, entries, erased, chains, seals, fault from consent_checks order by id desc limit 1`,
    Check,
  );
}
