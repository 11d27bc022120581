import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { importSource, sealText } from "../../garden/index.ts";
import {
  forgetImported,
  gardenAmountParams,
  gardenAmountSql,
  storeImported,
  supersedeByImport,
} from "../events/index.ts";
import { lineKindOf } from "./listed.ts";
import { type StoredImport, saveReviewTexts } from "./store.ts";
import { workTable } from "./tables.ts";

/** Removes what an import that nobody sees has left in the event store. */
export async function forgetAttempt(ctx: Context, importId: number): Promise<void> {
  await forgetImported(ctx, importId);
  const [row] = await ctx.events.query(
    z.object({ count: z.number() }),
    { import_id: importId },
    "select count() as count from import_records where import_id = {import_id:UInt32}",
  );
  if (!row?.count) return;
  await ctx.events.command(
    "alter table import_records delete where import_id = {import_id:UInt32} settings mutations_sync = 1",
    { import_id: importId },
    { lane: "work" },
  );
}

/** Whether the record's customer, if it has one, allows that it is kept; a customer's own answer always is. */
const keptOf = (one: StoredImport) =>
  lineKindOf(one.mapping)?.kind.keeps === "answers" ? "r.erased = 0" : "(r.person = '' or r.collect = 1)";

/** A bucket's records that are new, changed or taken back, and may be kept. */
const keptRecords = (one: StoredImport) =>
  `from (select * from ${workTable(one.id, "records")} where bucket = {bucket:UInt16} and state in ('new', 'updated', 'withdrawn')) as r where ${keptOf(one)}`;

/** Writes a bucket's new and changed records as events, which nobody sees yet, and hides what they replace. */
export async function writeRecords(ctx: Context, one: StoredImport, bucket: number): Promise<void> {
  const { id } = one;
  const listed = lineKindOf(one.mapping) !== undefined;
  const source = await importSource(ctx.pool);
  const kept = keptRecords(one);
  const base = { bucket, id, version: one.version! };
  // Only events go to the event store; the others leave there what they are known by.
  const keeps = lineKindOf(one.mapping)?.kind.keeps ?? "events";
  if (keeps === "events")
    await storeImported(
      ctx,
      `select event_id, customer_id, customer_id, happened_at, {received:DateTime64(3, 'UTC')}, {source:UInt32}, {id:UInt32}, name, ${listed ? "channel, medium, campaign" : "{channel:String}, if({channel:String} = '', '', 'owned'), ''"}, record_key, {version:UInt64}, amount_minor, currency, ${gardenAmountSql}, {synthetic:UInt8}, properties
      from (select * ${kept} and r.state != 'withdrawn')`,
      {
        ...base,
        ...(await gardenAmountParams(ctx)),
        received: one.createdAt,
        source: source.id,
        channel: one.mapping.rules.channel,
        synthetic: ctx.garden.synthetic,
      },
    );
  await supersedeByImport(
    ctx,
    `select r.old_event_id, {id:UInt32} ${kept} and r.state in ('updated', 'withdrawn') and r.old_event_id != toUUID('00000000-0000-0000-0000-000000000000')`,
    { bucket, id },
  );
}

/**
 * Notes by what the records of a bucket are known from now on. After the last bucket was compared: each of them looks through
 * all that is known, and must not find what this very import has written.
 */
export async function noteRecords(ctx: Context, one: StoredImport, bucket: number): Promise<void> {
  await ctx.events.command(
    `insert into import_records (record_key, import_id, record_version, event_id, content, withdrawn)
      select r.record_key, {id:UInt32}, {version:UInt64}, r.event_id, if(r.state = 'withdrawn', 0, r.content), r.state = 'withdrawn' ${keptRecords(one)}`,
    { bucket, id: one.id, version: one.version! },
    { lane: "work" },
  );
}

const TextRow = z.object({
  recordKey: z.string(),
  customerId: z.number(),
  title: z.string(),
  body: z.string(),
  at: z.string(),
});

/** The words of new and changed reviews, answers and requests of a bucket go to the state store, beside who wrote them. */
export async function writeReviewTexts(ctx: Context, one: StoredImport, bucket: number): Promise<void> {
  let after = "";
  for (;;) {
    const texts = await ctx.events.query(
      TextRow,
      { after, bucket },
      `select record_key, customer_id, title, body, happened_at as at from ${workTable(one.id, "records")} as r
        where bucket = {bucket:UInt16} and record_key > {after:String} and state in ('new', 'updated') and ${keptOf(one)}
          and (title != '' or body != '') order by record_key limit 2000`,
      { lane: "work" },
    );
    if (!texts.length) return;
    after = texts.at(-1)!.recordKey;
    await ctx.inTransaction((tx) =>
      saveReviewTexts(
        tx,
        one.id,
        texts.map((text) => ({
          ...text,
          title: sealText(ctx, text.title, "review_texts.title"),
          body: sealText(ctx, text.body, "review_texts.body"),
          at: `${text.at}Z`,
        })),
      ),
    );
  }
}
