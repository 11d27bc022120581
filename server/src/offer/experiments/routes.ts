import type { Route } from "../../garden/index.ts";
import { Effect, measureEffect } from "./effect.ts";

/** What the offers changed, against the holdout. */
export function experimentRoutes(route: Route): void {
  route({
    method: "GET",
    url: "/api/offer/effect",
    access: { right: "offer:read" },
    tag: "Offer",
    summary: "What the offers were worth against the holdout, with a 95 % interval",
    description:
      "Customers by the arm drawn at their first decision, by what they bought after it (intention to treat). " +
      "`too_early` until each arm has the stated minimum; `no_decision` before the first.",
    reply: Effect,
    handler: ({ ctx }) => measureEffect(ctx),
  });
}
