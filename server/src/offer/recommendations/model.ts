import { z } from "zod";

/**
 * Two products belong together when customers who have one more often have the other than customers do
 * in general. Over the N customers who allow conclusions and bought anything, with n_i and n_j
 * customers of either product and n_ij of both:
 *
 *   share(i → j) = n_ij / n_i
 *   lift(i, j)   = n_ij · N / (n_i · n_j)
 *   strength(i → j) = n_ij / (n_i + shrinkage) · ln(lift)
 *
 * A pair counts from `togetherMin` customers on, which also keeps a single person from showing in it,
 * and only with a lift above 1. The shrinkage holds back pairs that few customers vouch for. Of each
 * customer the `basketMax` products bought most recently count. Association rules after Agrawal,
 * Imieliński and Swami (1993), "Mining Association Rules between Sets of Items in Large Databases".
 */
export const shrinkage = 30;
export const togetherMin = 5;
export const basketMax = 100;
/** Partners kept for each product, strongest first. */
export const partnersMax = 30;

/**
 * The score of product j for a customer is the sum, over the products i that the customer has, of
 * strength(i → j) · 0.5^(days since i was last bought / halfLifeDays). The reason names the i that
 * adds most. Where no pair speaks, what most customers bought lately fills up.
 */
export const halfLifeDays = 180;
/** Products of a customer that speak, the most recent ones. */
export const speakingMax = 30;
/** Products kept for each customer. */
export const nextMax = 5;
/** A repeatable product rests this long before it is offered again to somebody who has it. */
export const restDays = 30;

/** Why a product is offered. `viewed_together`: to a visitor, by what was looked at in this browser. */
export const ReasonCode = z.enum(["bought_together", "viewed_together", "popular"]);
export type ReasonCode = z.infer<typeof ReasonCode>;

export const Reason = z.object({
  code: ReasonCode,
  /** The product that led here. */
  because: z.object({ productId: z.string(), title: z.string() }).nullable(),
  /** Customers who vouch for it: of both products, or of this one lately. */
  customers: z.number(),
});
export type Reason = z.infer<typeof Reason>;

/** A product that could be offered now, with the reason. */
export const Candidate = z.object({
  productId: z.string(),
  title: z.string(),
  priceMinor: z.number().nullable(),
  currency: z.string(),
  reason: Reason,
});
export type Candidate = z.infer<typeof Candidate>;

/** The reason in words, for customers and operators alike. */
export function reasonInWords(reason: Reason): { en: string; de: string } {
  const en = reason.customers.toLocaleString("en");
  const de = reason.customers.toLocaleString("de");
  switch (reason.code) {
    case "bought_together":
      return {
        en: `Bought together with “${reason.because!.title}” by ${en} customers.`,
        de: `Von ${de} Kundinnen und Kunden zusammen mit „${reason.because!.title}“ gekauft.`,
      };
    case "viewed_together":
      return {
        en: `You looked at “${reason.because!.title}”: ${en} customers bought both.`,
        de: `Sie haben sich „${reason.because!.title}“ angesehen: ${de} Kundinnen und Kunden haben beides gekauft.`,
      };
    case "popular":
      return {
        en: `Bought by ${en} customers lately.`,
        de: `Zuletzt von ${de} Kundinnen und Kunden gekauft.`,
      };
  }
}
