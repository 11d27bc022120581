import type { Context } from "../../garden/index.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import type { Anchors } from "./anchors.ts";
import { expireGrants } from "./expire.ts";
import { sealLedger } from "./seal.ts";
import { shownCheck } from "./state.ts";
import { verifyLedger } from "./verify.ts";

export const verifyJob = "consent.verify";

/** Declares what is done for the ledger by the clock: noting what has run out and sealing it every hour, checking it every night. */
export async function defineConsentJobs(deps: {
  jobs: Jobs;
  anchors: Anchors;
  contextOf: (garden: string) => Context;
}): Promise<void> {
  const { jobs, anchors, contextOf } = deps;
  await jobs.define(
    "consent.keep",
    async ({ run }) => {
      const ctx = contextOf(run.garden!);
      const expired = await expireGrants(ctx);
      const seal = await sealLedger(ctx, anchors);
      return { expired, sealed: seal?.entries ?? 0 };
    },
    { cron: "23 * * * *" },
  );
  await jobs.define(
    verifyJob,
    async ({ run, progress }) => {
      const ctx = contextOf(run.garden!);
      const check = await verifyLedger(ctx, anchors, (entries) => progress(null, { entries }));
      return { ...shownCheck(check) };
    },
    { cron: "41 2 * * *" },
  );
}
