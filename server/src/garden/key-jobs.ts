import { z } from "zod";
import type { JobContext, Jobs } from "../platform/jobs/index.ts";
import type { Gardens } from "./gardens.ts";
import { startRecorded } from "./jobs.ts";
import type { Route } from "./route.ts";
import { type SealedColumn, sealAll, waitsToBeSealed } from "./sealing.ts";

export const sealJob = "keys.seal";

/**
 * Declares the work that seals texts with the newest key: what was written before there were keys, and all of them after
 * a rotation. It may be cut short anywhere and goes on where it stopped; a former key is dropped when no text of any
 * garden needs it.
 */
export async function defineSealing(around: {
  jobs: Jobs;
  gardens: Gardens;
  columns: readonly SealedColumn[];
}): Promise<void> {
  const { jobs, gardens, columns } = around;
  const contextOf = (id: string) => gardens.context(id, { kind: "job", id: "keys", name: sealJob });
  await jobs.define(sealJob, async (job: JobContext) => {
    const { keys } = contextOf(job.run.garden!);
    const ring = keys.ring();
    let sealed = 0;
    for (const { id } of gardens.list()) {
      sealed += await sealAll(contextOf(id).pool, ring, columns, (done) =>
        job.progress(null, { sealed: sealed + done }),
      );
    }
    for (const { id } of gardens.list())
      if (await waitsToBeSealed(contextOf(id).pool, ring, columns)) return { sealed };
    const { ids } = await keys.dropOld(ring);
    return { sealed, keys: ids.length };
  });
}

/** Looks for texts that wait to be sealed, and starts the work. Refuses key.missing where a key is not here. */
export async function sealWhatWaits(around: {
  jobs: Jobs;
  gardens: Gardens;
  columns: readonly SealedColumn[];
}): Promise<void> {
  for (const { id } of around.gardens.list()) {
    const ctx = around.gardens.context(id, { kind: "job", id: "keys", name: sealJob });
    if (await waitsToBeSealed(ctx.pool, ctx.keys.ring(), around.columns))
      await around.jobs.start(sealJob, { garden: id, by: "start" });
  }
}

export function keyRoutes(route: Route, { jobs }: { jobs: Jobs }): void {
  route({
    method: "POST",
    url: "/api/keys/rotate",
    access: { right: "garden:write" },
    tag: "Settings",
    summary: "Make a new key, and seal every text with it",
    description:
      "Texts stay readable meanwhile. Where the keys come from RONDELL_ENCRYPTION_KEY, put the new one in front there and start again before.",
    reply: z.object({ jobId: z.string(), key: z.string() }),
    status: 202,
    handler: async ({ ctx }) => {
      const { currentId } = await ctx.keys.add();
      return { jobId: (await startRecorded(ctx, jobs, sealJob)).id, key: currentId };
    },
  });
}
