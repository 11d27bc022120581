import { z } from "zod";
import { refuse } from "../platform/refusal.ts";
import { record } from "./context.ts";
import type { Gardens } from "./gardens.ts";
import { ShownGarden } from "./model.ts";
import type { Route } from "./route.ts";

/** The gardens of this installation. */
export function gardensRoutes(
  route: Route,
  deps: {
    gardens: Gardens /** Ends a garden's background work, then takes it away. */;
    drop: (id: string) => Promise<void>;
  },
): void {
  const { gardens } = deps;
  route({
    method: "GET",
    url: "/api/gardens",
    access: "operator",
    tag: "Gardens",
    summary: "The gardens that the caller may enter",
    reply: z.object({ gardens: z.array(ShownGarden) }),
    handler: async ({ ctx }) => {
      const seen =
        ctx.actor.kind === "token"
          ? gardens.list().filter((one) => one.id === ctx.garden.id)
          : gardens.list();
      return { gardens: seen.map((garden) => ShownGarden.parse(garden)) };
    },
  });
  route({
    method: "DELETE",
    url: "/api/gardens/:id",
    access: { right: "garden:write" },
    tag: "Gardens",
    summary: "Drop a synthetic garden with everything in it",
    description:
      "A brand's own garden is never dropped by a call: stop the server, keep a backup and remove the data folder.",
    params: z.object({ id: z.string().max(64) }),
    reply: z.object({ done: z.literal(true) }),
    refusals: ["garden.missing", "garden.not_synthetic"],
    handler: async ({ ctx, params }) => {
      const garden = gardens.find(params.id);
      if (!garden || (ctx.actor.kind === "token" && ctx.garden.id !== garden.id)) {
        refuse("missing", "garden.missing", `There is no garden ${params.id}.`);
      }
      if (!garden.synthetic) {
        refuse("conflict", "garden.not_synthetic", "Only a synthetic garden can be dropped here.");
      }
      await deps.drop(garden.id);
      // The trail of a dropped garden is gone with it, so the brand's own garden keeps this one.
      const own = gardens.first();
      if (own) {
        const there = gardens.context(own.id, ctx.actor);
        await there.inTransaction((tx) =>
          record(tx, there, "garden.dropped", garden.id, { brand: garden.brand }, null),
        );
      }
      return { done: true as const };
    },
  });
}
