import { z } from "zod";
import { openText, type SealedColumn } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import type { FindWords, Words } from "../profiles/index.ts";

export const sealedByImports: SealedColumn[] = [
  { table: "review_texts", column: "title" },
  { table: "review_texts", column: "body" },
];

const namesWithWords = ["Review Submitted", "Survey Answered", "Ticket Opened"];
/** What an event says of words that are kept apart from it. */
const hasWords = ["has_text", "has_reason"];

/** What customers wrote in imported reviews, answers and requests: the words of the import whose event is seen, and of no other. */
export const reviewWords: FindWords = async (ctx, ids, touchpoints) => {
  const reviews = touchpoints.filter(
    ({ name, properties }) =>
      namesWithWords.includes(name) && hasWords.some((flag) => properties[flag] === true),
  );
  if (!reviews.length) return new Map();
  const events = await ctx.events.query(
    z.object({ eventId: z.string(), recordKey: z.string(), importId: z.number() }),
    { ids: [...ids], events: reviews.map((review) => review.eventId) },
    `select toString(e.event_id) as event_id, record_key, import_id from events as e
      where written_customer_id in {ids:Array(UInt64)} and e.event_id in {events:Array(UUID)} and import_id > 0`,
  );
  const rows = await query(
    ctx.pool,
    sql`select a.event_id, t.title, t.body as text from review_texts t
      join unnest(${events.map((one) => one.eventId)}::text[], ${events.map((one) => one.recordKey)}::text[], ${events.map((one) => one.importId)}::bigint[])
        as a (event_id, record_key, import_id) on a.record_key = t.record_key and a.import_id = t.import_id`,
    z.object({ eventId: z.string(), title: z.string(), text: z.string() }),
  );
  return new Map(
    rows.map(({ eventId, title, text }): [string, Words] => [
      eventId,
      { title: openText(ctx, title, "review_texts.title"), text: openText(ctx, text, "review_texts.body") },
    ]),
  );
};
