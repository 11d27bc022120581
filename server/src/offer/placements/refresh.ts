import { flushOutbox } from "../../data/events/index.ts";
import type { Context } from "../../garden/index.ts";
import {
  abandonRun,
  beginRun,
  dropOrderLines,
  makeCurrent,
  refreshCatalogue,
  tidyRuns,
} from "../catalogue/index.ts";
import { copyNextProducts, refreshNextProducts, refreshPairs } from "../recommendations/index.ts";
import { acceptPurchases } from "./purchases.ts";

export interface OfferSummary {
  run: number;
  products: number;
  offered: number;
  orders: number;
  pairs: number;
  buyers: number;
  customersWithNext: number;
  acceptedByPurchase: number;
}

/**
 * Reads the orders anew: catalogue, what is bought together, the next best products of each customer,
 * and which shown offers were bought. Everyone goes on reading the run before until this one is
 * complete. Ages are counted from the newest order where that is older than today, so that an imported
 * history is judged as it stood at its end.
 */
export async function refreshOffers(
  ctx: Context,
  progress: (share: number) => Promise<void> = async () => {},
): Promise<OfferSummary> {
  await flushOutbox(ctx);
  const run = await beginRun(ctx);
  try {
    const catalogue = await refreshCatalogue(ctx, run.id);
    await progress(0.3);
    const pairs = await refreshPairs(ctx, run.id);
    await progress(0.6);
    const newest = catalogue.newestOrderAt ? new Date(catalogue.newestOrderAt) : ctx.now();
    const at = newest < ctx.now() ? newest : ctx.now();
    await refreshNextProducts(ctx, run.id, {
      buyers: pairs.buyers,
      at,
      progress: (share) => progress(0.6 + 0.25 * share),
    });
    const acceptedByPurchase = await acceptPurchases(ctx, run.id);
    const { newestOrderAt, ...counts } = catalogue;
    const summary = await ctx.inTransaction(async (tx) => {
      const customersWithNext = await copyNextProducts(tx, ctx, run.id);
      const found = { run: run.id, ...counts, ...pairs, customersWithNext, acceptedByPurchase };
      await makeCurrent(tx, ctx, run.id, { ...found, newestOrderAt });
      return found;
    });
    await dropOrderLines(ctx, run.id);
    await tidyRuns(ctx);
    await progress(1);
    return summary;
  } catch (error) {
    await abandonRun(ctx, run.id);
    throw error;
  }
}
