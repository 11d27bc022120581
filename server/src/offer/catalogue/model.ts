import { z } from "zod";

/** A product, as the orders of one run describe it. */
export const Product = z.object({
  productId: z.string(),
  /** The name on the newest order; empty where orders carry none. */
  name: z.string(),
  /** Price of one piece on the newest order, in minor units of `currency`; null where orders carry none. */
  priceMinor: z.number().nullable(),
  currency: z.string(),
  /** Pieces bought, those without a known customer included. */
  quantity: z.number(),
  orders: z.number(),
  customers: z.number(),
  /** Customers who bought it in two orders or more. */
  repeatCustomers: z.number(),
  /** Customers in the last `recentDays` before the newest order of all. */
  recentCustomers: z.number(),
  lastBoughtAt: z.string(),
  repeatable: z.boolean(),
  offered: z.boolean(),
});
export type Product = z.infer<typeof Product>;

/** Days before the newest order in which a product must have been bought to be offered. */
export const offeredDays = 180;
/** Days before the newest order that count as "lately". */
export const recentDays = 90;

/**
 * Whether a product may be offered to somebody who has it: at least a fifth of its customers, and
 * at least ten, bought it in two orders or more.
 */
export const repeatableShare = 0.2;
export const repeatableCustomersMin = 10;

/** What customers are shown: the name, or the brand's own id where orders carry no name. */
export function titleOf(product: { productId: string; name: string }): string {
  return product.name || product.productId;
}
