import type { FastifyInstance, FastifyRequest } from "fastify";
import { callTypes } from "../model.ts";
import { type Credentials, credentialsOf } from "../writer.ts";
import { type CollectSurroundings, takeAsItCame, takesEvents } from "./seam.ts";

/** Dittofeed's clients: Segment-like calls at other addresses, without times of their own. They never send again. */
export function dittofeedRoutes(scope: FastifyInstance, around: CollectSurroundings): void {
  for (const path of ["batch", ...callTypes] as const) {
    takesEvents(
      scope,
      "POST",
      `/api/public/apps/${path}`,
      { summary: `Accepts ${path === "batch" ? "a batch" : `one ${path} call`} of Dittofeed's clients` },
      (request, reply) => takeAsItCame(around, path, request, reply, shownBy(request)),
    );
  }
}

/** The client sends what it was given as the whole of Authorization: a key alone too. */
function shownBy(request: FastifyRequest): Credentials {
  const { authorization } = request.headers;
  return authorization && !/\s/.test(authorization) ? { key: authorization } : credentialsOf(request);
}
