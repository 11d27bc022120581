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

/** Whether an import brings something to the state store once it is shown. */
export const savesToState = (one: Pick<StoredImport, "mapping">): boolean => {
  const keeps = lineKindOf(one.mapping)?.kind.keeps;
  return keeps === "profiles" || keeps === "answers";
};

/**
 * What an import brings to the state store, once it is shown: traits of customers, and their answers. Each part is
 * written in one transaction together with how far it came, so that nothing is written twice after a crash.
 */
export async function saveToState(
  ctx: Context,
  one: StoredImport,
  progress: (done: number, all: number) => Promise<void>,
): Promise<void> {
  if (!savesToState(one)) return;
  const keepsAnswers = lineKindOf(one.mapping)?.kind.keeps === "answers";
  const sourceId = (await importSource(ctx.pool)).id;
  const records = workTable(one.id, "records");
  const kept = `state in ('new', 'updated') and customer_id != 0 and ${keepsAnswers ? "erased = 0" : "collect = 1"}`;
  const after = await savedThrough(ctx, one.id);
  const buckets = await ctx.events.query(
    z.object({ bucket: z.number(), records: z.number() }),
    {},
    `select bucket, count() as records from ${records} where ${kept} group by bucket order by bucket`,
    { lane: "work" },
  );
  const all = buckets.reduce((sum, bucket) => sum + bucket.records, 0);
  let done = 0;
  for (const { bucket, records: inBucket } of buckets) {
    const key = bucket === after.bucket ? after.key : "";
    // A bucket is read once, and is no larger than all that is worked on at a time.
    const found =
      bucket < after.bucket
        ? []
        : await ctx.events.query(
            Row,
            { bucket, key },
            `select record_key, customer_id, toString(name) as name, properties, happened_at as at from ${records}
              where bucket = {bucket:UInt16} and record_key > {key:String} and ${kept} order by record_key`,
            { lane: "work" },
          );
    done += inBucket - found.length;
    for (let start = 0; start < found.length; start += atOnce) {
      const rows = found.slice(start, start + atOnce);
      const through = `${bucket}:${rows.at(-1)!.recordKey}`;
      await ctx.inTransaction(async (tx) => {
        if (keepsAnswers) await saveAnswersOf(tx, ctx, one, rows, sourceId);
        else await saveTraitsOf(tx, one, rows);
        await query(tx, sql`update imports set saved_through = ${through} where id = ${one.id}`);
      });
      done += rows.length;
      await progress(done, all);
    }
  }
}

/** How far an import that was cut short had come: a bucket, and the last record of it. */
async function savedThrough(ctx: Context, importId: number): Promise<{ bucket: number; key: string }> {
  const row = await queryOne(
    ctx.pool,
    sql`select saved_through as through from imports where id = ${importId}`,
    z.object({ through: z.string() }),
  );
  const [, bucket, key] = /^(\d+):(.*)$/s.exec(row?.through ?? "") ?? [];
  return bucket === undefined ? { bucket: -1, key: "" } : { bucket: Number(bucket), key: key! };
}

/** A trait as the state store takes it: the character NUL, which JSON can write and no text can hold, goes. */
const withoutNul = (_key: string, value: unknown) =>
  typeof value === "string" ? value.replaceAll("\0", "") : value;

function saveTraitsOf(tx: Tx, one: StoredImport, rows: readonly Row[]): Promise<void> {
  return patchImportedTraits(
    tx,
    one.id,
    rows.map((row) => ({
      customerId: row.customerId,
      traits: z.record(z.string(), z.unknown()).parse(JSON.parse(row.properties, withoutNul)),
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
