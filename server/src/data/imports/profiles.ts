import { z } from "zod";
import { type Context, importSource, type Tx } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { Basis, recordAnswers } from "../consent/index.ts";
import { patchImportedTraits, queueCustomerRows } from "../profiles/index.ts";
import { lineKindOf } from "./listed.ts";
import type { StoredImport } from "./store.ts";
import { workTable } from "./tables.ts";

/** Records in one transaction. */
const atOnce = 2_000;

const Row = z.object({
  recordKey: z.string(),
  customerId: z.number(),
  name: z.string(),
  properties: z.string(),
  at: z.string(),
});
type Row = z.infer<typeof Row>;

const utc = (text: string) => new Date(`${text.replace(" ", "T")}Z`);

/**
 * What an import brings to the state store, once it is shown: traits of customers, and their answers. Each part is
 * written in one transaction together with how far it came, so that nothing is written twice after a crash.
 */
export async function saveToState(ctx: Context, one: StoredImport): Promise<void> {
  const keeps = lineKindOf(one.mapping)?.kind.keeps;
  if (keeps !== "profiles" && keeps !== "answers") return;
  const sourceId = (await importSource(ctx.pool)).id;
  const kept = keeps === "answers" ? "p.erased = 0" : "p.collect = 1";
  let after = await savedThrough(ctx, one.id);
  for (;;) {
    const found = await ctx.events.query(
      Row,
      { after, max: atOnce },
      `select r.record_key as record_key, p.customer_id as customer_id, toString(r.name) as name, r.properties as properties, r.happened_at as at
        from (select * from ${workTable(one.id, "records")} where state in ('new', 'updated') and record_key > {after:String} order by record_key limit {max:UInt32}) as r
        inner join ${workTable(one.id, "people")} as p on p.person = r.person
        where ${kept} order by record_key`,
      { lane: "work" },
    );
    const next = await lastKey(ctx, one.id, after);
    if (next === undefined) return;
    await ctx.inTransaction(async (tx) => {
      if (keeps === "profiles") await saveTraitsOf(tx, one, found);
      else await saveAnswersOf(tx, ctx, one, found, sourceId);
      await query(tx, sql`update imports set saved_through = ${next} where id = ${one.id}`);
    });
    after = next;
  }
}

async function savedThrough(ctx: Context, importId: number): Promise<string> {
  const row = await queryOne(
    ctx.pool,
    sql`select saved_through as through from imports where id = ${importId}`,
    z.object({ through: z.string() }),
  );
  return row?.through ?? "";
}

/** The last key of the part that follows; undefined at the end. Of some parts nobody's records may be kept. */
async function lastKey(ctx: Context, importId: number, after: string): Promise<string | undefined> {
  const [row] = await ctx.events.query(
    z.object({ last: z.string() }),
    { after, max: atOnce },
    `select max(record_key) as last from (select record_key from ${workTable(importId, "records")}
      where state in ('new', 'updated') and record_key > {after:String} order by record_key limit {max:UInt32})`,
    { lane: "work" },
  );
  return row?.last || undefined;
}

function saveTraitsOf(tx: Tx, one: StoredImport, rows: readonly Row[]): Promise<void> {
  return patchImportedTraits(
    tx,
    one.id,
    rows.map((row) => ({
      customerId: row.customerId,
      traits: z.record(z.string(), z.unknown()).parse(JSON.parse(row.properties)),
      at: utc(row.at),
    })),
  );
}

/** Characters of the words that an answer was given to, and of where, in the ledger. */
const textMax = 300;

const Said = z.object({
  purpose: z.string(),
  basis: Basis,
  wording: z.string().default(""),
  origin: z.string().default(""),
});

async function saveAnswersOf(
  tx: Tx,
  ctx: Context,
  one: StoredImport,
  rows: readonly Row[],
  sourceId: number,
): Promise<void> {
  await recordAnswers(
    tx,
    rows.map((row) => {
      const { purpose, basis, wording, origin } = Said.parse(JSON.parse(row.properties));
      return {
        ...{ customerId: row.customerId, purpose, basis, granted: row.name === "Consent Granted" },
        // What people said, and not what the brand states: it stands above that.
        origin: "imported answer",
        actor: "import",
        ...(origin ? { place: origin.slice(0, textMax) } : {}),
        proof: [`import ${publicId("import", one.id)}`, wording && `"${wording.slice(0, textMax)}"`]
          .filter(Boolean)
          .join(", "),
        ...{ sourceId, importId: one.id, at: utc(row.at) },
      };
    }),
    { rowsFollow: true },
  );
  await queueCustomerRows(tx, [...new Set(rows.map((row) => row.customerId))], ctx.garden.synthetic);
}
