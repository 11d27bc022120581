import { z } from "zod";
import { type Context, record } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { refuse } from "../../platform/refusal.ts";
import { askToConfirm, listPurposes, recordAnswers } from "../consent/index.ts";
import { getCustomer } from "./customers.ts";
import { isEmail } from "./personal.ts";

export const ConsentGiven = z.object({
  purpose: z.string().max(100),
  granted: z.boolean(),
  /** `operator`: told to somebody of the brand, by phone or at the counter. `form`: written into a form of the brand's own. */
  origin: z.enum(["operator", "form"]),
  /** What shows it: where the signed sheet lies, the number of the call, the id of the form's entry. */
  proof: z.string().trim().min(1).max(300),
  /** Where it was said: a shop, an address of a page, a campaign; nothing about the person. */
  place: z.string().trim().min(1).max(300).optional(),
  at: z.iso
    .datetime({ offset: true })
    .transform((text) => new Date(text))
    .optional(),
});

/**
 * Notes what a customer said outside of their own pages. A yes to mails that came by a form waits for the confirmation, where
 * the purpose asks for one. Gives whether it counts already. Refuses: customer.missing, purpose.missing, consent.in_the_future,
 * consent.no_address.
 */
export async function recordConsent(
  ctx: Context,
  customerId: number | undefined,
  given: z.infer<typeof ConsentGiven>,
): Promise<"counts" | "waiting"> {
  ctx.require("data:write");
  const customer = await getCustomer(ctx, customerId);
  const { purpose: key, granted, origin, proof, place } = given;
  const at = given.at ?? ctx.now();
  if (at > ctx.now())
    refuse("invalid", "consent.in_the_future", "Nobody has said yet what lies in the future.");
  return ctx.inTransaction(async (tx) => {
    const purpose = (await listPurposes(tx)).find((one) => one.key === key);
    if (!purpose) refuse("missing", "purpose.missing", `There is no purpose ${key}.`);
    const said = { customerId: customer.id, purpose: key, proof, ...(place ? { place } : {}), at };
    await record(tx, ctx, "consent.recorded", publicId("customer", customer.id), null, { ...given, at });
    if (granted && origin === "form" && purpose.doubleOptIn && !ctx.garden.synthetic) {
      if (!customer.email || !isEmail(customer.email)) {
        refuse(
          "conflict",
          "consent.no_address",
          "A yes from a form is confirmed by mail, and no e-mail address of this customer is known.",
        );
      }
      await askToConfirm(tx, ctx, [{ ...said, address: customer.email, origin }]);
      return "waiting";
    }
    const actor = `${ctx.actor.kind} ${ctx.actor.name}`;
    await recordAnswers(tx, [{ ...said, granted, basis: "consent", origin, actor }]);
    return "counts";
  });
}
