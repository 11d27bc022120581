import { z } from "zod";
import { isAllowed } from "../../data/consent/index.ts";
import { findCustomer } from "../../data/identity/index.ts";
import type { Route } from "../../garden/index.ts";
import { parseId } from "../../platform/ids.ts";
import { refuse } from "../../platform/refusal.ts";
import { findCurrentRun } from "../catalogue/index.ts";
import { Candidate, reasonInWords, togetherMin } from "./model.ts";
import { nextForCustomer } from "./next.ts";
import { listPairs, Pair } from "./pairs.ts";

const PairReply = Pair.extend({ text: z.object({ en: z.string(), de: z.string() }) });
const CandidateReply = Candidate.extend({ text: z.object({ en: z.string(), de: z.string() }) });

/** What is bought together, and what fits a customer next. */
export function recommendationRoutes(route: Route): void {
  route({
    method: "GET",
    url: "/api/offer/pairs",
    access: { right: "offer:read" },
    tag: "Offer",
    summary: "Products that are bought together, strongest first",
    query: z.object({
      product: z.string().max(500).default(""),
      max: z.coerce.number().int().min(1).max(200).default(30),
    }),
    reply: z.object({
      pairs: z.array(PairReply),
      /** Pairs that fewer customers have are not counted. */
      customersMin: z.number(),
    }),
    handler: async ({ ctx, query }) => {
      const run = await findCurrentRun(ctx.pool);
      const pairs = run ? await listPairs(ctx, run.id, { productId: query.product, max: query.max }) : [];
      return {
        customersMin: togetherMin,
        pairs: pairs.map((pair) => ({
          ...pair,
          text: reasonInWords({
            code: "bought_together",
            because: { productId: pair.productId, title: pair.title },
            customers: pair.customers,
          }),
        })),
      };
    },
  });

  route({
    method: "GET",
    url: "/api/offer/customers/:id/next",
    access: { right: "customers:read" },
    tag: "Offer",
    summary: "The next best products of a customer, with the reason in words",
    description: "Looking changes nothing: no decision is made, and no arm is drawn.",
    params: z.object({ id: z.string() }),
    reply: z.object({ state: z.enum(["known", "no_consent", "no_run"]), products: z.array(CandidateReply) }),
    refusals: ["customer.missing"],
    handler: async ({ ctx, params }) => {
      const id = parseId("customer", params.id) ?? (await findCustomer(ctx.pool, "user_id", params.id));
      if (id === undefined) refuse("missing", "customer.missing", "There is no such customer.");
      if (!(await isAllowed(ctx.pool, id, "profile"))) return { state: "no_consent" as const, products: [] };
      const run = await findCurrentRun(ctx.pool);
      if (!run) return { state: "no_run" as const, products: [] };
      const products = await nextForCustomer(ctx, run, id);
      return {
        state: "known" as const,
        products: products.map((one) => ({ ...one, text: reasonInWords(one.reason) })),
      };
    },
  });
}
