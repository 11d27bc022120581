import { announce, type Context, type Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { listPurposes, recordAnswers } from "../consent/index.ts";
import { idsOf, normalisedEmail, usableId } from "../identity/index.ts";
import { patchTraits, queueCustomerRows } from "../profiles/index.ts";

/** What is put right about a person. */
export interface Correction {
  /** New values by trait; null removes one. */
  traits?: Record<string, unknown>;
  removeIdentifiers?: readonly { kind: string; value: string }[];
  addIdentifiers?: readonly { kind: string; value: string }[];
}

const keyOf = (kind: string, value: string): string =>
  (kind === "email" ? normalisedEmail(value) : usableId(value)) ??
  refuse("invalid", "identifier.unusable", `${value} cannot name a person.`, { value });

/**
 * Puts right what is known of a person. An identifier that names somebody else is not taken from them.
 * Refuses identifier.unusable, identifier.taken, identifier.missing.
 */
export async function rectify(tx: Tx, ctx: Context, customerId: number, change: Correction): Promise<void> {
  const ids = await idsOf(tx, customerId);
  for (const { kind, value } of change.removeIdentifiers ?? []) {
    const { rowCount } = await tx.query(
      "delete from identifiers where kind = $1 and value = $2 and customer_id = any($3::bigint[])",
      [kind, value, ids],
    );
    if (!rowCount) refuse("missing", "identifier.missing", "This person has no such identifier.");
  }
  for (const { kind, value } of change.addIdentifiers ?? []) {
    const { rowCount } = await tx.query(
      `insert into identifiers (kind, value, customer_id, first_seen_at) values ($1, $2, $3, $4)
        on conflict (kind, value) do update set kind = excluded.kind where identifiers.customer_id = any($5::bigint[])`,
      [kind, keyOf(kind, value), customerId, ctx.now(), ids],
    );
    if (!rowCount) refuse("conflict", "identifier.taken", "This identifier names somebody else already.");
  }
  if (change.traits) await patchTraits(tx, [{ customerId, traits: change.traits, at: ctx.now() }]);
  await queueCustomerRows(tx, ids, ctx.garden.synthetic);
}

/** Keeps a person's data and stops using it: no conclusions, no messages, until it is lifted. */
export async function restrict(tx: Tx, ctx: Context, customerId: number): Promise<void> {
  const ids = await idsOf(tx, customerId);
  await query(
    tx,
    sql`insert into restrictions (customer_id, since, by_name)
      select id, ${ctx.now()}, ${ctx.actor.name} from unnest(${ids}::bigint[]) as i (id) on conflict do nothing`,
  );
  await queueCustomerRows(tx, ids, ctx.garden.synthetic);
  await announce(tx, "consent.withdrawn", { customerIds: ids });
}

/** Uses the data again as the person's own answers allow; gives whether it was restricted. */
export async function liftRestriction(tx: Tx, ctx: Context, customerId: number): Promise<boolean> {
  const ids = await idsOf(tx, customerId);
  const rows = await query(
    tx,
    sql`delete from restrictions where customer_id = any(${ids}::bigint[]) returning customer_id`,
  );
  await queueCustomerRows(tx, ids, ctx.garden.synthetic);
  return rows.length > 0;
}

/** A no to every purpose under which conclusions are drawn, for all ids of the person. */
export async function object(tx: Tx, ctx: Context, customerId: number): Promise<void> {
  const purposes = (await listPurposes(tx)).filter((purpose) => purpose.kinds.includes("profile"));
  const ids = await idsOf(tx, customerId);
  await recordAnswers(
    tx,
    ids.flatMap((id) =>
      purposes.map((purpose) => ({
        customerId: id,
        purpose: purpose.key,
        granted: false,
        basis: "consent" as const,
        origin: "objection",
        at: ctx.now(),
      })),
    ),
  );
}
