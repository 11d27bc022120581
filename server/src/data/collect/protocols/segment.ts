import type { FastifyInstance, FastifyRequest } from "fastify";
import { findSource } from "../../../garden/index.ts";
import { calledAt } from "../../../platform/http/index.ts";
import { refuse } from "../../../platform/refusal.ts";
import type { CallType } from "../model.ts";
import { answersClients, type CollectSurroundings, takeAsItCame, takesEvents } from "./seam.ts";

/** Paths of the Segment HTTP API: the calls, and their one-letter forms. */
const paths: Record<string, CallType | "batch"> = {
  identify: "identify",
  track: "track",
  page: "page",
  screen: "screen",
  group: "group",
  alias: "alias",
  batch: "batch",
  i: "identify",
  t: "track",
  p: "page",
  s: "screen",
  g: "group",
  a: "alias",
  b: "batch",
};

/**
 * The Segment protocol: its own clients in Node (new and old) and in browsers, and those that speak it, of Customer.io and
 * RudderStack. Its calls are ours.
 */
export function segmentRoutes(scope: FastifyInstance, around: CollectSurroundings): void {
  for (const [name, path] of Object.entries(paths)) {
    takesEvents(
      scope,
      "POST",
      `/v1/${name}`,
      {
        hide: name.length === 1,
        summary: path === "batch" ? "Accepts a batch of calls" : `Accepts one ${path} call`,
        description:
          "Segment HTTP API. Key as Basic user name or `writeKey`, or a secret token with the scope collect:write as Bearer; " +
          "its events count for the source of the key that stands beside it, else for the source of all API tokens. " +
          "200 means that the events cannot be lost.",
      },
      (request, reply) => takeAsItCame(around, path, request, reply),
    );
  }
  answersClients(
    scope,
    "GET",
    "/v1/projects/:writeKey/settings",
    "Settings that the Segment browser client asks for first",
    (request) => settingsFor(around, request),
  );
}

/** Without `Segment.io` here the client would send to its vendor; metrics must be off for the same reason. */
async function settingsFor(around: CollectSurroundings, request: FastifyRequest) {
  const { writeKey } = request.params as { writeKey: string };
  const found = await findSource(around.gardens, writeKey);
  if (!found) refuse("missing", "key.unknown", "No source has this write key.");
  // A page that came by TLS may send only by TLS, and what stands before this server may not say that it did.
  const { host, pathname, protocol } = new URL(calledAt(request, around.publicUrl));
  return {
    integrations: {
      "Segment.io": {
        apiKey: writeKey,
        apiHost: `${host}${pathname.replace(/\/+$/, "")}/v1`,
        protocol: protocol.replace(":", ""),
        versionSettings: { version: "4.4.7", componentTypes: ["browser"] },
      },
    },
    plan: {
      track: { __default: { enabled: true, integrations: {} } },
      identify: { __default: { enabled: true } },
      group: { __default: { enabled: true } },
    },
    edgeFunction: {},
    analyticsNextEnabled: true,
    middlewareSettings: {},
    enabledMiddleware: {},
    metrics: { sampleRate: 0 },
    legacyVideoPluginsEnabled: false,
    remotePlugins: [],
  };
}
