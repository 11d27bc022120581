import { z } from "zod";
import type { Context } from "../../garden/index.ts";

/** True of an order or refund whose amount is known, but not in the garden's currency: it is in no sum. */
export const isUnrated =
  "(name in ('Order Completed', 'Order Refunded') and amount_minor is not null and amount_garden_minor is null)";

/** How much is left out of all sums for lack of an exchange rate, and in which currencies. */
export const Unrated = z.object({
  orders: z.number(),
  refunds: z.number(),
  currencies: z.array(z.string()),
});
export type Unrated = z.infer<typeof Unrated>;

/** Orders and refunds of the whole garden that wait for an exchange rate, those without a customer too. */
export async function unratedAmounts(ctx: Context): Promise<Unrated> {
  const [row] = await ctx.events.query(
    Unrated,
    {},
    `select countIf(name = 'Order Completed') as orders, countIf(name = 'Order Refunded') as refunds,
      arraySort(groupUniqArray(toString(currency))) as currencies
    from events where ${isUnrated}`,
  );
  return row!;
}
