import { join } from "node:path";
import { type Person, type PersonStore, rowsInPostgres, type Tx } from "../../garden/index.ts";
import { eraseMails, forgetMailFile } from "../../platform/mail/index.ts";
import { execute, query, sql } from "../../platform/postgres/index.ts";
import { eraseAnswers } from "./erase.ts";

/** Mails to the person: what waits is not sent, the log forgets them, and where mails become files those go. */
async function eraseSent(tx: Tx, mailDir: string, { ids, identifiers }: Person): Promise<number> {
  const addresses = identifiers.filter((one) => one.kind === "email").map((one) => one.value);
  const messages = await eraseMails(tx, ids, addresses);
  for (const message of messages) await forgetMailFile(mailDir, message);
  return messages.length;
}

/** What the nightly checks found may name whose entry it was. */
const forgetFaults = (tx: Tx, { ids }: Person) =>
  execute(
    tx,
    sql`update consent_checks set fault = fault || '{"customerId": null}'
      where (fault ->> 'customerId')::bigint = any(${[...ids]}::bigint[])`,
  );

export const consentStores = ({ dataDir }: { dataDir: string }): PersonStore[] => [
  {
    name: "mails",
    engine: "postgres",
    read: (ctx, { ids }) =>
      query(
        ctx.pool,
        sql`select created_at, kind, recipient, subject, state, ended_at from mails
          where customer_id = any(${[...ids]}::bigint[]) order by created_at, id`,
      ),
    erase: (tx, _ctx, person) => eraseSent(tx, join(dataDir, "mails"), person),
  },
  rowsInPostgres({
    table: "consent_requests",
    read: "asked_at, purpose, wording_version, address, origin, place, language, expires_at, confirmed_at, ended_at",
  }),
  rowsInPostgres({
    table: "own_answers",
    read: "at, purpose, granted, basis, stated, expired, wording_version",
  }),
  { name: "consent_checks", engine: "postgres", erase: (tx, _ctx, person) => forgetFaults(tx, person) },
  {
    name: "consent_answers",
    engine: "postgres",
    read: (ctx, { ids }) =>
      query(
        ctx.pool,
        sql`select at, purpose, act, granted, basis, origin, place, actor, proof, wording_version, recorded_at from consent_answers
          where customer_id = any(${[...ids]}::bigint[]) order by at, id`,
      ),
    erase: (tx, _ctx, { ids }) => eraseAnswers(tx, ids),
  },
];
