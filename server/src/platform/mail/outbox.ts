import { randomUUID } from "node:crypto";
import type { Pool, PoolClient } from "pg";
import { z } from "zod";
import { query, sql } from "../postgres/index.ts";

export interface NewMail {
  kind: string;
  customerId: number | null;
  /** What must be allowed at the moment of sending; null where nothing is needed. */
  needs: string | null;
  to: string;
  subject: string;
  /** `{{address}}` in the words becomes the public address of this server. */
  text: string;
  html: string;
  at: Date;
}

/** A new `Message-ID`: a mail keeps it however often it is tried, so that receivers know it again. */
export const newMessageId = () => `<${randomUUID()}@rondell>`;

/** Puts a mail into the outbox, in the transaction that causes it: it goes after the commit, or not at all. */
export async function queueMail(tx: PoolClient, mail: NewMail, messageId = newMessageId()): Promise<void> {
  await query(
    tx,
    sql`insert into mails (kind, customer_id, needs, recipient, subject, body_text, body_html, message_id, due_at, created_at)
      values (${mail.kind}, ${mail.customerId}, ${mail.needs}, ${mail.to}, ${mail.subject}, ${mail.text}, ${mail.html}, ${messageId},
        ${mail.at}, ${mail.at})`,
  );
}

export const MailLogEntry = z.object({
  id: z.number(),
  kind: z.string(),
  customerId: z.number().nullable(),
  recipient: z.string(),
  subject: z.string(),
  state: z.enum(["waiting", "sending", "sent", "dropped", "failed"]),
  reason: z.string().nullable(),
  attempts: z.number(),
  createdAt: z.date(),
  endedAt: z.date().nullable(),
});
export type MailLogEntry = z.infer<typeof MailLogEntry>;

/** What was sent and what waits, newest first. */
export function listMails(on: Pool, max: number): Promise<MailLogEntry[]> {
  return query(
    on,
    sql`select id, kind, customer_id, recipient, subject, state, reason, attempts, created_at, ended_at from mails order by id desc limit ${max}`,
    MailLogEntry,
  );
}

/**
 * Removes everything that the outbox and the log hold about these customers, and of mails to these addresses. Gives the
 * `Message-ID` of each.
 */
export async function eraseMails(
  tx: PoolClient,
  customerIds: readonly number[],
  addresses: readonly string[] = [],
): Promise<string[]> {
  const rows = await query(
    tx,
    sql`delete from mails where customer_id = any(${[...customerIds]}::bigint[]) or lower(recipient) = any(${[...addresses]}::text[])
      returning message_id`,
    z.object({ messageId: z.string() }),
  );
  return rows.map((row) => row.messageId);
}
