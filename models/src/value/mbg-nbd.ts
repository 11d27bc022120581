import { type LeavingAfterPurchase, leavingAfterPurchase } from "./leaving-after-purchase.ts";

/**
 * MBG/NBD: customers may leave after each purchase, the first included, so one-time buyers fade too.
 *
 * Sources: Batislam, Denizel and Filiztekin (2007), "Empirical Validation and Comparison of Models for
 * Customer Base Analysis", IJRM 24; Hoppe and Wagner (2007), "Customer Base Analysis: The Case for a
 * Central Variant of the Betageometric/NBD Model", Marketing - Journal of Research and Management 3.
 */
export const mbgNbd: LeavingAfterPurchase = leavingAfterPurchase("MBG/NBD", 1);
