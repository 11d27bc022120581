import type { Context } from "../../garden/index.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import { searchDuplicates } from "./find.ts";

export const duplicatesJob = "identity.duplicates";

/** Declares the search for duplicates, which operators start by hand. */
export async function defineDuplicatesJob(jobs: Jobs, contextOf: (garden: string) => Context): Promise<void> {
  await jobs.define(duplicatesJob, async ({ run, progress, signal }) =>
    searchDuplicates(contextOf(run.garden!), { progress, signal }),
  );
}
