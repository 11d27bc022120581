import { z } from "zod";
import type { Context } from "../../garden/index.ts";

/** What a customer wrote at a touchpoint: free text is personal, and stays out of the event store. */
export const Words = z.object({ title: z.string(), text: z.string() });
export type Words = z.infer<typeof Words>;

/**
 * Finds the words that belong to some of a customer's touchpoints, by the event's id. Later domains bring theirs;
 * `routes.ts` gathers them. `ids` are the customer and all ids joined into it.
 */
export type FindWords = (
  ctx: Context,
  ids: readonly number[],
  touchpoints: readonly { eventId: string; name: string; properties: Record<string, unknown> }[],
) => Promise<ReadonlyMap<string, Words>>;
