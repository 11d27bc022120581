import { z } from "zod";
import type { Context, Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { type Answer, recordAnswers } from "./record.ts";
import { allPurposes } from "./store.ts";

/** One answer of elsewhere, as a file holds it. */
export const ConsentRow = z.object({
  /** Whose it is: found or made by whoever reads the file. */
  customerId: z.number().int().positive(),
  purpose: z.string(),
  granted: z.boolean(),
  at: z.date(),
  /** What shows it: the file and its line, or the receipt of the system before. */
  proof: z.string().max(300),
  place: z.string().max(300).optional(),
  wordingVersion: z.number().int().positive().optional(),
});
export type ConsentRow = z.infer<typeof ConsentRow>;

/** Rows in one transaction. */
const atOnce = 5_000;

/** Why a row was left out, by the place of the row. */
export interface ImportedConsents {
  recorded: number;
  /** Stood in the ledger already, with the same time and answer: the file was taken before. */
  unchanged: number;
  rejected: { row: number; code: "purpose_unknown" | "in_the_future" }[];
}

/**
 * Takes over what people answered elsewhere: their own words, which stand as such, unlike what a brand states with an import.
 * A row that was taken before may come again: it is known by its time and its answer. The caller has found the customers.
 */
export async function importConsents(ctx: Context, rows: readonly ConsentRow[]): Promise<ImportedConsents> {
  ctx.require("data:write");
  const known = new Map((await allPurposes(ctx.pool)).map((purpose) => [purpose.key, purpose]));
  const result: ImportedConsents = { recorded: 0, unchanged: 0, rejected: [] };
  const latest = ctx.now();
  const answers: Answer[] = [];
  rows.forEach((row, at) => {
    const purpose = known.get(row.purpose);
    if (!purpose || purpose.retiredAt) result.rejected.push({ row: at, code: "purpose_unknown" });
    else if (row.at > latest) result.rejected.push({ row: at, code: "in_the_future" });
    else
      answers.push({
        customerId: row.customerId,
        purpose: row.purpose,
        granted: row.granted,
        basis: "consent",
        origin: "imported answer",
        actor: "import",
        proof: row.proof,
        at: row.at,
        ...(row.place ? { place: row.place } : {}),
        ...(row.wordingVersion ? { wordingVersion: row.wordingVersion } : {}),
      });
  });
  for (let start = 0; start < answers.length; start += atOnce) {
    const part = answers.slice(start, start + atOnce);
    await ctx.inTransaction(async (tx) => {
      const fresh = await notTakenBefore(tx, part);
      await recordAnswers(tx, fresh);
      result.recorded += fresh.length;
      result.unchanged += part.length - fresh.length;
    });
  }
  return result;
}

async function notTakenBefore(tx: Tx, answers: readonly Answer[]): Promise<Answer[]> {
  const rows = await query(
    tx,
    sql`select k.place::integer as place from unnest(${answers.map((one) => one.customerId)}::bigint[], ${answers.map((one) => one.purpose)}::text[],
        ${answers.map((one) => one.granted)}::boolean[], ${answers.map((one) => one.at)}::timestamptz[]) with ordinality
        as k (customer_id, purpose, granted, at, place)
      where exists (select 1 from consent_answers a where a.customer_id = k.customer_id and a.purpose = k.purpose
        and a.granted = k.granted and a.at = k.at and a.origin = 'imported answer')`,
    z.object({ place: z.number() }),
  );
  const taken = new Set(rows.map((row) => row.place));
  const seen = new Set<string>();
  return answers.filter((one, at) => {
    const key = [one.customerId, one.purpose, one.granted, one.at.getTime()].join(" ");
    const isFresh = !taken.has(at + 1) && !seen.has(key);
    seen.add(key);
    return isFresh;
  });
}
