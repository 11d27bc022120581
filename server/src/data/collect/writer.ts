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

/** What a request shows of who sends it: the key of a source, and a secret token beside it or instead of it. */
export interface Credentials {
  key?: string | undefined;
  secret?: string | undefined;
}

/** What the head of a request shows: the key as Basic user name or in the address, a token as Bearer. */
export const credentialsOf = (request: FastifyRequest): Credentials => ({
  key: keyOfHead(request),
  secret: bearer.exec(request.headers.authorization ?? "")?.[1],
});

/** The form of a secret token, for protocols that carry one elsewhere than in the head. */
export const isTokenLike = (text: unknown): text is string =>
  typeof text === "string" && /^rk_\S+$/.test(text);

/** Who sends with a key that memory knows: nearly all requests, without waiting for anything. */
export function recallWriter(gardens: Gardens, { key, secret }: Credentials): Writer | undefined {
  if (key === undefined || secret !== undefined) return undefined;
  const found = recallSource(gardens, key);
  return found && byKey(found);
}

/** Who sends a request, by the key in its body: for one whose head names no source. Refuses key.unknown besides. */
export async function writerOfBody(
  gardens: Gardens,
  shown: Credentials,
  body: Json,
  known: Writer | undefined,
): Promise<Writer> {
  const key = typeof body.writeKey === "string" ? body.writeKey : undefined;
  return (key === undefined ? known : await writerOf(gardens, { ...shown, key })) ?? refuseKey();
}

/** Refuses key.unknown. */
export function refuseKey(): never {
  refuse(
    "unauthenticated",
    "key.unknown",
    "Send the write key of a source, as Basic user name or as `writeKey` in the body, or a secret token with the scope collect:write as Bearer.",
  );
}

/**
 * Who sends a request, as far as these show: undefined where they name no source.
 * Refuses token.unknown, right.missing, key.unknown, key.other_garden, source.disabled.
 */
export async function writerOf(gardens: Gardens, { key, secret }: Credentials): Promise<Writer | undefined> {
  const found = key === undefined ? undefined : await findSource(gardens, key);
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
