import { z } from "zod";
import { openText } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import type { FindWords, Words } from "../profiles/index.ts";

/** The notes of contacts, beside their touchpoints on the customer's page. */
export const contactWords: FindWords = async (ctx, ids, touchpoints) => {
  const noted = touchpoints.filter(
    ({ name, properties }) => name === "Contact Recorded" && properties.has_note,
  );
  const byContact = new Map(noted.map(({ eventId, properties }) => [Number(properties.contact_id), eventId]));
  const wanted = [...byContact.keys()].filter(Number.isSafeInteger);
  if (!wanted.length) return new Map();
  const rows = await query(
    ctx.pool,
    sql`select id, note from contacts where id = any(${wanted}::bigint[]) and customer_id = any(${[...ids]}::bigint[]) and note is not null`,
    z.object({ id: z.number(), note: z.string() }),
  );
  return new Map(
    rows.map(({ id, note }): [string, Words] => [
      byContact.get(id)!,
      { title: "", text: openText(ctx, note, "contacts.note") },
    ]),
  );
};
