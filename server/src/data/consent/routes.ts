import { z } from "zod";
import { type Route, startRecorded } from "../../garden/index.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import { verifyJob } from "./jobs.ts";
import { ledgerState, ShownCheck, shownCheck } from "./state.ts";

const tag = "Consent";

/** The ledger of consent: how long it is, whether it was found whole, and a check of it. */
export function ledgerRoutes(route: Route, deps: { jobs: Jobs }): void {
  route({
    method: "GET",
    url: "/api/consent/ledger",
    access: { right: "data:read" },
    tag,
    summary:
      "How many entries the ledger of consent has, up to where it is sealed, and what the last check found",
    reply: z.object({
      entries: z.number(),
      sealed: z
        .object({ number: z.number(), entries: z.number(), hash: z.string(), at: z.string() })
        .nullable(),
      check: ShownCheck.nullable(),
      /** The check that waits or works now. */
      jobId: z.string().nullable(),
    }),
    handler: async ({ ctx }) => {
      const { entries, seal, check } = await ledgerState(ctx);
      return {
        entries,
        sealed: seal && {
          number: seal.number,
          entries: seal.entries,
          hash: seal.hash.toString("hex"),
          at: seal.sealedAt.toISOString(),
        },
        check: check && shownCheck(check),
        jobId: (await openCheck(deps.jobs, ctx.garden.id))?.id ?? null,
      };
    },
  });

  route({
    method: "POST",
    url: "/api/consent/ledger/verify",
    access: { right: "data:write" },
    tag,
    summary: "Check the whole ledger of consent: every entry, every chain, every seal",
    description: "When a check is already waiting or working, that one is answered instead of a second.",
    reply: z.object({ jobId: z.string() }),
    status: 202,
    handler: async ({ ctx }) => {
      const open = await openCheck(deps.jobs, ctx.garden.id);
      return { jobId: (open ?? (await startRecorded(ctx, deps.jobs, verifyJob))).id };
    },
  });
}

async function openCheck(jobs: Jobs, garden: string) {
  const runs = await jobs.list({ garden, name: verifyJob, max: 5 });
  return runs.find((run) => run.state === "queued" || run.state === "running");
}
