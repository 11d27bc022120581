import type { FastifyRequest } from "fastify";
import {
  findSource,
  type Garden,
  type Gardens,
  identifyToken,
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

/**
 * Who sends a request, as far as its head says: by a secret token, or the key as Basic user name or in the address.
 * Refuses token.unknown, right.missing, key.other_garden, source.disabled.
 */
export async function writerOfHead(gardens: Gardens, request: FastifyRequest): Promise<Writer | undefined> {
  const { writeKey } = request.query as { writeKey?: unknown };
  const key = basicUser(request) ?? (typeof writeKey === "string" ? writeKey : undefined);
  return writerOf(gardens, request, key);
}

/** Who sends a request, by the key in its body where its head names no source. Refuses key.unknown besides. */
export async function writerOfBody(
  gardens: Gardens,
  request: FastifyRequest,
  body: Json,
  known: Writer | undefined,
): Promise<Writer> {
  if (known && !known.isOpen) return known;
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
  const bearer = /^Bearer\s+(rk_\S+)$/i.exec(request.headers.authorization ?? "")?.[1];
  if (!bearer) return found && { ...found, trusted: found.source.kind === "server", isOpen: false };
  const token = await identifyToken(gardens, bearer);
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

function basicUser(request: FastifyRequest): string | undefined {
  const basic = /^Basic\s+(.+)$/i.exec(request.headers.authorization ?? "")?.[1];
  return (basic && Buffer.from(basic, "base64").toString("utf8").split(":")[0]) || undefined;
}
