import type { FastifyInstance, FastifyReply, FastifyRequest } from "fastify";
import { z } from "zod";
import { refuse } from "../platform/refusal.ts";
import { type Context, requireRight } from "./context.ts";
import type { Gardens } from "./gardens.ts";
import type { Actor, Right } from "./model.ts";

/**
 * Who may call a route. `operator`: whoever is signed in. `public`: everyone; the handler answers only
 * for what the request itself proves. `setup`: everyone until the first operator exists. With `beforeSetup` the right
 * is asked for also where there is no garden yet; the handler then has none.
 */
export type Access = { right: Right; beforeSetup?: boolean } | "operator" | "public" | "setup";

type Shape = z.ZodType;
type Of<T> = T extends z.ZodType ? z.infer<T> : undefined;

export interface RouteDeclaration<P, Q, B, R> {
  method: "GET" | "POST" | "PUT" | "PATCH" | "DELETE";
  url: string;
  access: Access;
  tag: string;
  summary: string;
  description?: string;
  params?: P;
  query?: Q;
  body?: B;
  /** Shape of the answer; left out for streams and pages. */
  reply?: R;
  /** Codes that the route refuses with, for the document. */
  refusals?: readonly string[];
  /** Status of a good answer; 200 where nothing is said. */
  status?: number;
  /** Largest body in bytes; the server's default where nothing is said. */
  bodyLimit?: number;
  handler: (ask: {
    ctx: Context;
    params: Of<P>;
    query: Of<Q>;
    body: Of<B>;
    request: FastifyRequest;
    reply: FastifyReply;
  }) => Promise<R extends z.ZodType ? z.input<R> : unknown>;
}

/** What routes need of the process: who calls, and which gardens are open. */
export interface RouteSurroundings {
  gardens: Gardens;
  /** Finds who calls: session, token or command socket; undefined when nobody is signed in. */
  identify(request: FastifyRequest): Promise<{ actor: Actor; garden?: string } | undefined>;
}

export const ErrorReply = z.object({
  error: z.object({
    code: z.string(),
    message: z.string(),
    details: z.record(z.string(), z.unknown()).optional(),
  }),
});

declare module "fastify" {
  interface FastifyContextConfig {
    access?: Access;
  }
}

/** Declares routes from which validation, types, rights and the OpenAPI document follow. */
export function router(app: FastifyInstance, around: RouteSurroundings) {
  const contexts = new WeakMap<FastifyRequest, Context>();
  return function route<
    P extends Shape | undefined,
    Q extends Shape | undefined,
    B extends Shape | undefined,
    R extends Shape | undefined,
  >(declared: RouteDeclaration<P, Q, B, R>): void {
    const status = declared.status ?? 200;
    app.route({
      method: declared.method,
      url: declared.url,
      config: { access: declared.access },
      ...(declared.bodyLimit ? { bodyLimit: declared.bodyLimit } : {}),
      schema: {
        tags: [declared.tag],
        summary: declared.summary,
        description: [
          declared.description,
          declared.refusals?.length ? `Refuses: ${declared.refusals.join(", ")}.` : "",
        ]
          .filter(Boolean)
          .join("\n\n"),
        ...(declared.params ? { params: declared.params } : {}),
        ...(declared.query ? { querystring: declared.query } : {}),
        ...(declared.body ? { body: declared.body } : {}),
        response: {
          ...(declared.reply ? { [status]: declared.reply } : {}),
          "4xx": ErrorReply,
        },
      },
      // Before the body is even read: whoever may not come in is told so, and nothing else.
      onRequest: async (request) => {
        contexts.set(request, await contextOf(around, request, declared.access));
      },
      handler: async (request, reply) => {
        const ctx = contexts.get(request)!;
        reply.status(status);
        return declared.handler({
          ctx,
          params: request.params as Of<P>,
          query: request.query as Of<Q>,
          body: request.body as Of<B>,
          request,
          reply,
        });
      },
    });
  };
}
export type Route = ReturnType<typeof router>;

/**
 * The context of a call: the garden named by the header `x-rondell-garden` or the query's `garden`,
 * else the brand's own. A token always stands in its own garden.
 */
async function contextOf(
  around: RouteSurroundings,
  request: FastifyRequest,
  access: Access,
): Promise<Context> {
  const caller = await around.identify(request);
  if (access !== "public" && access !== "setup" && !caller) {
    refuse(
      "unauthenticated",
      "session.missing",
      "Sign in, or send an API token as `Authorization: Bearer …`.",
    );
  }
  const actor: Actor = caller?.actor ?? { kind: "public", id: "public", name: "public" };
  const wanted = caller?.garden ?? headerOrQuery(request);
  const garden = wanted ? around.gardens.find(wanted) : around.gardens.first();
  if (!garden) {
    if (typeof access === "string") return gardenless(actor);
    if (access.beforeSetup && !wanted) {
      requireRight(actor, access.right);
      return gardenless(actor);
    }
    refuse(
      "missing",
      "garden.missing",
      wanted
        ? `There is no garden ${wanted}.`
        : "Set Rondell up first: open its address in a browser, or run `rondell setup`.",
    );
  }
  const ctx = around.gardens.context(garden.id, actor);
  if (typeof access === "object") ctx.require(access.right);
  return ctx;
}

function headerOrQuery(request: FastifyRequest): string | undefined {
  const header = request.headers["x-rondell-garden"];
  if (typeof header === "string" && header) return header;
  const query = request.query as Record<string, unknown> | undefined;
  return typeof query?.garden === "string" && query.garden ? query.garden : undefined;
}

const refuseNoGarden = (): never =>
  refuse("missing", "garden.missing", "There is no such garden. Choose one of `GET /api/gardens`.");

/** For whoever is signed in and named no garden that is there, or before the setup. Refuses garden.missing where one is needed. */
function gardenless(actor: Actor): Context {
  return new Proxy({ actor } as Context, {
    get(target, key) {
      if (key === "actor") return target.actor;
      // A promise asks what it is resolved with for "then".
      if (key === "garden" || key === "then") return undefined;
      return refuseNoGarden();
    },
  });
}

/** The garden of a call that whoever is signed in may make. Refuses garden.missing. */
export const gardenOf = (ctx: Context): Context["garden"] =>
  (ctx.garden as Context["garden"] | undefined) ?? refuseNoGarden();
