import { z } from "zod";
import { type Context, record, type Tx } from "../../garden/index.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { shownText } from "../../platform/shown-text.ts";
import type { Purpose } from "./model.ts";
import { tell } from "./record.ts";
import { allPurposes } from "./store.ts";

/** What purposes can be bound to. */
export const PurposeKind = z.enum([
  "collect",
  "profile",
  "contact:email",
  "contact:sms",
  "contact:phone",
  "contact:post",
  "share",
]);

const Words = (max: number) => z.object({ en: shownText(max), de: shownText(max) });

/** What a brand says of a purpose. */
export const PurposeInput = z.object({
  name: Words(80),
  wording: Words(600),
  kinds: z.array(PurposeKind).min(1).max(7),
  lifetimeMonths: z.number().int().min(1).max(600).nullable(),
  lifetimeFrom: z.enum(["grant", "activity"]),
  doubleOptIn: z.boolean(),
});
export type PurposeInput = z.infer<typeof PurposeInput>;

export const PurposeKey = z
  .string()
  .regex(/^[a-z][a-z0-9_]{1,39}$/, "A key begins with a letter and holds small letters, digits and _.");

/** A page with more purposes is read by nobody. */
const purposesMax = 30;

/** Adds a purpose. Refuses: purpose.exists, purpose.too_many, purpose.no_mail. */
export async function createPurpose(ctx: Context, key: string, input: PurposeInput): Promise<void> {
  ctx.require("settings:write");
  refuseWithoutMail(input);
  await ctx.inTransaction(async (tx) => {
    const all = await lockPurposes(tx);
    if (all.some((purpose) => purpose.key === key))
      refuse("conflict", "purpose.exists", `There is or was a purpose ${key} already. Choose another key.`);
    if (all.filter((purpose) => !purpose.retiredAt).length >= purposesMax)
      refuse(
        "conflict",
        "purpose.too_many",
        `More than ${purposesMax} purposes are not possible. Retire one.`,
      );
    await query(
      tx,
      sql`insert into purposes (key, kinds, name, wording, position, lifetime_months, lifetime_from, double_opt_in)
        values (${key}, ${unique(input.kinds)}::text[], ${sql.json(input.name)}, ${sql.json(input.wording)},
          ${1 + Math.max(0, ...all.map((purpose) => purpose.position))}, ${input.lifetimeMonths}, ${input.lifetimeFrom}, ${input.doubleOptIn})`,
    );
    await record(tx, ctx, "purpose.created", key, null, input);
  });
}

/**
 * Words, binds or times a purpose anew. New words are a new version: what people agreed to stays the version that they read,
 * and with `asksAgain` they are asked about the new one. Kinds of processing can be taken away at any time, but not
 * added to what somebody has answered. Refuses: purpose.missing, purpose.retired, purpose.kinds_fixed, purpose.no_mail.
 */
export async function changePurpose(
  ctx: Context,
  key: string,
  { asksAgain, ...input }: PurposeInput & { asksAgain: boolean },
): Promise<void> {
  ctx.require("settings:write");
  refuseWithoutMail(input);
  await ctx.inTransaction(async (tx) => {
    const before = getOpen(await lockPurposes(tx), key);
    const kinds = unique(input.kinds);
    const added = kinds.filter((kind) => !before.kinds.includes(kind));
    if (added.length && (await isAnswered(tx, key))) {
      refuse(
        "conflict",
        "purpose.kinds_fixed",
        `Somebody has answered this purpose, and did not answer about ${added.join(", ")}. Make a purpose of its own for that.`,
        { kinds: added.join(", ") },
      );
    }
    const removed = before.kinds.filter((kind) => !(kinds as string[]).includes(kind));
    if (removed.includes("collect")) await refuseLastCollect(tx, key);
    const isReworded =
      JSON.stringify([before.name.en, before.name.de, before.wording.en, before.wording.de]) !==
      JSON.stringify([input.name.en, input.name.de, input.wording.en, input.wording.de]);
    const isNew =
      isReworded ||
      added.length > 0 ||
      removed.length > 0 ||
      before.lifetimeMonths !== input.lifetimeMonths ||
      before.lifetimeFrom !== input.lifetimeFrom;
    const version = before.wordingVersion + (isNew ? 1 : 0);
    await query(
      tx,
      sql`update purposes set name = ${sql.json(input.name)}, wording = ${sql.json(input.wording)}, kinds = ${kinds}::text[],
          lifetime_months = ${input.lifetimeMonths}, lifetime_from = ${input.lifetimeFrom}, double_opt_in = ${input.doubleOptIn},
          wording_version = ${version}, asks_again_since = ${asksAgain && isNew ? version : before.asksAgainSince}
        where key = ${key}`,
    );
    await record(tx, ctx, "purpose.changed", key, shown(before), {
      ...input,
      wordingVersion: version,
      asksAgain,
    });
    if (added.length || removed.length) await tellEverybody(tx, key);
  });
}

/**
 * Ends a purpose: nothing is allowed by it any more, and nobody is asked about it. The ledger keeps every answer.
 * Refuses: purpose.missing, purpose.retired, purpose.last_collect.
 */
export async function retirePurpose(ctx: Context, key: string): Promise<void> {
  ctx.require("settings:write");
  await ctx.inTransaction(async (tx) => {
    const before = getOpen(await lockPurposes(tx), key);
    if (before.kinds.includes("collect")) await refuseLastCollect(tx, key);
    await query(tx, sql`update purposes set retired_at = ${ctx.now()} where key = ${key}`);
    await record(tx, ctx, "purpose.retired", key, shown(before), null);
    await tellEverybody(tx, key);
  });
}

const unique = <T>(items: readonly T[]): T[] => [...new Set(items)];
const shown = ({
  name,
  wording,
  kinds,
  lifetimeMonths,
  lifetimeFrom,
  doubleOptIn,
  wordingVersion,
}: Purpose) => ({
  ...{ name, wording, kinds, lifetimeMonths, lifetimeFrom, doubleOptIn, wordingVersion },
});

async function lockPurposes(tx: Tx): Promise<Purpose[]> {
  await query(tx, sql`lock table purposes in share row exclusive mode`);
  return allPurposes(tx);
}

function getOpen(all: readonly Purpose[], key: string): Purpose {
  const found = all.find((purpose) => purpose.key === key);
  if (!found) refuse("missing", "purpose.missing", `There is no purpose ${key}.`);
  if (found.retiredAt) refuse("conflict", "purpose.retired", "This purpose is retired. Make a new one.");
  return found;
}

function refuseWithoutMail({ doubleOptIn, kinds }: PurposeInput): void {
  if (doubleOptIn && !kinds.includes("contact:email")) {
    refuse(
      "invalid",
      "purpose.no_mail",
      "A confirmation by mail belongs to purposes that contact by e-mail. Bind it to e-mail, or leave the confirmation out.",
    );
  }
}

async function refuseLastCollect(tx: Tx, key: string): Promise<void> {
  const others = await query(
    tx,
    sql`select key from purposes where retired_at is null and key <> ${key} and 'collect' = any(kinds) limit 1`,
  );
  if (!others.length) {
    refuse(
      "conflict",
      "purpose.last_collect",
      "Without this purpose nothing at all could be collected. Make another one for that first.",
    );
  }
}

async function isAnswered(tx: Tx, key: string): Promise<boolean> {
  const row = await queryOne(
    tx,
    sql`select exists (select 1 from consent_current where purpose = ${key}) as answered`,
    z.object({ answered: z.boolean() }),
  );
  return row!.answered;
}

/** Whoever answered may be allowed less now: whoever keeps what is allowed must hear of all of them. */
async function tellEverybody(tx: Tx, key: string): Promise<void> {
  const rows = await query(
    tx,
    sql`select customer_id from consent_current where purpose = ${key}`,
    z.object({ customerId: z.number() }),
  );
  await tell(tx, "consent.changed", rows);
  await tell(tx, "consent.withdrawn", rows);
}
