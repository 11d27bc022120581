import helmet from "@fastify/helmet";
import rateLimit from "@fastify/rate-limit";
import swagger from "@fastify/swagger";
import reference from "@scalar/fastify-api-reference";
import Fastify, { type FastifyError, type FastifyInstance, type FastifyReply, LogController } from "fastify";
import {
  hasZodFastifySchemaValidationErrors,
  jsonSchemaTransform,
  serializerCompiler,
  validatorCompiler,
} from "fastify-type-provider-zod";
import type { Logger } from "pino";
import { awayMessage, isAway } from "../away.ts";
import { fullDiskMessage, isFullDisk } from "../full-disk.ts";
import { Refusal, statusOfRefusal } from "../refusal.ts";
import { onClientError } from "./long-body.ts";

/** A route as it was declared, for the test that walks all of them. */
export interface DeclaredRoute {
  method: string;
  url: string;
  access: unknown;
}

declare module "fastify" {
  interface FastifyInstance {
    declaredRoutes: DeclaredRoute[];
  }
}

/**
 * An HTTP server with everything that no route should have to think of: validation by zod, errors in
 * one shape, and an OpenAPI document.
 */
export async function openHttp(around: {
  log: Logger;
  trustProxy: boolean;
  /** How much shorter the times are for which a sender is waited; for tests. */
  hastens?: number;
}): Promise<FastifyInstance> {
  const { hastens = 1 } = around;
  const app = Fastify({
    loggerInstance: around.log as never,
    logController: new LogController({ disableRequestLogging: true }),
    trustProxy: around.trustProxy,
    bodyLimit: 1024 * 1024,
    // A sender that dribbles its request byte by byte does not hold a connection for ever.
    requestTimeout: 60_000 / hastens,
    http: { headersTimeout: 20_000 / hastens, connectionsCheckingInterval: 10_000 / hastens },
    clientErrorHandler: onClientError,
    connectionTimeout: 0,
    routerOptions: { ignoreTrailingSlash: false },
    forceCloseConnections: "idle",
    // An address that no route can even be looked up for: refused in the same shape as everything else.
    frameworkErrors: (error, _request, answer) => {
      const message =
        error.code === "FST_ERR_MAX_PARAM_LENGTH"
          ? "A part of this address is longer than any name or id can be."
          : "This address cannot be read: its % signs or characters are wrong.";
      // The types know no route here, and so no answer.
      const reply = answer as unknown as FastifyReply;
      return reply.status(error.statusCode ?? 400).send({ error: { code: "request.invalid", message } });
    },
  });
  // Beyond this connections are closed at once, before they cost memory. A proxy in front needs far fewer.
  app.server.maxConnections = 10_000;
  const declared: DeclaredRoute[] = [];
  app.decorate("declaredRoutes", declared);
  app.addHook("onRoute", (route) => {
    const access = (route.config as { access?: unknown } | undefined)?.access;
    for (const method of [route.method].flat()) declared.push({ method, url: route.url, access });
  });
  app.setValidatorCompiler(validatorCompiler);
  app.setSerializerCompiler(serializerCompiler);
  app.setErrorHandler((error: FastifyError, request, reply) => {
    // A route that failed may have said already that a table or a file would come.
    reply.type("application/json; charset=utf-8");
    if (error instanceof Refusal) {
      const retryAfter = error.details?.retryAfterSeconds;
      if (typeof retryAfter === "number") reply.header("retry-after", String(retryAfter));
      return reply.status(statusOfRefusal[error.kind]).send({
        error: {
          code: error.code,
          message: error.message,
          ...(error.details ? { details: error.details } : {}),
        },
      });
    }
    if (hasZodFastifySchemaValidationErrors(error)) {
      const faults = error.validation.map(
        (one) =>
          `${one.instancePath.replaceAll("/", ".").replace(/^\./, "") || error.validationContext}: ${one.message}`,
      );
      return reply
        .status(400)
        .send({ error: { code: "request.invalid", message: faults.join("; "), details: { faults } } });
    }
    const status = error.statusCode ?? 500;
    if (status < 500) {
      return reply.status(status).send({ error: { code: codeOf(error), message: messageOf(error) } });
    }
    if (isNul(error)) {
      const message = "A text holds the character NUL, which no store keeps. Leave it out.";
      return reply.status(400).send({ error: { code: "request.invalid", message } });
    }
    if (isFullDisk(error)) {
      request.log.error({ err: error }, "the disk is full");
      return reply
        .status(503)
        .header("retry-after", "30")
        .send({
          error: { code: "disk.full", message: fullDiskMessage },
        });
    }
    // Nobody hears the answer, and nothing of ours went wrong.
    if (request.raw.destroyed && !request.raw.complete) {
      request.log.info({ route: request.routeOptions.url }, "the sender went away before all of it was here");
      return reply.status(400).send({
        error: { code: "request.aborted", message: "The request ended too soon. Send it again." },
      });
    }
    if (isAway(error)) {
      request.log.warn({ err: error }, "a database is away");
      return reply
        .status(503)
        .header("retry-after", "5")
        .send({ error: { code: "database.away", message: awayMessage } });
    }
    request.log.error({ err: error, route: request.routeOptions.url }, "a request ended in an error");
    return reply
      .status(500)
      .send({ error: { code: "internal", message: "Something went wrong on our side. It was logged." } });
  });

  await app.register(swagger, {
    openapi: {
      info: {
        title: "Rondell",
        version: "1",
        description: "The customer-centricity loop on first-party data.",
      },
      components: {
        securitySchemes: {
          token: {
            type: "http",
            scheme: "bearer",
            description: "A secret API token: `Authorization: Bearer rk_…`",
          },
          session: { type: "apiKey", in: "cookie", name: "rondell.session_token" },
        },
      },
    },
    transform: jsonSchemaTransform,
  });
  return app as unknown as FastifyInstance;
}

/**
 * Gives the routes of a scope what pages in browsers need: safe headers, limits of requests, and the page of the API at
 * `/docs`. Only a scope of its own: even a route that says no to these headers pays for being asked, and what programs
 * call thousands of times a second has no use for them.
 */
export async function guardPages(scope: FastifyInstance): Promise<void> {
  await scope.register(helmet, {
    referrerPolicy: { policy: "same-origin" },
    contentSecurityPolicy: {
      directives: {
        "default-src": ["'self'"],
        "script-src": ["'self'"],
        "style-src": ["'self'", "'unsafe-inline'"],
        "img-src": ["'self'", "data:"],
        "connect-src": ["'self'"],
        "frame-ancestors": ["'self'"],
        // The server itself speaks HTTP; a proxy in front of it brings TLS.
        "upgrade-insecure-requests": null,
      },
    },
    strictTransportSecurity: false,
    crossOriginResourcePolicy: { policy: "cross-origin" },
  });
  await scope.register(rateLimit, { global: false });
  await scope.register(reference, {
    routePrefix: "/docs",
    configuration: { withDefaultFonts: false, telemetry: false } as never,
    hooks: {
      // The page of the reference runs a script of its own that is written into it.
      onRequest: (_request, reply, done) => {
        reply.header(
          "content-security-policy",
          "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:; font-src 'self' data:; connect-src 'self'",
        );
        done();
      },
    },
  });
}

/** Whether Postgres was asked for a text with the character NUL, which it can neither keep nor compare with. */
const isNul = (error: FastifyError) => error.code === "22021" || error.code === "22P05";

/** What to do, in our words where the framework only says what is wrong. */
function messageOf(error: FastifyError): string {
  switch (error.code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return "The body is longer than this address takes. Send less at a time.";
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return "This address does not read such a body. Send JSON as application/json.";
    case "FST_ERR_CTP_INVALID_JSON_BODY":
    case "FST_ERR_CTP_EMPTY_JSON_BODY":
      return "The body is not valid JSON.";
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return "The body is not as long as its Content-Length says.";
    default:
      return error.message;
  }
}

function codeOf(error: FastifyError): string {
  if (error.statusCode === 413) return "body.too_large";
  if (error.statusCode === 415) return "body.unsupported_type";
  if (error.statusCode === 429) return "rate.limited";
  return "request.invalid";
}
