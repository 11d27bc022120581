import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { type Executor, query, queryOne, sql } from "../../platform/postgres/index.ts";
import { ContactSettings, Mood } from "./model.ts";

const settingKey = "contacts";

export async function savedSettings(db: Executor): Promise<ContactSettings | undefined> {
  const row = await queryOne(
    db,
    sql`select value from settings where key = ${settingKey}`,
    z.object({ value: ContactSettings }),
  );
  return row?.value;
}

export async function saveSettings(tx: Tx, value: ContactSettings, at: Date): Promise<void> {
  await query(
    tx,
    sql`insert into settings (key, value, changed_at) values (${settingKey}, ${sql.json(value)}, ${at})
      on conflict (key) do update set value = excluded.value, changed_at = excluded.changed_at`,
  );
}

export const StoredContact = z.object({
  id: z.number(),
  at: z.date(),
  recordedAt: z.date(),
  actorId: z.string(),
  actorName: z.string(),
  customerId: z.number().nullable(),
  customerName: z.string().nullable(),
  kind: z.string(),
  channel: z.string(),
  topics: z.array(z.string()),
  mood: Mood.nullable(),
  note: z.string().nullable(),
  undoneAt: z.date().nullable(),
});
export type StoredContact = z.infer<typeof StoredContact>;

const contacts =
  sql.raw(`select c.id, c.at, c.recorded_at, c.actor_id, c.actor_name, coalesce(l.customer_id, c.customer_id) as customer_id,
    p.display_name as customer_name, c.kind, c.channel, c.topics, c.mood, c.note, c.undone_at
  from contacts c left join customer_links l on l.subject_id = c.customer_id
    left join customers p on p.id = coalesce(l.customer_id, c.customer_id)`);

export function findContact(db: Executor, id: number): Promise<StoredContact | undefined> {
  return queryOne(db, sql`${contacts} where c.id = ${id}`, StoredContact);
}

export function findByClientId(db: Executor, clientId: string): Promise<StoredContact | undefined> {
  return queryOne(db, sql`${contacts} where c.client_id = ${clientId}`, StoredContact);
}

export function contactsSince(db: Executor, since: Date, max: number): Promise<StoredContact[]> {
  return query(
    db,
    sql`${contacts} where c.recorded_at >= ${since} order by c.id desc limit ${max}`,
    StoredContact,
  );
}

/** The new contact's id; undefined where one with that client id is there. */
export async function insertContact(
  tx: Tx,
  contact: Omit<StoredContact, "id" | "customerName" | "undoneAt"> & { clientId: string },
): Promise<number | undefined> {
  const row = await queryOne(
    tx,
    sql`insert into contacts (client_id, at, recorded_at, actor_id, actor_name, customer_id, kind, channel, topics, mood, note)
      values (${contact.clientId}, ${contact.at}, ${contact.recordedAt}, ${contact.actorId}, ${contact.actorName},
        ${contact.customerId}, ${contact.kind}, ${contact.channel}, ${contact.topics}, ${contact.mood}, ${contact.note})
      on conflict (client_id) do nothing returning id`,
    z.object({ id: z.number() }),
  );
  return row?.id;
}

/** Takes a contact back, and its note away. */
export async function markUndone(tx: Tx, id: number, at: Date): Promise<void> {
  await query(tx, sql`update contacts set undone_at = ${at}, note = null where id = ${id}`);
}
