import type { FastifyRequest } from "fastify";
import { isCommand } from "../platform/command-socket.ts";
import { refuse } from "../platform/refusal.ts";
import type { Gardens } from "./gardens.ts";
import type { Actor } from "./model.ts";
import type { Auth } from "./operators/auth.ts";
import { findOperator } from "./operators/store.ts";
import { identifyToken } from "./tokens/tokens.ts";

/** Paths that an operator may use before the one-time password is replaced. */
const openBeforeOwnPassword = ["/api/me", "/api/me/password", "/api/auth/sign-out"];

/**
 * Says who calls: the command line by its socket, a script by its secret token, an operator by the session
 * cookie. Refuses token.unknown, session.foreign_origin, password.one_time.
 */
export function identifier(around: { gardens: Gardens; auth: Auth }) {
  return async (request: FastifyRequest): Promise<{ actor: Actor; garden?: string } | undefined> => {
    if (isCommand(request.raw)) return { actor: { kind: "command", id: "command", name: "command line" } };

    const bearer = /^Bearer\s+(\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
    if (bearer?.startsWith("rk_")) {
      const found = await identifyToken(around.gardens, bearer);
      return (
        found ??
        refuse(
          "unauthenticated",
          "token.unknown",
          "This token is unknown or was revoked. Create another one in the settings.",
        )
      );
    }

    const session = await around.auth.session(request);
    if (!session) return undefined;
    // On a page that is open to everyone a foreign site is an ordinary visitor, not a threat.
    if (request.routeOptions.config.access === "public" && isForeignPage(around.auth, request))
      return undefined;
    refuseForeignPage(around.auth, request);
    const operator = await findOperator(around.gardens.platformPool, session.operatorId);
    if (!operator) return undefined;
    if (operator.oneTimeUntil && !openBeforeOwnPassword.includes(request.routeOptions.url ?? "")) {
      refuse("forbidden", "password.one_time", "Replace the one-time password by your own first.");
    }
    return { actor: { kind: "operator", id: operator.id, name: operator.name, role: operator.role } };
  };
}

function refuseForeignPage(auth: Auth, request: FastifyRequest): void {
  if (!isForeignPage(auth, request)) return;
  refuse(
    "forbidden",
    "session.foreign_origin",
    "This page may not act for you here. If Rondell stands behind a proxy, set RONDELL_PUBLIC_URL to the address that you open.",
  );
}

/** Whether another site makes the browser change something with the operator's cookie. */
function isForeignPage(auth: Auth, request: FastifyRequest): boolean {
  if (request.method === "GET" || request.method === "HEAD" || request.method === "OPTIONS") return false;
  const { origin } = request.headers;
  const site = request.headers["sec-fetch-site"];
  return origin !== undefined
    ? !auth.isOwnOrigin(origin, request)
    : site === "cross-site" || site === "same-site";
}
