import type { FastifyInstance, FastifyRequest } from "fastify";
import { callTypes } from "../model.ts";
import { type Credentials, credentialsOf, isTokenLike } from "../writer.ts";
import { type CollectSurroundings, takeAsItCame, takesEvents } from "./seam.ts";

/** Jitsu's clients: one Segment-like call a request, from pages and, below `s2s`, from servers. */
export function jitsuRoutes(scope: FastifyInstance, around: CollectSurroundings): void {
  for (const type of callTypes) {
    for (const [path, from] of [
      [`/api/s/${type}`, "pages"],
      [`/api/s/s2s/${type}`, "servers"],
    ] as const) {
      takesEvents(
        scope,
        "POST",
        path,
        { summary: `Accepts one ${type} call of Jitsu's clients on ${from}` },
        (request, reply) => takeAsItCame(around, type, request, reply, shownBy(request)),
      );
    }
  }
}

/** `key:secret`: the client insists on the colon. What follows counts where it is a secret token. */
function shownBy(request: FastifyRequest): Credentials {
  const stated = request.headers["x-write-key"];
  if (typeof stated !== "string") return credentialsOf(request);
  const [key, secret] = stated.split(":", 2);
  return { key: key || undefined, secret: isTokenLike(secret) ? secret : undefined };
}
