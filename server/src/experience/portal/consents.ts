import { z } from "zod";
import { submit } from "../../data/collect/index.ts";
import {
  askToConfirm,
  Basis,
  type CurrentAnswer,
  consentsOf,
  historyOf,
  ledgerOf,
  listPurposes,
  type Receipt,
  receiptOf,
  recordAnswers,
  waitingFor,
} from "../../data/consent/index.ts";
import { customersById } from "../../data/profiles/index.ts";
import type { Context, Language, Tx } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { refuse } from "../../platform/refusal.ts";
import type { Holder } from "../surveys/index.ts";

const Words = z.object({ en: z.string(), de: z.string() });

/** What a customer allows, in the brand's words. */
export const ConsentsPage = z.object({
  brand: z.string(),
  /**
   * `full`: the customer's own page. `withdraw`: whoever opened it only claims to be a visitor of a
   * customer whom we know by name, so nothing of them is shown; a no is obeyed all the same.
   */
  access: z.enum(["full", "withdraw"]),
  purposes: z.array(
    z.object({
      key: z.string(),
      name: Words,
      wording: Words,
      wordingVersion: z.number(),
      /** `never`: nobody asked, so the answer is no. */
      /** `waiting`: said yes, and not confirmed by the link in the mail yet. `expired`: a yes whose time is over. */
      state: z.enum(["granted", "withdrawn", "never", "hidden", "waiting", "expired"]),
      since: z.date().nullable(),
      basis: Basis.nullable(),
      /** Where the answer was given, in the ledger's word. */
      origin: z.string().nullable(),
      /** When a yes runs out; null where it does not. */
      expiresAt: z.date().nullable(),
      /** The words have changed since the yes, and the brand asks whether they are agreed to as well. */
      isReworded: z.boolean(),
    }),
  ),
  /** What the customer was asked and said, newest first; empty where nothing is shown. */
  history: z.array(
    z.object({
      purpose: z.string(),
      name: Words.nullable(),
      act: z.enum(["answer", "asked", "expired", "retracted"]),
      granted: z.boolean().nullable(),
      origin: z.string(),
      wordingVersion: z.number().nullable(),
      wording: Words.nullable(),
      at: z.date(),
    }),
  ),
});
export type ConsentsPage = z.infer<typeof ConsentsPage>;

export const ConsentChange = z.object({
  purpose: z.string().max(100),
  granted: z.boolean(),
  /** The version of the words that the customer read. */
  wordingVersion: z.number().int(),
});
export type ConsentChange = z.infer<typeof ConsentChange>;

export async function consentsPage(holder: Holder): Promise<ConsentsPage> {
  const { ctx, customerId, customerIds } = holder;
  const access = await accessOf(holder);
  const isFull = access === "full";
  const current = new Map(
    (isFull ? await consentsOf(ctx.pool, customerId) : []).map((one) => [one.purpose, one]),
  );
  const history = isFull ? await historyOf(ctx.pool, customerIds) : [];
  const entries = isFull ? await ledgerOf(ctx.pool, customerIds, 100) : [];
  const waiting = new Set(isFull ? await waitingFor(ctx.pool, customerIds, ctx.now()) : []);
  const purposes = await listPurposes(ctx.pool);
  return {
    brand: ctx.garden.brand,
    access,
    history: entries.map(({ purpose, name, act, granted, origin, wordingVersion, wording, at }) => ({
      ...{ purpose, name, act, granted, origin, wordingVersion, wording, at },
    })),
    purposes: purposes.map(({ key, name, wording, wordingVersion, asksAgainSince }) => {
      const answer = current.get(key);
      const given = history.find((one) => one.purpose === key && one.granted === answer?.granted);
      return {
        key,
        name,
        wording,
        wordingVersion,
        state: !isFull ? "hidden" : !answer?.granted && waiting.has(key) ? "waiting" : stateOf(answer),
        since: answer?.at ?? null,
        basis: answer?.granted ? answer.basis : null,
        origin: given?.origin ?? null,
        expiresAt: answer?.granted ? answer.expiresAt : null,
        isReworded: Boolean(answer?.granted) && (answer?.wordingVersion ?? asksAgainSince) < asksAgainSince,
      };
    }),
  };
}

/**
 * Takes a customer's answers, each with the version of the words they read. A no works at once: the
 * pipeline, decisions and messages ask anew for every event. Answers are kept for all ids of the customer.
 * Refuses: purpose.missing, consent.wording_changed, consent.grant_not_allowed, consent.no_address.
 */
export async function changeConsents(
  holder: Holder,
  changes: readonly ConsentChange[],
): Promise<ConsentsPage> {
  const { ctx, customerId, customerIds } = holder;
  const mayGrant = (await accessOf(holder)) === "full";
  await ctx.inTransaction(async (tx) => {
    const purposes = new Map((await listPurposes(tx)).map((purpose) => [purpose.key, purpose]));
    const current = new Map((await consentsOf(tx, customerId)).map((one) => [one.purpose, one]));
    for (const change of changes) {
      const purpose = purposes.get(change.purpose);
      if (!purpose)
        refuse("missing", "purpose.missing", "This purpose does not exist any more. Load the page again.");
      if (change.granted && !mayGrant) {
        refuse(
          "forbidden",
          "consent.grant_not_allowed",
          "Use the personal link that we sent you to allow something.",
        );
      }
      if (change.granted && purpose.wordingVersion !== change.wordingVersion) {
        refuse(
          "conflict",
          "consent.wording_changed",
          "The words of this purpose have changed. Read them again, then answer.",
        );
      }
    }
    const fresh = changes.filter(({ purpose, granted, wordingVersion }) => {
      const before = current.get(purpose);
      // A yes to newer words is news.
      return granted !== before?.granted || (granted && (before.wordingVersion ?? 0) < wordingVersion);
    });
    // Who opened the page by a link that we sent is whom it belongs to; a visitor's address must be confirmed.
    const isOpen = ({ granted, purpose }: ConsentChange) =>
      granted &&
      holder.link.kind !== "personal" &&
      !ctx.garden.synthetic &&
      Boolean(purposes.get(purpose)?.doubleOptIn);
    const news = fresh.filter((change) => !isOpen(change));
    await askVisitor(tx, holder, fresh.filter(isOpen));
    await recordAnswers(
      tx,
      news.flatMap(({ purpose, granted }) =>
        customerIds.map((id) => ({
          customerId: id,
          purpose,
          granted,
          basis: "consent" as const,
          origin: "consent page",
          actor: "customer",
          place: "/p/consents",
          at: ctx.now(),
        })),
      ),
    );
    await tell(tx, ctx, customerId, news);
  });
  return consentsPage(holder);
}

/** Asks a visitor by mail whether a yes was meant. Refuses consent.no_address. */
async function askVisitor(
  tx: Tx,
  { ctx, customerId }: Holder,
  changes: readonly ConsentChange[],
): Promise<void> {
  if (!changes.length) return;
  const [customer] = await customersById(tx, [customerId]);
  const address = customer?.email;
  if (!address) {
    refuse(
      "conflict",
      "consent.no_address",
      "To allow this, an e-mail address must be confirmed, and we know none. Leave it on our website first.",
    );
  }
  await askToConfirm(
    tx,
    ctx,
    changes.map(({ purpose }) => ({
      ...{ customerId, purpose, address, origin: "consent page", place: "/p/consents", at: ctx.now() },
    })),
  );
}

/** The change as a touchpoint of the customer. After a no to measuring, the pipeline drops it like all others. */
async function tell(
  tx: Tx,
  ctx: Context,
  customerId: number,
  changes: readonly ConsentChange[],
): Promise<void> {
  const stamp = ctx.now().getTime();
  await submit(
    tx,
    ctx,
    changes.map(({ purpose, granted, wordingVersion }) => ({
      type: "track" as const,
      event: granted ? "Consent Granted" : "Consent Withdrawn",
      messageId: `consent-${customerId}-${purpose}-${stamp}`,
      timestamp: ctx.now(),
      customerId,
      properties: { purpose, wording_version: wordingVersion, channel: "portal" },
    })),
  );
}

/** The customer's own receipt. Refuses consent.receipt_not_allowed for whoever only claims to be the customer. */
export async function ownReceipt(holder: Holder, language: Language): Promise<Receipt> {
  if ((await accessOf(holder)) !== "full") {
    refuse(
      "forbidden",
      "consent.receipt_not_allowed",
      "Use the personal link that we sent you to see what you allowed.",
    );
  }
  const { ctx, customerId, customerIds } = holder;
  const who = { customerId, ids: customerIds, shownAs: publicId("customer", customerId) };
  return receiptOf(ctx, who, language);
}

/** A visitor's token opens the visitor's own page, and no page of a customer with a name. */
export async function accessOf({ ctx, link, customerId }: Holder): Promise<ConsentsPage["access"]> {
  if (link.kind === "personal") return "full";
  const [customer] = await customersById(ctx.pool, [customerId]);
  return customer?.known ? "withdraw" : "full";
}

function stateOf(answer: CurrentAnswer | undefined): "granted" | "withdrawn" | "never" | "expired" {
  if (!answer) return "never";
  if (answer.expired) return "expired";
  return answer.granted ? "granted" : "withdrawn";
}
