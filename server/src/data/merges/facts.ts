import { z } from "zod";
import type { JoinFacts } from "../../platform/facts.ts";

const Merges = z.object({ merges: z.array(z.unknown()) });

const joinMerges: JoinFacts = (payloads) => ({
  merges: payloads.flatMap((payload) => Merges.parse(payload).merges),
});

/** Merges that follow each other are told as one list, and so are those that were taken back. */
export const mergeFactJoins = new Map([
  ["identity.merged", joinMerges],
  ["identity.unmerged", joinMerges],
]);
