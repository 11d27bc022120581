import { z } from "zod";
import type { Arm } from "../experiments/index.ts";
import { Reason } from "../recommendations/index.ts";

/** Days after a display within which buying the product counts as accepting the offer. */
export const acceptDays = 14;

/**
 * Days for which a decision waits for its display, its click or its purchase. What came of it is in the event store, and
 * the arm with the customer: the effect needs no decision that is older.
 */
export const decisionDays = 90;

/** Why there is no offer to show. */
export const NoOffer = z.enum([
  /** The customer does not allow conclusions, or nobody is known by that id: no decision, and no arm. */
  "no_consent",
  /** Nothing can be offered yet: no orders, or everything that fits was bought. No decision, and no arm. */
  "nothing_to_offer",
  /** A decision was made, and the customer is in the holdout. Told to the brand's server alone. */
  "holdout",
]);
export type NoOffer = z.infer<typeof NoOffer>;

export const Offer = z.object({
  productId: z.string(),
  title: z.string(),
  /** Price of one piece in minor units of `currency`; null where orders carry none. */
  priceMinor: z.number().nullable(),
  currency: z.string(),
  reason: Reason.extend({ text: z.object({ en: z.string(), de: z.string() }) }),
});
export type Offer = z.infer<typeof Offer>;

/** What was decided for one customer. */
export interface Decision {
  id: string;
  customerId: number;
  arm: Arm;
  /** What is offered; for the holdout what would have been. */
  offer: Offer;
  at: Date;
}
