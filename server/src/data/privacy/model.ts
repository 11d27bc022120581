import { z } from "zod";

export const ErasureMode = z.enum(["erase", "anonymise"]);
export type ErasureMode = z.infer<typeof ErasureMode>;

/** What was removed where: it says how much, and nothing of whom. */
export const Receipt = z.object({
  /** How many ids were one person. */
  subjects: z.number(),
  stores: z.array(
    z.object({
      engine: z.enum(["postgres", "clickhouse", "files"]),
      store: z.string(),
      count: z.number(),
      /** Kept under an id that leads to nobody. */
      kept: z.boolean(),
      at: z.string(),
    }),
  ),
  /** Runs of insight that counted the person, and are worked out anew. */
  recomputed: z.number(),
  /** What the job did that takes the bytes off the disks; missing until it is done. */
  disks: z
    .array(z.object({ step: z.string(), count: z.number(), guaranteed: z.boolean(), at: z.string() }))
    .optional(),
});
export type Receipt = z.infer<typeof Receipt>;
