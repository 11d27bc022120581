import { z } from "zod";
import type { Route } from "../../garden/index.ts";
import { Turn, turnOfTheLoop } from "./turn.ts";

/** The loop page. */
export function turnRoutes(route: Route): void {
  route({
    method: "GET",
    url: "/api/loop",
    access: { right: "insight:read" },
    tag: "Loop",
    summary: "The loop: four stations, the ways between them, where it is stuck, and what it was worth",
    query: z.object({ days: z.coerce.number().int().min(7).max(90).default(28) }),
    reply: Turn,
    handler: ({ ctx, query }) => turnOfTheLoop(ctx, query.days),
  });
}
