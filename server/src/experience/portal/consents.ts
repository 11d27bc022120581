import { z } from "zod";
import { submit } from "../../data/collect/index.ts";
import {
  Basis,
  type CurrentAnswer,
  consentsOf,
  historyOf,
  listPurposes,
  recordAnswers,
} from "../../data/consent/index.ts";
import { customersById } from "../../data/profiles/index.ts";
import type { Context, Tx } from "../../garden/index.ts";
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
      state: z.enum(["granted", "withdrawn", "never", "hidden"]),
      since: z.date().nullable(),
      basis: Basis.nullable(),
      /** Where the answer was given, in the ledger's word. */
      origin: z.string().nullable(),
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
  const purposes = await listPurposes(ctx.pool);
  return {
    brand: ctx.garden.brand,
    access,
    purposes: purposes.map(({ key, name, wording, wordingVersion }) => {
      const answer = current.get(key);
      const given = history.find((one) => one.purpose === key && one.granted === answer?.granted);
      return {
        key,
        name,
        wording,
        wordingVersion,
        state: isFull ? stateOf(answer) : "hidden",
        since: answer?.at ?? null,
        basis: answer?.granted ? answer.basis : null,
        origin: given?.origin ?? null,
      };
    }),
  };
}

/**
 * Takes a customer's answers, each with the version of the words they read. A no works at once: the
 * pipeline, decisions and messages ask anew for every event. Answers are kept for all ids of the customer.
 * Refuses: purpose.missing, consent.wording_changed, consent.grant_not_allowed.
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
    const news = changes.filter(({ purpose, granted }) => granted !== current.get(purpose)?.granted);
    await recordAnswers(
      tx,
      news.flatMap(({ purpose, granted }) =>
        customerIds.map((id) => ({
          customerId: id,
          purpose,
          granted,
          basis: "consent" as const,
          origin: "consent page",
          at: ctx.now(),
        })),
      ),
    );
    await tell(tx, ctx, customerId, news);
  });
  return consentsPage(holder);
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

/** A visitor's token opens the visitor's own page, and no page of a customer with a name. */
export async function accessOf({ ctx, link, customerId }: Holder): Promise<ConsentsPage["access"]> {
  if (link.kind === "personal") return "full";
  const [customer] = await customersById(ctx.pool, [customerId]);
  return customer?.known ? "withdraw" : "full";
}

function stateOf(answer: CurrentAnswer | undefined): "granted" | "withdrawn" | "never" {
  if (!answer) return "never";
  return answer.granted ? "granted" : "withdrawn";
}
