import { createHash, randomBytes } from "node:crypto";
import type { Pool } from "pg";
import { z } from "zod";
import type { Context, Gardens, Language, Tx } from "../../garden/index.ts";
import { type DueMail, newMessageId, queueMail } from "../../platform/mail/index.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { appendEntries, holdChains } from "./append.ts";
import { confirmMail } from "./confirm-mail.ts";
import type { Kind } from "./model.ts";
import { recordAnswers } from "./record.ts";
import { isAllowed, listPurposes } from "./store.ts";

/** How long the link in a mail works. */
const linkDays = 7;
/** So often at most an address is asked within a day, whatever for: nobody's mailbox is filled by others. */
const mailsPerDayMax = 3;

/** A yes that counts only when whoever reads the mails of the address confirms it. */
export interface Unconfirmed {
  customerId: number;
  purpose: string;
  address: string;
  language?: Language | undefined;
  origin: string;
  sourceId?: number;
  place?: string;
  proof?: string;
  at: Date;
}

const tokenHash = (token: string) => createHash("sha256").update(token).digest("hex");

/**
 * Asks by mail whether a yes was meant; until then it counts for nothing, and the ledger notes that it was asked. Whoever
 * has been asked already, or said yes before, is not asked again while that link works.
 */
export async function askToConfirm(
  tx: Tx,
  ctx: Pick<Context, "garden" | "now">,
  asks: readonly Unconfirmed[],
): Promise<number> {
  const unique = [...new Map(asks.map((ask) => [`${ask.customerId} ${ask.purpose}`, ask])).values()];
  if (!unique.length) return 0;
  const at = ctx.now();
  const open = await query(
    tx,
    sql`select k.customer_id, k.purpose from unnest(${unique.map((ask) => ask.customerId)}::bigint[], ${unique.map((ask) => ask.purpose)}::text[],
        ${unique.map((ask) => ask.address)}::text[]) as k (customer_id, purpose, address)
      where not exists (select 1 from consent_requests r where r.customer_id = k.customer_id and r.purpose = k.purpose
          and r.expires_at > ${at} and r.ended_at is null and r.confirmed_at is null)
        and not exists (select 1 from consent_current c where c.customer_id = k.customer_id and c.purpose = k.purpose and c.granted)
        and (select count(*) from consent_requests r where r.address = k.address and r.asked_at > ${new Date(at.getTime() - 86_400_000)}) < ${mailsPerDayMax}`,
    z.object({ customerId: z.number(), purpose: z.string() }),
  );
  const wanted = new Set(open.map((row) => `${row.customerId} ${row.purpose}`));
  const purposes = new Map((await listPurposes(tx)).map((purpose) => [purpose.key, purpose]));
  let asked = 0;
  for (const ask of unique) {
    const purpose = purposes.get(ask.purpose);
    if (!purpose || !wanted.has(`${ask.customerId} ${ask.purpose}`)) continue;
    await askOne(tx, ctx, ask, purpose);
    asked++;
  }
  return asked;
}

async function askOne(
  tx: Tx,
  ctx: Pick<Context, "garden" | "now">,
  ask: Unconfirmed,
  purpose: { name: Record<Language, string>; wording: Record<Language, string>; wordingVersion: number },
): Promise<void> {
  const at = ctx.now();
  const token = randomBytes(24).toString("base64url");
  const messageId = newMessageId();
  const language = ask.language ?? ctx.garden.language;
  await query(
    tx,
    sql`insert into consent_requests (customer_id, purpose, wording_version, address, origin, source_id, place, proof, language, token_hash,
        message_id, asked_at, expires_at)
      values (${ask.customerId}, ${ask.purpose}, ${purpose.wordingVersion}, ${ask.address}, ${ask.origin}, ${ask.sourceId ?? null},
        ${ask.place ?? null}, ${ask.proof ?? null}, ${language}, ${tokenHash(token)}, ${messageId}, ${at},
        ${new Date(at.getTime() + linkDays * 86_400_000)})`,
  );
  await holdChains(tx, [ask]);
  await appendEntries(tx, [
    {
      customerId: ask.customerId,
      purpose: ask.purpose,
      act: "asked",
      granted: null,
      basis: "consent",
      origin: ask.origin,
      sourceId: ask.sourceId ?? null,
      place: ask.place ?? null,
      actor: "customer",
      proof: ask.proof ?? null,
      importId: null,
      wordingVersion: purpose.wordingVersion,
      at: ask.at,
    },
  ]);
  const words = confirmMail({
    brand: ctx.garden.brand,
    language,
    purpose: purpose.name[language],
    wording: purpose.wording[language],
    path: `/p/confirm?t=${token}`,
    days: linkDays,
  });
  await queueMail(
    tx,
    { kind: "double_opt_in", customerId: ask.customerId, needs: null, to: ask.address, ...words, at },
    messageId,
  );
}

const Request = z.object({
  id: z.number(),
  customerId: z.number(),
  purpose: z.string(),
  wordingVersion: z.number(),
  sourceId: z.number().nullable(),
  place: z.string().nullable(),
  language: z.enum(["en", "de"]),
  messageId: z.string(),
  expiresAt: z.date(),
  confirmedAt: z.date().nullable(),
  endedAt: z.date().nullable(),
});

export interface Confirmation {
  ctx: Context;
  /** `used` was confirmed before; `over` is too old, or taken back since. */
  state: "open" | "used" | "over";
  language: Language;
  purpose: { name: Record<Language, string>; wording: Record<Language, string> };
}

const requestColumns = sql.raw(
  "id, customer_id, purpose, wording_version, source_id, place, language, message_id, expires_at, confirmed_at, ended_at",
);

/** What a link in a mail asks for, in whichever garden; undefined for one that nobody was sent. Looking changes nothing. */
export async function findConfirmation(
  gardens: Gardens,
  token: string | undefined,
): Promise<Confirmation | undefined> {
  if (!token || token.length > 100) return undefined;
  for (const { id } of gardens.list()) {
    const ctx = gardens.context(id, { kind: "public", id: "public", name: "customer" });
    const request = await queryOne(
      ctx.pool,
      sql`select ${requestColumns} from consent_requests where token_hash = ${tokenHash(token)}`,
      Request,
    );
    if (!request) continue;
    const words = await queryOne(
      ctx.pool,
      sql`select name, wording from purpose_wordings where purpose = ${request.purpose} and version = ${request.wordingVersion}`,
      z.object({
        name: z.object({ en: z.string(), de: z.string() }),
        wording: z.object({ en: z.string(), de: z.string() }),
      }),
    );
    const empty = { en: request.purpose, de: request.purpose };
    return {
      ctx,
      state: stateOf(request, ctx.now()),
      language: request.language,
      purpose: words ?? { name: empty, wording: empty },
    };
  }
  return undefined;
}

function stateOf(request: z.infer<typeof Request>, now: Date): Confirmation["state"] {
  if (request.confirmedAt) return "used";
  return request.endedAt || request.expiresAt <= now ? "over" : "open";
}

/** Makes the yes count, once. Gives what became of it. */
export async function confirm(ctx: Context, token: string): Promise<Confirmation["state"] | "confirmed"> {
  return ctx.inTransaction(async (tx) => {
    const request = await queryOne(
      tx,
      sql`select ${requestColumns} from consent_requests where token_hash = ${tokenHash(token)} for update`,
      Request,
    );
    const at = ctx.now();
    if (!request) return "over";
    const state = stateOf(request, at);
    if (state !== "open") return state;
    if (!(await listPurposes(tx)).some((purpose) => purpose.key === request.purpose)) return "over";
    await query(tx, sql`update consent_requests set confirmed_at = ${at} where id = ${request.id}`);
    await recordAnswers(tx, [
      {
        customerId: request.customerId,
        purpose: request.purpose,
        granted: true,
        basis: "consent",
        origin: "double opt-in",
        ...(request.sourceId === null ? {} : { sourceId: request.sourceId }),
        ...(request.place === null ? {} : { place: request.place }),
        actor: "customer",
        proof: `mail ${request.messageId}`,
        wordingVersion: request.wordingVersion,
        at,
      },
    ]);
    return "confirmed";
  });
}

/** Why a mail may not go any more, by what its customer says now; undefined where it may. */
export async function barsMail(ctx: Context, mail: DueMail): Promise<string | undefined> {
  if (mail.kind === "double_opt_in") {
    const open = await queryOne(
      ctx.pool,
      sql`select id from consent_requests where message_id = ${mail.messageId} and ended_at is null and confirmed_at is null
        and expires_at > ${ctx.now()}`,
    );
    return open ? undefined : "withdrawn";
  }
  if (!mail.needs) return undefined;
  const allowed =
    mail.customerId !== null && (await isAllowed(ctx.pool, mail.customerId, mail.needs as Kind));
  return allowed ? undefined : "withdrawn";
}

/** The purposes to which these ids said yes, and did not confirm it yet. */
export async function waitingFor(db: Pool | Tx, customerIds: readonly number[], at: Date): Promise<string[]> {
  const rows = await query(
    db,
    sql`select distinct purpose from consent_requests where customer_id = any(${[...customerIds]}::bigint[])
      and confirmed_at is null and ended_at is null and expires_at > ${at}`,
    z.object({ purpose: z.string() }),
  );
  return rows.map((row) => row.purpose);
}
