import { z } from "zod";
import type { Route } from "../../garden/index.ts";
import { Product } from "./model.ts";
import { listProducts, ProductSort } from "./products.ts";
import { findCurrentRun } from "./runs.ts";

/** When the orders were read, and how many there were; null before the first reading. */
const RunReply = z
  .object({ id: z.number(), at: z.string(), newestOrderAt: z.string().nullable() })
  .nullable();

/** The catalogue, as the orders describe it. */
export function catalogueRoutes(route: Route): void {
  route({
    method: "GET",
    url: "/api/offer/products",
    access: { right: "offer:read" },
    tag: "Offer",
    summary: "The catalogue: products as the orders describe them",
    query: z.object({
      q: z.string().max(200).default(""),
      sort: ProductSort.default("customers"),
      offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
      max: z.coerce.number().int().min(1).max(200).default(50),
    }),
    reply: z.object({ run: RunReply, products: z.array(Product), total: z.number() }),
    handler: async ({ ctx, query }) => {
      const run = await findCurrentRun(ctx.pool);
      if (!run) return { run: null, products: [], total: 0 };
      const page = await listProducts(ctx, run.id, {
        words: query.q,
        sort: query.sort,
        offset: query.offset,
        max: query.max,
      });
      const newestOrderAt = typeof run.summary.newestOrderAt === "string" ? run.summary.newestOrderAt : null;
      return { run: { id: run.id, at: run.startedAt.toISOString(), newestOrderAt }, ...page };
    },
  });
}
