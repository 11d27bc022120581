import type { Tx } from "../../garden/index.ts";
import { eraseMails } from "../../platform/mail/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { wordingHashes } from "./append.ts";
import { commitmentOfContent } from "./ledger-hash.ts";
import { contentOf, StoredEntry, storedColumns } from "./stored.ts";

/** Entries in one statement. */
const atOnce = 10_000;

/**
 * Erases everything that the ledger, the current answers, open confirmations and the log of mails hold about these ids. Each entry loses its content, its salt and
 * whom it was about; what stays is its place in the chain and what its hash was made of, so that the rest can still be
 * proven. Gives how many entries were erased.
 */
export async function eraseAnswers(tx: Tx, customerIds: readonly number[]): Promise<number> {
  const ids = [...customerIds];
  if (!ids.length) return 0;
  // The current answers first: whoever adds to one of these chains waits, or has finished.
  await query(tx, sql`delete from consent_current where customer_id = any(${ids}::bigint[])`);
  await query(tx, sql`delete from own_answers where customer_id = any(${ids}::bigint[])`);
  await query(tx, sql`delete from consent_requests where customer_id = any(${ids}::bigint[])`);
  await eraseMails(tx, ids);
  const wordings = await wordingHashes(tx);
  let erased = 0;
  for (;;) {
    const rows = await query(
      tx,
      sql`select ${storedColumns} from consent_answers where customer_id = any(${ids}::bigint[]) limit ${atOnce}`,
      StoredEntry,
    );
    const commitments = rows.map((row) => commitmentOfContent(row.salt!, contentOf(row, wordings)));
    await query(
      tx,
      sql`update consent_answers as e set erased_at = now(), commitment = a.commitment, act = 'answer', salt = null,
          customer_id = null, purpose = null, granted = null, basis = null, origin = null, source_id = null, place = null, actor = null,
          proof = null, wording_version = null, import_id = null, at = null, recorded_at = null
        from unnest(${rows.map((row) => row.id)}::bigint[], ${commitments}::bytea[]) as a (id, commitment) where e.id = a.id`,
    );
    erased += rows.length;
    if (rows.length < atOnce) return erased;
  }
}
