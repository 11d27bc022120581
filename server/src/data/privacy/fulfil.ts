import { type Context, type Language, record } from "../../garden/index.ts";
import type { Jobs } from "../../platform/jobs/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { startArchive } from "./archive.ts";
import { type ErasureParts, erasePerson } from "./erase.ts";
import { closeRequest, lockOpenRequest, type PrivacyRequest } from "./requests.ts";
import { type Correction, object, rectify, restrict } from "./rights.ts";

/** What answering needs beside the request. */
export interface Answer {
  correction?: Correction | undefined;
  language?: Language | undefined;
  note?: string | undefined;
}

/**
 * Does what a person asked. A file is made in the background; everything else is done when this returns.
 * Refuses request.missing, request.closed, request.no_correction, and what each right refuses.
 */
export async function fulfilRequest(
  ctx: Context,
  parts: ErasureParts & { jobs: Jobs },
  id: string,
  answer: Answer,
): Promise<void> {
  ctx.require("privacy:write");
  const request = await ctx.inTransaction((tx) => lockOpenRequest(tx, ctx, id));
  if (request.customerId === null) refuse("missing", "customer.missing", "There is no such customer.");
  const { customerId } = request;
  switch (request.kind) {
    case "erase":
    case "anonymise":
      await erasePerson(ctx, parts, { customerId, mode: request.kind });
      return;
    case "access":
    case "portability":
      await startArchive(ctx, parts.jobs, {
        ...{ requestId: id, customerId },
        language: answer.language ?? ctx.garden.language,
      });
      return;
    default:
      await doAtOnce(ctx, { ...request, customerId }, answer);
  }
}

async function doAtOnce(
  ctx: Context,
  { id, customerId, kind }: PrivacyRequest & { customerId: number },
  { correction, note }: Answer,
): Promise<void> {
  await ctx.inTransaction(async (tx) => {
    const request = await lockOpenRequest(tx, ctx, id);
    if (kind === "restrict") await restrict(tx, ctx, customerId);
    else if (kind === "object") await object(tx, ctx, customerId);
    else {
      if (!correction)
        refuse("invalid", "request.no_correction", "Say what is put right: traits, or identifiers.");
      await rectify(tx, ctx, customerId, correction);
      // Names of what was changed, and no value.
      await record(tx, ctx, "privacy.rectified", id, null, {
        traits: Object.keys(correction.traits ?? {}),
        identifiers: (correction.addIdentifiers?.length ?? 0) + (correction.removeIdentifiers?.length ?? 0),
      });
    }
    await closeRequest(tx, ctx, request, "done", note);
  });
}
