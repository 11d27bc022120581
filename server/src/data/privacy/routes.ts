import { z } from "zod";
import { type Route, record, startRecorded } from "../../garden/index.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import { normalisedEmail } from "../identity/index.ts";
import { lift } from "../suppression/index.ts";
import type { Archives } from "./archives.ts";
import { type Erasure, type ErasureParts, erasePerson, getErasure, listErasures } from "./erase.ts";
import { sweepJob } from "./jobs.ts";
import { ErasureMode, Receipt } from "./model.ts";
import { requestRoutes } from "./request-routes.ts";
import { customerOf, Whom } from "./whom.ts";

const tag = "Privacy";

const ShownErasure = z.object({
  id: z.string(),
  mode: ErasureMode,
  askedBy: z.string(),
  unreachableAt: z.string(),
  goneAt: z.string().nullable(),
  receipt: Receipt,
});

const shown = ({ unreachableAt, goneAt, ...rest }: Erasure): z.input<typeof ShownErasure> => ({
  ...rest,
  unreachableAt: unreachableAt.toISOString(),
  goneAt: goneAt?.toISOString() ?? null,
});

/** What people may ask about their own data, and the receipts of erasures. */
export function privacyRoutes(route: Route, parts: ErasureParts & { jobs: Jobs; archives: Archives }): void {
  const { jobs } = parts;
  requestRoutes(route, parts);
  route({
    method: "POST",
    url: "/api/privacy/sweeps",
    access: { right: "privacy:erase" },
    tag,
    summary: "Take what was erased off the disks now",
    description:
      "It happens twice a day by itself. Tables are written anew, so writers wait for some seconds.",
    reply: z.object({ jobId: z.string() }),
    status: 202,
    handler: async ({ ctx }) => ({ jobId: (await startRecorded(ctx, jobs, sweepJob)).id }),
  });

  route({
    method: "POST",
    url: "/api/privacy/erasures",
    access: { right: "privacy:erase" },
    tag,
    summary: "Erase a person, or keep what they did under nobody's id",
    description:
      "When this answers, no screen, query or export shows the person, and nothing that names them comes in again. Their bytes leave the disks within 24 hours; the receipt then says so.",
    body: z.object({ whom: Whom, mode: ErasureMode.default("erase") }),
    reply: ShownErasure,
    refusals: ["customer.missing"],
    status: 201,
    handler: async ({ ctx, body }) =>
      shown(await erasePerson(ctx, parts, { customerId: await customerOf(ctx, body.whom), mode: body.mode })),
  });

  route({
    method: "POST",
    url: "/api/privacy/suppressions/lift",
    access: { right: "privacy:erase" },
    tag,
    summary:
      "Let somebody come back who was erased and asks for it: what names them comes in again from now on",
    body: z.object({ kind: z.string().min(1).max(60), value: z.string().min(1).max(255) }),
    reply: z.object({ lifted: z.boolean() }),
    handler: async ({ ctx, body }) => {
      const value = body.kind === "email" ? (normalisedEmail(body.value) ?? body.value) : body.value.trim();
      const lifted = await ctx.inTransaction(async (tx) => {
        const count = await lift(tx, ctx, [{ kind: body.kind, value }]);
        // The trail says that somebody came back, and not who.
        if (count) await record(tx, ctx, "privacy.lifted", "suppression", null, { kind: body.kind });
        return count > 0;
      });
      return { lifted };
    },
  });

  route({
    method: "GET",
    url: "/api/privacy/erasures",
    access: { right: "privacy:read" },
    tag,
    summary: "Erasures with their receipts, newest first",
    query: z.object({ max: z.coerce.number().int().min(1).max(500).default(100) }),
    reply: z.object({ items: z.array(ShownErasure) }),
    handler: async ({ ctx, query }) => ({ items: (await listErasures(ctx, query.max)).map(shown) }),
  });

  route({
    method: "GET",
    url: "/api/privacy/erasures/:id",
    access: { right: "privacy:read" },
    tag,
    summary: "The receipt of one erasure",
    params: z.object({ id: z.uuid() }),
    reply: ShownErasure,
    refusals: ["erasure.missing"],
    handler: async ({ ctx, params }) => shown(await getErasure(ctx, params.id)),
  });
}
