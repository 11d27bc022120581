import type { FastifyRequest } from "fastify";
import { z } from "zod";
import type { Config } from "../../config.ts";
import { isCommand } from "../../platform/command-socket.ts";
import { calledAt } from "../../platform/http/index.ts";
import { parseId, publicId } from "../../platform/ids.ts";
import { refuse } from "../../platform/refusal.ts";
import { shownText } from "../../platform/shown-text.ts";
import type { Context } from "../context.ts";
import { hostInUrl } from "../operators/auth.ts";
import type { Route } from "../route.ts";
import { Live, liveOf } from "./live.ts";
import { ConsentMode, LawfulBasis, Source, type StoredSource } from "./model.ts";
import { openedSecret } from "./signing-secret.ts";
import {
  browserSnippet,
  clientSetups,
  segmentSnippet as segmentSnippetFor,
  serverSnippet,
} from "./snippet.ts";
import { findSourceById, listSources, PurposeName, purposeNames } from "./store.ts";
import { changeSource, createSource, readSigningSecret, removeSource, replaceKey } from "./verbs.ts";

const ShownSource = Source.omit({ id: true, signingSecret: true }).extend({
  id: z.string(),
  writeKey: z.string().nullable(),
  /** Whether a secret to sign user ids is there; it is shown only by its own call. */
  hasSigningSecret: z.boolean(),
  firstEventAt: z.date().nullable(),
  lastEventAt: z.date().nullable(),
  createdAt: z.date(),
  /** Code to put on the site or the server; null for sources without a key. */
  snippet: z.string().nullable(),
  /** The same for Segment's own client in browsers; null for other sources. */
  segmentSnippet: z.string().nullable(),
  /** For clients that the brand already has: what each needs changed. Empty for sources without a key. */
  setups: z.array(z.object({ client: z.string(), code: z.string() })),
});

/** An origin as browsers send it: scheme, host and port, nothing after. */
const Origin = z.string().refine((text) => {
  try {
    const url = new URL(text);
    return (url.protocol === "https:" || url.protocol === "http:") && url.origin === text;
  } catch {
    return false;
  }
}, "is no origin such as https://shop.example");

const Changes = z.object({
  name: shownText(100),
  consentMode: ConsentMode,
  consentCategories: z.record(z.string().min(1).max(100), z.string().min(1).max(100)),
  statedBasis: z.record(z.string().min(1).max(100), LawfulBasis),
  provesConsent: z.boolean(),
  origins: z.array(Origin).max(100),
  enabled: z.boolean(),
});
const SourceId = z.object({ id: z.string().max(40) });

export function sourcesRoutes(
  route: Route,
  deps: { config: Pick<Config, "publicUrl" | "host" | "port"> },
): void {
  const read = { right: "settings:read" } as const;
  const write = { right: "settings:write" } as const;
  const baseOf = (request: FastifyRequest) =>
    isCommand(request.raw) && !deps.config.publicUrl
      ? `http://${hostInUrl(deps.config.host)}:${deps.config.port}`
      : calledAt(request, deps.config.publicUrl);

  const shown = (source: StoredSource, request: FastifyRequest): z.infer<typeof ShownSource> => {
    const { signingSecret, ...rest } = source;
    const base = baseOf(request);
    const snippet =
      source.writeKey === null || source.kind === "webhook"
        ? null
        : source.kind === "browser"
          ? browserSnippet(base, source.writeKey)
          : serverSnippet(base, source.writeKey);
    const segmentSnippet =
      source.writeKey !== null && source.kind === "browser"
        ? segmentSnippetFor(base, source.writeKey, Object.keys(source.consentCategories))
        : null;
    const setups =
      source.writeKey !== null && (source.kind === "browser" || source.kind === "server")
        ? clientSetups(source.kind, base, source.writeKey)
        : [];
    return {
      ...rest,
      id: publicId("source", source.id),
      hasSigningSecret: signingSecret !== null,
      snippet,
      segmentSnippet,
      setups,
    };
  };
  const get = async (ctx: Context, id: number) => (await findSourceById(ctx.pool, id)) ?? refuseMissing();

  route({
    method: "GET",
    url: "/api/sources",
    access: read,
    tag: "Sources",
    summary: "Where events come from",
    reply: z.object({ sources: z.array(ShownSource), purposes: z.array(PurposeName) }),
    handler: async ({ ctx, request }) => ({
      sources: (await listSources(ctx.pool)).map((source) => shown(source, request)),
      purposes: await purposeNames(ctx.pool),
    }),
  });

  route({
    method: "POST",
    url: "/api/sources",
    access: write,
    tag: "Sources",
    summary: "Make a source with a write key",
    description:
      "A browser source asks for consent unless told otherwise; a server source states a contract as the basis to measure.",
    body: Changes.partial().extend({ name: Changes.shape.name, kind: z.enum(["browser", "server"]) }),
    reply: ShownSource,
    refusals: ["source.purpose_unknown"],
    status: 201,
    handler: async ({ ctx, body, request }) => shown(await createSource(ctx, body), request),
  });

  route({
    method: "GET",
    url: "/api/sources/:id",
    access: read,
    tag: "Sources",
    summary: "One source with its snippet",
    params: SourceId,
    reply: ShownSource,
    refusals: ["source.missing"],
    handler: async ({ ctx, params, request }) => shown(await get(ctx, idOf(params.id)), request),
  });

  route({
    method: "PATCH",
    url: "/api/sources/:id",
    access: write,
    tag: "Sources",
    summary: "Change a source",
    params: SourceId,
    body: Changes.partial(),
    reply: ShownSource,
    refusals: ["source.missing", "source.purpose_unknown"],
    handler: async ({ ctx, params, body, request }) =>
      shown(await changeSource(ctx, idOf(params.id), body), request),
  });

  route({
    method: "DELETE",
    url: "/api/sources/:id",
    access: write,
    tag: "Sources",
    summary: "Remove a source that never wrote",
    params: SourceId,
    reply: z.object({ done: z.literal(true) }),
    refusals: ["source.missing", "source.has_no_key", "source.has_events"],
    handler: async ({ ctx, params }) => {
      await removeSource(ctx, idOf(params.id));
      return { done: true as const };
    },
  });

  route({
    method: "POST",
    url: "/api/sources/:id/keys",
    access: write,
    tag: "Sources",
    summary: "Replace the public write key or the signing secret; the old one stops at once",
    params: SourceId,
    body: z.object({ key: z.enum(["write", "signing"]) }),
    reply: z.object({ source: ShownSource, signingSecret: z.string().nullable() }),
    refusals: ["source.missing", "source.has_no_key"],
    handler: async ({ ctx, params, body, request }) => {
      const source = await replaceKey(ctx, idOf(params.id), body.key);
      return {
        source: shown(source, request),
        signingSecret: body.key === "signing" ? openedSecret(ctx, source) : null,
      };
    },
  });

  route({
    method: "GET",
    url: "/api/sources/:id/signing-secret",
    access: write,
    tag: "Sources",
    summary: "The secret by which the brand's server signs user ids (HMAC-SHA256, hex)",
    params: SourceId,
    reply: z.object({ signingSecret: z.string().nullable() }),
    refusals: ["source.missing"],
    handler: async ({ ctx, params }) => ({ signingSecret: await readSigningSecret(ctx, idOf(params.id)) }),
  });

  route({
    method: "GET",
    url: "/api/sources/:id/live",
    access: read,
    tag: "Sources",
    summary: "Whether events of the source arrive, are kept, or are dropped for lack of consent",
    params: SourceId,
    query: z.object({ since: z.iso.datetime().optional(), garden: z.string().optional() }),
    reply: Live,
    refusals: ["source.missing"],
    handler: async ({ ctx, params, query }) =>
      (await liveOf(ctx, idOf(params.id), query.since ? new Date(query.since) : undefined)) ??
      refuseMissing(),
  });
}

const idOf = (text: string): number => parseId("source", text) ?? refuseMissing();

function refuseMissing(): never {
  refuse("missing", "source.missing", "There is no such source.");
}
