import { z } from "zod";
import { type Context, record } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { refuse } from "../../platform/refusal.ts";
import { shownText } from "../../platform/shown-text.ts";
import {
  askToConfirm,
  Basis,
  consentsOf,
  hasWording,
  listPurposes,
  outranks,
  recordAnswers,
  takeBackAnswer,
  ways,
} from "../consent/index.ts";
import { idsOf } from "../identity/index.ts";
import { getCustomer } from "./customers.ts";
import { isEmail } from "./personal.ts";

export const ConsentGiven = z.object({
  purpose: z.string().max(100),
  granted: z.boolean(),
  /** How it was said: by phone, on paper, in the shop, in a letter or mail, to somebody of the brand in another way, or by a form of the brand's own. */
  origin: z.enum(ways),
  /** What shows it: where the signed sheet lies, the number of the call, the id of the form's entry. A no needs none. */
  proof: shownText(300).optional(),
  /** Where it was said: a shop, an address of a page, a campaign; nothing about the person. */
  place: shownText(300).optional(),
  /** Why the law allows it. A yes on another basis than consent is the brand's statement: it gives way to what the customer said. */
  basis: Basis.default("consent"),
  /** Which version of the words was read out or signed; the newest where nothing is said. */
  wordingVersion: z.number().int().min(1).optional(),
  /** Whether a yes waits for a confirmation by mail; where nothing is said, a form's does if its purpose asks for one. */
  confirm: z.boolean().optional(),
  at: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .optional(),
});
type Given = z.infer<typeof ConsentGiven>;

/**
 * What became of an answer: it counts, it waits for the confirmation, or it stands in the ledger below what the customer
 * said later.
 */
export const Noted = z.enum(["counts", "waiting", "older"]);

/**
 * Notes what a customer said outside of their own pages. Refuses: customer.missing, purpose.missing, consent.in_the_future,
 * consent.proof_missing, consent.wording_missing, consent.said_no, consent.no_address.
 */
export async function recordConsent(
  ctx: Context,
  customerId: number | undefined,
  given: Given,
): Promise<z.infer<typeof Noted>> {
  ctx.require("contacts:write");
  const customer = await getCustomer(ctx, customerId);
  const { purpose: key, granted, origin, basis, proof, place, wordingVersion } = given;
  const at = given.at ?? ctx.now();
  if (at > ctx.now())
    refuse("invalid", "consent.in_the_future", "Nobody has said yet what lies in the future.");
  if (granted && !proof)
    refuse(
      "invalid",
      "consent.proof_missing",
      "Say what shows this yes: a sheet, a call, an entry of a form.",
    );
  return ctx.inTransaction(async (tx) => {
    const purpose = (await listPurposes(tx)).find((one) => one.key === key);
    if (!purpose) refuse("missing", "purpose.missing", `There is no purpose ${key}.`);
    if (wordingVersion !== undefined && !(await hasWording(tx, key, wordingVersion)))
      refuse("missing", "consent.wording_missing", `${key} has no words of version ${wordingVersion}.`);
    const said = {
      ...{ customerId: customer.id, purpose: key, at },
      ...(proof ? { proof } : {}),
      ...(place ? { place } : {}),
      ...(wordingVersion === undefined ? {} : { wordingVersion }),
    };
    await record(tx, ctx, "consent.recorded", publicId("customer", customer.id), null, { ...given, at });
    const isStated = granted && basis !== "consent";
    const confirms =
      granted &&
      !isStated &&
      purpose.doubleOptIn &&
      (given.confirm ?? origin === "form") &&
      !ctx.garden.synthetic;
    if (confirms) {
      await askToConfirm(tx, ctx, [{ ...said, address: addressOf(customer), origin }]);
      return "waiting";
    }
    const standing = (await consentsOf(tx, customer.id)).find((one) => one.purpose === key);
    if (isStated && standing && !standing.stated && !standing.granted)
      refuse(
        "conflict",
        "consent.said_no",
        "This customer said no. What the brand states on another basis does not outrank that.",
      );
    const actor = `${ctx.actor.kind} ${ctx.actor.name}`;
    await recordAnswers(tx, [{ ...said, granted, basis, origin: isStated ? "statement" : origin, actor }]);
    return !standing || outranks({ granted, at, stated: isStated }, standing) ? "counts" : "older";
  });
}

function addressOf({ email }: { email: string | null }): string {
  if (email && isEmail(email)) return email;
  return refuse(
    "conflict",
    "consent.no_address",
    "This yes is confirmed by mail, and no e-mail address of this customer is known.",
  );
}

/**
 * Takes back what somebody noted by mistake: a further entry says so, and what stood before counts again. Refuses:
 * customer.missing, consent.entry_missing, consent.not_by_hand, consent.taken_back.
 */
export async function takeBackConsent(
  ctx: Context,
  customerId: number | undefined,
  entry: number,
): Promise<void> {
  ctx.require("contacts:write");
  const customer = await getCustomer(ctx, customerId);
  await ctx.inTransaction(async (tx) => {
    const ids = await idsOf(tx, customer.id);
    const taken = await takeBackAnswer(tx, ids, entry, `${ctx.actor.kind} ${ctx.actor.name}`);
    await record(tx, ctx, "consent.taken_back", publicId("customer", customer.id), taken, null);
  });
}
