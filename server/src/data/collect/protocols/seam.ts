import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import type { Gardens } from "../../../garden/index.ts";
import { refuse } from "../../../platform/refusal.ts";
import type { NetworkSight } from "../../quality/index.ts";
import { type Accepted, acceptRequest, bodyOf, isGzip, parseBody, unzip } from "../accept.ts";
import { limits } from "../check.ts";
import type { Inbox } from "../inbox.ts";
import type { CallType, Json } from "../model.ts";
import { saveRejections } from "../rejections.ts";
import {
  type Credentials,
  credentialsOf,
  recallWriter,
  refuseKey,
  type Writer,
  writerOf,
  writerOfBody,
} from "../writer.ts";

/*
 * What every protocol stands on. One whose bodies are made of our calls already hands them on as they came; any other
 * finds the key, turns its request into calls, and says what its client wants to hear.
 */

export interface CollectSurroundings {
  gardens: Gardens;
  inbox(garden: string): Inbox;
  /** What the network of an address is to a garden. */
  networkOf: NetworkSight;
  now(): Date;
  /** Address that browsers reach this server by; what the request says, where nothing is set. */
  publicUrl?: string | undefined;
  /** Counts for `/metrics`: events, and whole requests of which none could be looked at. */
  count(what: "accepted" | "rejected" | "refused", number: number, reason?: string): void;
}

declare module "fastify" {
  interface FastifyRequest {
    /** Who sends, once that is known. */
    writer?: Writer | undefined;
  }
  interface FastifyContextConfig {
    /** The route takes events: a refused request is counted and shown to operators. */
    takesEvents?: boolean;
  }
}

type Handler = (request: FastifyRequest, reply: FastifyReply) => unknown;

interface Declared {
  method: "GET" | "POST";
  path: string;
  words: { summary: string; description?: string; hide?: boolean };
  takesEvents: boolean;
  handler: Handler;
}

/** Declares a path of a client, with and without a slash at its end. */
function declare(scope: FastifyInstance, { method, path, words, takesEvents, handler }: Declared): void {
  for (const url of [path, `${path}/`]) {
    scope.route({
      method,
      url,
      exposeHeadRoute: false,
      bodyLimit: limits.inflatedBytes,
      // A logger of its own for each request would cost more than the request; what goes wrong is logged with its reason.
      childLoggerFactory: (logger) => logger,
      config: { access: "public", ...(takesEvents ? { takesEvents } : {}) },
      schema: {
        tags: ["collect"],
        summary: words.summary,
        ...(words.description ? { description: words.description } : {}),
        hide: words.hide === true || url !== path,
      },
      handler,
    });
  }
}

/** Declares a path that takes events. */
export function takesEvents(
  scope: FastifyInstance,
  method: "GET" | "POST",
  path: string,
  words: Declared["words"],
  handler: Handler,
): void {
  declare(scope, { method, path, words, handler, takesEvents: true });
}

/** Declares a path at which a client asks how to behave. */
export function answersClients(
  scope: FastifyInstance,
  method: "GET" | "POST",
  path: string,
  summary: string,
  handler: Handler,
): void {
  declare(scope, { method, path, words: { summary }, handler, takesEvents: false });
}

/** Takes a request whose body is made of our calls: it is kept as it came. Gives the answer. */
export async function takeAsItCame(
  around: CollectSurroundings,
  path: CallType | "batch",
  request: FastifyRequest,
  reply: FastifyReply,
  shown: Credentials = credentialsOf(request),
) {
  // The usual request waits for nothing but the disk: its key is known, and its body is plain.
  const known = recallWriter(around.gardens, shown) ?? (await writerOf(around.gardens, shown));
  request.writer = known;
  const raw = bodyOf(request.body);
  const text = isGzip(raw, request.headers["content-encoding"]) ? await unzip(raw) : raw;
  const body = parseBody(text);
  const writer = known && !known.isOpen ? known : await writerOfBody(around.gardens, shown, body, known);
  admit(request, writer);
  const { garden, source, trusted } = writer;
  const now = garden.synthetic ? (simulatedTime(body) ?? around.now()) : around.now();
  const { sentat } = request.headers;
  const result = await acceptRequest({
    garden,
    source,
    inbox: around.inbox(garden.id),
    path,
    body,
    text,
    sentAt: typeof sentat === "string" ? sentat : undefined,
    trusted,
    network: await networkOf(around, request, writer),
    now,
  });
  around.count("accepted", result.accepted);
  if (result.rejected.length) await tellRejections(around, request, writer, result, now);
  return answerOf(result, reply);
}

/** Takes the calls that a protocol makes of a request, for whoever `shown` names. Refuses what `acceptRequest` does, and key.unknown. */
export async function takeCalls(
  around: CollectSurroundings,
  request: FastifyRequest,
  shown: Credentials,
  translate: (writer: Writer, now: Date) => unknown[],
): Promise<Accepted> {
  const writer = await writerFor(around, request, shown);
  const { garden, source, trusted } = writer;
  const now = around.now();
  const batch = translate(writer, now);
  if (!batch.length) return { accepted: 0, rejected: [] };
  const inbox = around.inbox(garden.id);
  const network = await networkOf(around, request, writer);
  const result = await acceptRequest({
    ...{ garden, source, inbox, path: "batch", body: { batch }, trusted, network, now },
  });
  around.count("accepted", result.accepted);
  if (result.rejected.length) await tellRejections(around, request, writer, result, now);
  return result;
}

/** A server's own address says nothing of whom it speaks of. */
const networkOf = (
  { networkOf: sight }: CollectSurroundings,
  request: FastifyRequest,
  { garden, trusted }: Writer,
) => (trusted ? undefined : sight(garden.id, request.ip));

/** Who sends, where that was found out and may be. Refuses key.unknown, origin.not_allowed and what a token may lack. */
export async function writerFor(
  around: CollectSurroundings,
  request: FastifyRequest,
  shown: Credentials,
): Promise<Writer> {
  const { gardens } = around;
  const writer = recallWriter(gardens, shown) ?? (await writerOf(gardens, shown)) ?? refuseKey();
  admit(request, writer);
  return writer;
}

/**
 * What one request tells for several keys, apart by key. Every one of them may write, before anything for one is stored.
 * Refuses what `writerFor` does.
 */
export async function apartByKey<T>(
  around: CollectSurroundings,
  request: FastifyRequest,
  items: readonly T[],
  shownBy: (item: T) => Credentials,
): Promise<{ shown: Credentials; items: T[] }[]> {
  const groups = new Map<string, { shown: Credentials; items: T[] }>();
  for (const item of items) {
    const shown = shownBy(item);
    const name = JSON.stringify([shown.key, shown.secret]);
    const group = groups.get(name) ?? { shown, items: [] };
    group.items.push(item);
    groups.set(name, group);
  }
  for (const { shown } of groups.values()) await writerFor(around, request, shown);
  return [...groups.values()];
}

/** What became of a request, as JSON: an error where no event of it was good. */
export function answerOf(result: Accepted, reply: FastifyReply) {
  const [first] = result.rejected;
  if (result.accepted > 0 || !first) return { success: true, ...result };
  reply.status(statusOf(result));
  return { success: false, ...result, error: { code: first.code, message: first.message } };
}

/** 200, or what makes a client let go of a request of which no event can ever be good. */
export function statusOf({ accepted, rejected }: Accepted): 200 | 400 | 413 {
  if (accepted > 0 || !rejected.length) return 200;
  return rejected.every((one) => one.code === "event.too_large") ? 413 : 400;
}

function admit(request: FastifyRequest, writer: Writer): void {
  request.writer = writer;
  const { origins } = writer.source;
  if (!origins.length) return;
  const origin = originOf(request);
  if (!origin || origins.includes(origin)) return;
  refuse(
    "forbidden",
    "origin.not_allowed",
    `Pages of ${origin.slice(0, 200)} may not use this key. Add the origin to the source.`,
  );
}

/** The page that sends: of an image only its address is told. */
function originOf({ method, headers }: FastifyRequest): string | undefined {
  if (headers.origin || method !== "GET" || !headers.referer) return headers.origin;
  return URL.canParse(headers.referer) ? new URL(headers.referer).origin : undefined;
}

/** Counts what was not accepted, and writes down why. */
export async function tellRejections(
  around: CollectSurroundings,
  request: FastifyRequest,
  writer: Writer,
  { rejected }: Pick<Accepted, "rejected">,
  now: Date,
): Promise<void> {
  for (const { code } of rejected) around.count("rejected", 1, code);
  const ctx = around.gardens.context(writer.garden.id, { kind: "job", id: "collect", name: "collect" });
  // What was accepted is safe: a sender that is told of a failure here would send it all again.
  await saveRejections(ctx.pool, writer.source.id, rejected, now).catch((failure) =>
    request.log.error({ err: failure }, "rejected events could not be written down"),
  );
}

/** The simulator of a synthetic garden goes through years in minutes: it says what day it is. */
function simulatedTime(body: Json): Date | undefined {
  const at = typeof body.at === "string" ? new Date(body.at) : undefined;
  return at && at.getTime() >= Date.UTC(1995, 0, 1) && at.getTime() < Date.UTC(2200, 0, 1) ? at : undefined;
}
