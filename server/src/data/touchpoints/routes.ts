import { z } from "zod";
import { type Route, record } from "../../garden/index.ts";
import { TouchpointRules } from "./model.ts";
import { previewRules, TouchpointPreview } from "./preview.ts";
import { loadTouchpointRules, saveTouchpointRules } from "./store.ts";

/** Rules by which events belong to touchpoints. */
export function touchpointRoutes(route: Route): void {
  route({
    method: "GET",
    url: "/api/touchpoints/rules",
    access: { right: "insight:read" },
    tag: "Touchpoints",
    summary: "Rules by which events belong to a channel, medium and campaign; the first that holds decides",
    reply: TouchpointRules,
    handler: async ({ ctx }) => ({ rules: await loadTouchpointRules(ctx.pool) }),
  });

  route({
    method: "PUT",
    url: "/api/touchpoints/rules",
    access: { right: "data:write" },
    tag: "Touchpoints",
    summary: "Sets all rules; new events are written by them, and attribution reads those before by them",
    body: TouchpointRules,
    reply: TouchpointRules,
    handler: ({ ctx, body }) =>
      ctx.inTransaction(async (tx) => {
        const before = await loadTouchpointRules(tx);
        await saveTouchpointRules(tx, body.rules, ctx.now());
        await record(tx, ctx, "touchpoints.changed", "touchpoints", { rules: before }, body);
        return body;
      }),
  });

  route({
    method: "POST",
    url: "/api/touchpoints/preview",
    access: { right: "insight:read" },
    tag: "Touchpoints",
    summary: "Which events of a period these rules would change, before and after; changes nothing",
    body: TouchpointRules.extend({ from: z.iso.date(), to: z.iso.date() }),
    reply: TouchpointPreview,
    refusals: ["touchpoints.period"],
    handler: ({ ctx, body }) => previewRules(ctx, body),
  });
}
