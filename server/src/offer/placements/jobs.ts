import type { Context } from "../../garden/index.ts";
import type { InsightStep } from "../../insight/runs/index.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import { refreshOffers } from "./refresh.ts";

export const offerJob = "offer.refresh";

/** Declares the reading of the orders as a job of its own; the nightly run of insight ends with the same work. */
export async function defineOfferJob(jobs: Jobs, contextOf: (garden: string) => Context): Promise<void> {
  await jobs.define(offerJob, async (job) => {
    const summary = await refreshOffers(contextOf(job.run.garden!), (share) => job.progress(share));
    return { ...summary };
  });
}

/**
 * The last step of the nightly run: the offers are read anew after what is concluded about customers. The
 * offers keep dated runs of their own, so there is nothing of the insight run to throw away.
 */
export const offerStep: InsightStep = {
  name: "offer",
  weight: 2,
  run: async (ctx, work) => ({ ...(await refreshOffers(ctx, (share) => work.progress(share))) }),
  prune: async () => {},
};
