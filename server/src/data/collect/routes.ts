import type { FastifyError, FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { findSource, type Gardens } from "../../garden/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { listPurposes } from "../consent/index.ts";
import { acceptRequest, bodyOf, isGzip, parseBody, unzip } from "./accept.ts";
import { limits } from "./check.ts";
import type { Inbox } from "./inbox.ts";
import type { CallType, Json } from "./model.ts";
import { refusedRequests } from "./refused.ts";
import { saveRejections } from "./rejections.ts";
import { recallWriter, type Writer, writerOfBody, writerOfHead } from "./writer.ts";

declare module "fastify" {
  interface FastifyRequest {
    /** Who sends, once that is known. */
    writer?: Writer | undefined;
  }
}

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

export interface CollectSurroundings {
  gardens: Gardens;
  inbox(garden: string): Inbox;
  now(): Date;
  /** Address that browsers reach this server by; what the request says, where nothing is set. */
  publicUrl?: string | undefined;
  /** Counts for `/metrics`: events, and whole requests of which none could be looked at. */
  count(what: "accepted" | "rejected" | "refused", number: number, reason?: string): void;
}

/**
 * The Segment protocol. Other protocols come beside it: each finds the source, turns its request into
 * calls, and hands them to `acceptRequest`. The scope gives bodies as they came.
 */
export function segmentRoutes(scope: FastifyInstance, around: CollectSurroundings): void {
  scope.decorateRequest("writer", undefined);
  const refused = refusedRequests(around);
  scope.setErrorHandler(async (error: FastifyError, request) => {
    // The handler around this one answers.
    throw request.method === "POST" ? await refused(error, request, request.writer) : error;
  });
  for (const [name, path] of Object.entries(paths)) {
    for (const url of [`/v1/${name}`, `/v1/${name}/`]) {
      scope.route({
        method: "POST",
        url,
        bodyLimit: limits.inflatedBytes,
        // A logger of its own for each request would cost more than the request; what goes wrong is logged with its reason.
        childLoggerFactory: (logger) => logger,
        config: { access: "public" },
        schema: {
          hide: url.endsWith("/") || name.length === 1,
          tags: ["collect"],
          summary: path === "batch" ? "Accepts a batch of calls" : `Accepts one ${path} call`,
          description:
            "Segment HTTP API. Key as Basic user name or `writeKey`, or a secret token with the scope collect:write as Bearer; " +
            "its events count for the source of the key that stands beside it, else for the source of all API tokens. " +
            "200 means that the events cannot be lost.",
        },
        handler: (request, reply) => collect(around, path, request, reply),
      });
    }
  }
  scope.route({
    method: "GET",
    url: "/v1/projects/:writeKey/settings",
    config: { access: "public" },
    schema: { tags: ["collect"], summary: "Settings that the Segment browser client asks for first" },
    handler: async (request) => settingsFor(around, request),
  });
  scope.route({
    method: "GET",
    url: "/v1/projects/:writeKey/purposes",
    config: { access: "public" },
    schema: {
      tags: ["collect"],
      summary: "What a visitor is asked to allow, in the brand's words",
      description:
        "For the banner of the script for websites: brand, and each purpose with name and wording.",
    },
    handler: async (request, reply) => {
      reply.header("cache-control", "public, max-age=300");
      return purposesFor(around, request);
    },
  });
}

async function collect(
  around: CollectSurroundings,
  path: CallType | "batch",
  request: FastifyRequest,
  reply: FastifyReply,
) {
  // The usual request waits for nothing but the disk: its key is known, and its body is plain.
  const known = recallWriter(around.gardens, request) ?? (await writerOfHead(around.gardens, request));
  request.writer = known;
  const raw = bodyOf(request.body);
  const text = isGzip(raw, request.headers["content-encoding"]) ? await unzip(raw) : raw;
  const body = parseBody(text);
  const writer = known && !known.isOpen ? known : await writerOfBody(around.gardens, request, body, known);
  request.writer = writer;
  const { garden, source, trusted } = writer;
  refuseForeignOrigin(request, source.origins);
  const now = garden.synthetic ? (simulatedTime(body) ?? around.now()) : around.now();
  const result = await acceptRequest({
    garden,
    source,
    inbox: around.inbox(garden.id),
    path,
    body,
    text,
    trusted,
    now,
  });
  around.count("accepted", result.accepted);
  if (result.rejected.length) {
    for (const { code } of result.rejected) around.count("rejected", 1, code);
    const ctx = around.gardens.context(garden.id, { kind: "job", id: "collect", name: "collect" });
    // What was accepted is safe: a sender that is told of a failure here would send it all again.
    await saveRejections(ctx.pool, source.id, result.rejected, now).catch((failure) =>
      request.log.error({ err: failure }, "rejected events could not be written down"),
    );
    if (result.accepted === 0) {
      reply.status(result.rejected.every((one) => one.code === "event.too_large") ? 413 : 400);
      const [first] = result.rejected;
      return { success: false, ...result, error: { code: first!.code, message: first!.message } };
    }
  }
  return { success: true, ...result };
}

function refuseForeignOrigin(request: FastifyRequest, origins: readonly string[]): void {
  const { origin } = request.headers;
  if (!origins.length || !origin || origins.includes(origin)) return;
  refuse(
    "forbidden",
    "origin.not_allowed",
    `Pages of ${origin.slice(0, 200)} may not use this key. Add the origin to the source.`,
  );
}

/** The simulator of a synthetic garden goes through years in minutes: it says what day it is. */
function simulatedTime(body: Json): Date | undefined {
  const at = typeof body.at === "string" ? new Date(body.at) : undefined;
  return at && at.getTime() >= Date.UTC(1995, 0, 1) && at.getTime() < Date.UTC(2200, 0, 1) ? at : undefined;
}

async function purposesFor(around: CollectSurroundings, request: FastifyRequest) {
  const { garden } = await placeOf(around, request);
  const { pool } = around.gardens.context(garden.id, { kind: "job", id: "collect", name: "collect" });
  const purposes = await listPurposes(pool);
  return {
    brand: garden.brand,
    purposes: purposes.map(({ key, name, wording, wordingVersion }) => ({
      key,
      name,
      wording,
      wordingVersion,
    })),
  };
}

/** The garden and source of the write key in the address. Refuses key.unknown. */
async function placeOf(around: CollectSurroundings, request: FastifyRequest) {
  const { writeKey } = request.params as { writeKey: string };
  const found = await findSource(around.gardens, writeKey);
  return found ?? refuse("missing", "key.unknown", "No source has this write key.");
}

/** Without `Segment.io` here the client would send to its vendor; metrics must be off for the same reason. */
async function settingsFor(around: CollectSurroundings, request: FastifyRequest) {
  const { writeKey } = request.params as { writeKey: string };
  await placeOf(around, request);
  // A page that came by TLS may send only by TLS, and what stands before this server may not say that it did.
  const { host, pathname, protocol } = new URL(around.publicUrl ?? `${request.protocol}://${request.host}`);
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
