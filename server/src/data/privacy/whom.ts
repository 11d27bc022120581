import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { parseId } from "../../platform/ids.ts";
import { refuse } from "../../platform/refusal.ts";
import { findCustomer, normalisedEmail } from "../identity/index.ts";

/** Who is meant: by the customer's public id, or by an identifier as the brand knows it. */
export const Whom = z.union([
  z.object({ customerId: z.string().max(40) }),
  z.object({ kind: z.string().min(1).max(60), value: z.string().min(1).max(255) }),
]);
export type Whom = z.infer<typeof Whom>;

/** The customer that is meant. Refuses customer.missing. */
export async function customerOf(ctx: Context, whom: Whom): Promise<number> {
  const found =
    "customerId" in whom
      ? parseId("customer", whom.customerId)
      : await findCustomer(
          ctx.pool,
          whom.kind,
          whom.kind === "email" ? (normalisedEmail(whom.value) ?? whom.value) : whom.value.trim(),
        );
  return found ?? refuse("missing", "customer.missing", "There is no such customer.");
}
