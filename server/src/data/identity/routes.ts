import type { Route } from "../../garden/index.ts";
import { changeRules, IdentityRules, readRules } from "./rules.ts";

/** The brand's rules of who is whom. */
export function identityRoutes(route: Route): void {
  route({
    method: "GET",
    url: "/api/identity/rules",
    access: { right: "settings:read" },
    tag: "Settings",
    summary:
      "By which identifiers events are told whose they are: order, limits, blocked values, shared browsers",
    reply: IdentityRules,
    handler: ({ ctx }) => readRules(ctx.pool, ctx.garden),
  });
  route({
    method: "PATCH",
    url: "/api/identity/rules",
    access: { right: "settings:write" },
    tag: "Settings",
    summary: "Change the rules from the next event on; who is whom already stays as it is",
    body: IdentityRules.partial(),
    reply: IdentityRules,
    handler: ({ ctx, body }) => changeRules(ctx, body),
  });
}
