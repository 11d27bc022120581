import { z } from "zod";
import { shownText } from "../../platform/shown-text.ts";
import { Right } from "../model.ts";
import type { Route } from "../route.ts";
import { ApiToken } from "./model.ts";
import { createToken, listTokens, revokeToken } from "./tokens.ts";

export function tokensRoutes(route: Route): void {
  route({
    method: "GET",
    url: "/api/tokens",
    access: { right: "settings:write" },
    tag: "Tokens",
    summary: "The garden's API tokens, without their secrets",
    reply: z.object({ tokens: z.array(ApiToken) }),
    handler: async ({ ctx }) => ({ tokens: await listTokens(ctx.pool, ctx.garden.id) }),
  });
  route({
    method: "POST",
    url: "/api/tokens",
    access: { right: "settings:write" },
    tag: "Tokens",
    summary: "Make an API token; the answer shows the secret once",
    body: z.object({ name: shownText(100), scopes: z.array(Right).min(1) }),
    reply: ApiToken.extend({ token: z.string() }),
    refusals: ["token.scope_exceeds"],
    status: 201,
    handler: ({ ctx, body }) => createToken(ctx, body),
  });
  route({
    method: "DELETE",
    url: "/api/tokens/:id",
    access: { right: "settings:write" },
    tag: "Tokens",
    summary: "Revoke a token; it stops at once",
    params: z.object({ id: z.string().max(100) }),
    reply: z.object({ done: z.literal(true) }),
    refusals: ["token.missing"],
    handler: async ({ ctx, params }) => {
      await revokeToken(ctx, params.id);
      return { done: true as const };
    },
  });
}
