import { type LeavingAfterPurchase, leavingAfterPurchase } from "./leaving-after-purchase.ts";

/**
 * BG/NBD: customers may leave after each repeat purchase, never before, so every one-time buyer counts
 * as active for ever (chance 1).
 *
 * Sources: Fader, Hardie and Lee (2005), "Counting Your Customers the Easy Way: An Alternative to the
 * Pareto/NBD Model", Marketing Science 24; (2008), "Computing P(alive) Using the BG/NBD Model".
 */
export const bgNbd: LeavingAfterPurchase = leavingAfterPurchase("BG/NBD", 0);
