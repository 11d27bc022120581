import type { Pool } from "pg";
import type { Logger } from "pino";
import { z } from "zod";
import { execute, query, queryOne, sql } from "../postgres/index.ts";
import { MailRefused, type MailTransport } from "./transport.ts";

const Due = z.object({
  id: z.number(),
  kind: z.string(),
  customerId: z.number().nullable(),
  needs: z.string().nullable(),
  recipient: z.string(),
  subject: z.string(),
  bodyText: z.string(),
  bodyHtml: z.string(),
  messageId: z.string(),
  attempts: z.number(),
});
export type DueMail = Pick<z.infer<typeof Due>, "kind" | "customerId" | "needs" | "messageId">;

/** Whoever holds a mail has this long to send it; then another may. Longer than any answer of a mail server takes. */
const leaseMs = 5 * 60_000;

/** Minutes until the next try, by how many there were; after the last one the mail has failed. */
const waits = [1, 5, 15, 60, 180, 360, 720, 1440];

/**
 * Sends what waits in the outbox of one garden. A mail is claimed, asked about (`mayGo`), handed over and noted as sent, each
 * saved by itself: a crash between handing over and noting sends it once more under the same `Message-ID`, and that is
 * the only way in which one goes twice. None is lost.
 */
export function startMails(around: {
  pool: Pool;
  transport: MailTransport;
  log: Logger;
  now(): Date;
  /** The sender, and the address of this server for links. */
  from(): { name: string; address: string };
  address(): string;
  /** Why a mail may not be sent any more; undefined where it may. */
  mayGo(mail: DueMail): Promise<string | undefined>;
}) {
  const { pool, transport, log, now } = around;
  let stopped = false;
  let paused = 0;
  let again = false;
  let running: Promise<void> | undefined;

  async function claim() {
    const at = now();
    return queryOne(
      pool,
      sql`update mails set state = 'sending', attempts = attempts + 1, due_at = ${new Date(at.getTime() + leaseMs)}
        where id = (select id from mails where state in ('waiting', 'sending') and due_at <= ${at} order by due_at, id limit 1 for update skip locked)
        returning id, kind, customer_id, needs, recipient, subject, body_text, body_html, message_id, attempts`,
      Due,
    );
  }

  /** Gives whether the mail is still known: who it went to may have been erased meanwhile. */
  async function end(
    id: number,
    state: "sent" | "dropped" | "failed",
    reason: string | null,
  ): Promise<boolean> {
    const ended = await execute(
      pool,
      sql`update mails set state = ${state}, reason = ${reason}, ended_at = ${now()}, body_text = null, body_html = null where id = ${id}`,
    );
    return ended > 0;
  }

  async function sendOne(): Promise<boolean> {
    const mail = await claim();
    if (!mail) return false;
    const barred = await around.mayGo(mail);
    if (barred) {
      await end(mail.id, "dropped", barred);
      return true;
    }
    const filled = (words: string) => words.replaceAll("{{address}}", around.address());
    try {
      await transport.send({
        messageId: mail.messageId,
        from: around.from(),
        to: mail.recipient,
        subject: mail.subject,
        text: filled(mail.bodyText),
        html: filled(mail.bodyHtml),
      });
    } catch (error) {
      const wait = waits[mail.attempts - 1];
      if (error instanceof MailRefused || wait === undefined) {
        log.warn(
          { err: error, mail: mail.id },
          "a mail is not taken by the mail server, and is not tried again",
        );
        await end(mail.id, "failed", error instanceof MailRefused ? "refused" : "unreachable");
        return true;
      }
      log.warn({ err: error, mail: mail.id, minutes: wait }, "a mail could not be sent; it is tried again");
      await query(
        pool,
        sql`update mails set state = 'waiting', reason = 'unreachable', due_at = ${new Date(now().getTime() + wait * 60_000)} where id = ${mail.id}`,
      );
      return true;
    }
    if (!(await end(mail.id, "sent", null))) await transport.forget(mail.messageId);
    return true;
  }

  function wake() {
    if (stopped || paused) return;
    if (running) {
      again = true;
      return;
    }
    running = (async () => {
      while (!stopped && !paused && (await sendOne()));
    })()
      .catch((error) => log.error({ err: error }, "the outbox of mails could not be read"))
      .finally(() => {
        running = undefined;
        if (again) {
          again = false;
          wake();
        }
      });
  }
  const timer = setInterval(wake, 20_000);
  timer.unref();
  wake();
  return {
    wake,
    /** Everything that may go now has been tried when this returns. */
    async drained() {
      wake();
      while (running) await running;
    },
    async pause() {
      paused++;
      while (running) await running;
    },
    resume() {
      paused--;
      wake();
    },
    async stop() {
      stopped = true;
      clearInterval(timer);
      await running;
    },
  };
}
export type Mails = ReturnType<typeof startMails>;
