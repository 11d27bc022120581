import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { appendEntries, holdChains } from "./append.ts";
import { Basis, isByHand, statedOrigins } from "./model.ts";
import { tell } from "./record.ts";
import { foldAgain, kept, retracted, sayBefore } from "./retract.ts";

const Noted = z.object({
  customerId: z.number(),
  purpose: z.string(),
  act: z.string(),
  granted: z.boolean().nullable(),
  basis: Basis,
  origin: z.string(),
  wordingVersion: z.number(),
  at: z.date(),
  isTaken: z.boolean(),
});

/** What an entry that takes another back has as its proof. */
export const takesBack = (entry: number) => `entry ${entry}`;

/**
 * Takes back an answer that was noted by hand: the ledger gets an entry that says so, and what was said before it counts
 * again. Gives what was taken back. Refuses: consent.entry_missing, consent.not_by_hand, consent.taken_back.
 */
export async function takeBackAnswer(
  tx: Tx,
  customerIds: readonly number[],
  entry: number,
  actor: string,
): Promise<{ entry: number; purpose: string; granted: boolean | null; origin: string; at: Date }> {
  const find = () =>
    queryOne(
      tx,
      sql`select a.customer_id, a.purpose, a.act, a.granted, a.basis, a.origin, a.wording_version, a.at, ${retracted} as is_taken
        from consent_answers a where a.id = ${entry} and a.customer_id = any(${[...customerIds]}::bigint[])`,
      Noted,
    );
  const first = await find();
  if (!first)
    refuse("missing", "consent.entry_missing", `This customer has no entry ${entry} in the ledger.`);
  await holdChains(tx, [first]);
  // Two tabs may ask at once: what is read behind the lock holds.
  const noted = (await find())!;
  const { customerId, purpose, granted, basis, origin, wordingVersion, at } = noted;
  if (noted.act !== "answer" || !isByHand(origin))
    refuse("conflict", "consent.not_by_hand", "Only what was noted by hand can be taken back.");
  if (noted.isTaken) refuse("conflict", "consent.taken_back", "This entry was taken back before.");
  await appendEntries(tx, [
    {
      ...{ customerId, purpose, act: "retracted", granted: null, basis, origin },
      ...{ sourceId: null, place: null, actor, proof: takesBack(entry), importId: null, wordingVersion },
      at: new Date(),
    },
  ]);
  const isStated = statedOrigins.includes(origin);
  for (const { table, isWhose } of kept) {
    await query(
      tx,
      sql`delete from ${table} c where customer_id = ${customerId} and purpose = ${purpose} and ${isWhose}
        and granted = ${granted} and stated = ${isStated} and at = ${at} and import_id is null`,
    );
    await sayBefore(tx, table, isWhose, [noted]);
  }
  await foldAgain(tx, [noted]);
  await tell(tx, "consent.changed", [noted]);
  if (granted) await tell(tx, "consent.withdrawn", [noted]);
  return { entry, purpose, granted, origin, at };
}
