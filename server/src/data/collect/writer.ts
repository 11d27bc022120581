import type { FastifyRequest } from "fastify";
import {
  type FoundSource,
  findSource,
  type Garden,
  type Gardens,
  identifyToken,
  recallSource,
  rightsOf,
  type Source,
  tokenSource,
} from "../../garden/index.ts";
import { refuse } from "../../platform/refusal.ts";
import type { Json } from "./model.ts";

/** Who sends, and whether it is the brand itself: a server's key or a secret token. */
export interface Writer {
  garden: Garden;
  source: Source;
  trusted: boolean;
  /** A token came without a key: the body may still name another source. */
  isOpen: boolean;
}

/** Who sends a request whose head has a key that memory knows: nearly all of them, without waiting for anything. */
export function recallWriter(gardens: Gardens, request: FastifyRequest): Writer | undefined {
  if (bearer.test(request.headers.authorization ?? "")) return undefined;
  const key = keyOfHead(request);
  const found = key === undefined ? undefined : recallSource(gardens, key);
  return found && byKey(found);
}

/**
 * Who sends a request, as far as its head says: by a secret token, or the key as Basic user name or in the address.
 * Refuses token.unknown, right.missing, key.other_garden, source.disabled.
 */
export async function writerOfHead(gardens: Gardens, request: FastifyRequest): Promise<Writer | undefined> {
  return writerOf(gardens, request, keyOfHead(request));
}

/** Who sends a request, by the key in its body: for one whose head names no source. Refuses key.unknown besides. */
export async function writerOfBody(
  gardens: Gardens,
  request: FastifyRequest,
  body: Json,
  known: Writer | undefined,
): Promise<Writer> {
  const key = typeof body.writeKey === "string" ? body.writeKey : undefined;
  return (key === undefined ? known : await writerOf(gardens, request, key)) ?? refuseKey();
}

function refuseKey(): never {
  refuse(
    "unauthenticated",
    "key.unknown",
    "Send the write key of a source, as Basic user name or as `writeKey` in the body, or a secret token with the scope collect:write as Bearer.",
  );
}

async function writerOf(
  gardens: Gardens,
  request: FastifyRequest,
  key: string | undefined,
): Promise<Writer | undefined> {
  const found = key === undefined ? undefined : await findSource(gardens, key);
  const secret = bearer.exec(request.headers.authorization ?? "")?.[1];
  if (!secret) return found && byKey(found);
  const token = await identifyToken(gardens, secret);
  const garden = token && gardens.find(token.garden);
  if (!garden)
    refuse(
      "unauthenticated",
      "token.unknown",
      "This token is unknown or was revoked. Create another one in the settings.",
    );
  if (!rightsOf(token.actor).includes("collect:write"))
    refuse("forbidden", "right.missing", "This needs a token with the scope collect:write.");
  // A key beside the token says for which source the events count.
  if (key !== undefined && !found) refuseKey();
  if (found && found.garden.id !== garden.id)
    refuse("forbidden", "key.other_garden", "The write key and the token belong to different gardens.");
  const source = found?.source ?? (await tokenSource(gardens, gardens.context(garden.id, token.actor)));
  if (!source.enabled)
    refuse(
      "forbidden",
      "source.disabled",
      `The source ${source.name}, for which events of API tokens count, is switched off.`,
    );
  return { garden, source, trusted: true, isOpen: found === undefined };
}

const bearer = /^Bearer\s+(rk_\S+)$/i;

const writers = new WeakMap<Source, Writer>();

/** The writer that a source's key makes; one for each source, because each request asks. */
function byKey({ garden, source }: FoundSource): Writer {
  let writer = writers.get(source);
  if (writer?.garden !== garden) {
    writer = { garden, source, trusted: source.kind === "server", isOpen: false };
    writers.set(source, writer);
  }
  return writer;
}

/** The write key that stands in the head of a request: as Basic user name, or in the address. */
function keyOfHead(request: FastifyRequest): string | undefined {
  const basic = /^Basic\s+(.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  const user = basic && Buffer.from(basic, "base64").toString("utf8").split(":", 1)[0];
  if (user) return user;
  const { writeKey } = request.query as { writeKey?: unknown };
  return typeof writeKey === "string" ? writeKey : undefined;
}
