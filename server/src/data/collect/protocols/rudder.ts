import type { FastifyInstance } from "fastify";
import { findSource } from "../../../garden/index.ts";
import { refuse } from "../../../platform/refusal.ts";
import { credentialsOf } from "../writer.ts";
import { answersClients, type CollectSurroundings, takeAsItCame, takesEvents } from "./seam.ts";

/**
 * What RudderStack's clients ask beside the Segment protocol: how to behave, and a batch that a page sends as it is left.
 * That one comes without a head of its own, so its key is in the address.
 */
export function rudderRoutes(scope: FastifyInstance, around: CollectSurroundings): void {
  takesEvents(
    scope,
    "POST",
    "/beacon/v1/batch",
    { summary: "Accepts a batch that a RudderStack page sends when it is left" },
    (request, reply) => takeAsItCame(around, "batch", request, reply),
  );
  answersClients(
    scope,
    "GET",
    "/sourceConfig",
    "Settings that the RudderStack browser client asks for first",
    async (request) => {
      const { key } = credentialsOf(request);
      const found = key === undefined ? undefined : await findSource(around.gardens, key);
      if (!found) refuse("missing", "key.unknown", "No source has this write key.");
      return sourceConfig(key!, found.source.name);
    },
  );
}

/** The client sends nothing without `config`; what it would tell its vendor of itself is off. */
function sourceConfig(writeKey: string, name: string) {
  return {
    source: {
      id: writeKey,
      name,
      writeKey,
      enabled: true,
      workspaceId: "rondell",
      config: { statsCollection: { errors: { enabled: false }, metrics: { enabled: false } } },
      destinations: [],
      dataplanes: {},
      connections: [],
    },
    updatedAt: "2024-01-01T00:00:00Z",
  };
}
