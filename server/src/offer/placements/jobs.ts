import type { Context } from "../../garden/index.ts";
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
