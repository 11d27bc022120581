import { betterAuth } from "better-auth";
import type { FastifyRequest } from "fastify";
import type { Pool } from "pg";
import type { Logger } from "pino";
import type { Config } from "../../config.ts";
import { keptSecret } from "../../platform/secrets.ts";
import { passwordCharactersMax, passwordCharactersMin } from "./model.ts";

const clientHeader = "x-rondell-client";

export interface Auth {
  /** Answers one of better-auth's own paths, such as `/sign-in/email`, for a request of ours. */
  handle(request: FastifyRequest, path: string, body?: unknown): Promise<Response>;
  /** The operator whom the session cookie names, and the moment the session ends. */
  session(request: FastifyRequest): Promise<{ operatorId: string } | undefined>;
  /** Refuses nothing; says whether a page at `origin` may act for an operator. */
  isOwnOrigin(origin: string, request: FastifyRequest): boolean;
}

type AuthConfig = Pick<Config, "dataDir" | "host" | "port" | "publicUrl">;

/** Opens the operators' sign-in. `platformPool` stands in the schema `rondell`. */
export async function openAuth(config: AuthConfig, platformPool: Pool, log: Logger): Promise<Auth> {
  const instance = makeAuth(config, platformPool, await keptSecret(config.dataDir, "auth"), log);
  return {
    async handle(request, path, body) {
      const url = `${baseUrlOf(config)}/api/auth${path}`;
      const headers = headersOf(request);
      if (body !== undefined) headers.set("content-type", "application/json");
      const answer = await instance.handler(
        new Request(url, {
          method: request.method,
          headers,
          body: body === undefined ? undefined : JSON.stringify(body),
        }),
      );
      if (!answer.ok) log.warn({ auth: await reasonOf(answer), status: answer.status, path }, "sign-in");
      return answer;
    },
    async session(request) {
      if (!request.headers.cookie?.includes("rondell.session_token=")) return undefined;
      const found = await instance.api.getSession({
        headers: headersOf(request),
        query: { disableRefresh: true },
      });
      return found ? { operatorId: found.user.id } : undefined;
    },
    isOwnOrigin: (origin, request) => isOwnOrigin(config, origin, request.headers.host),
  };
}

/** The instance by itself; a test compares its tables with our migration. */
export function makeAuth(config: AuthConfig, platformPool: Pool, secret: string, log: Logger) {
  return betterAuth({
    database: platformPool,
    secret,
    baseURL: baseUrlOf(config),
    basePath: "/api/auth",
    telemetry: { enabled: false },
    trustedOrigins: async (request) => {
      const origin = request?.headers.get("origin");
      return origin && isOwnOrigin(config, origin, request?.headers.get("host") ?? undefined) ? [origin] : [];
    },
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: passwordCharactersMin,
      maxPasswordLength: passwordCharactersMax,
    },
    // Operators change only through our own verbs, which hold the rules and write the audit trail.
    disabledPaths: ["/update-user", "/delete-user", "/change-email", "/sign-up/email", "/update-session"],
    session: {
      modelName: "operator_sessions",
      fields: sessionFields,
      expiresIn: 14 * 86_400,
      updateAge: 86_400,
    },
    user: {
      modelName: "operators",
      fields: { emailVerified: "email_verified", createdAt: "created_at", updatedAt: "updated_at" },
      additionalFields: {
        role: { type: "string", required: true, input: false },
        language: { type: "string", required: false, input: false },
        oneTimeUntil: { type: "date", required: false, input: false, fieldName: "one_time_until" },
      },
    },
    account: { modelName: "operator_accounts", fields: accountFields },
    verification: {
      modelName: "operator_verifications",
      fields: { expiresAt: "expires_at", createdAt: "created_at", updatedAt: "updated_at" },
    },
    rateLimit: {
      enabled: true,
      storage: "memory",
      customRules: { "/sign-in/email": { window: 60, max: 10 }, "/change-password": { window: 60, max: 10 } },
    },
    advanced: {
      cookiePrefix: "rondell",
      disableOriginCheck: false,
      disableCSRFCheck: false,
      // The header is ours: Fastify has decided whether the proxy in front is believed.
      ipAddress: { ipAddressHeaders: [clientHeader] },
    },
    logger: {
      level: "warn",
      // What a stranger's request says of where it comes from is refused, and is no error of ours.
      log: (level, message) => {
        const isOurs = level === "error" && !/origin|cross-site/i.test(message);
        log[isOurs ? "error" : "warn"]({ auth: message }, "sign-in");
      },
    },
    // By itself it writes what it refuses to stderr, past the log, and makes of any other error an answer of its own.
    onAPIError: { throw: true },
  });
}

/** What a refusal of better-auth says, without taking the answer from whoever reads it next. */
async function reasonOf(answer: Response): Promise<string | undefined> {
  const told = (await answer
    .clone()
    .json()
    .catch(() => undefined)) as { message?: string } | undefined;
  return told?.message;
}

const sessionFields = {
  userId: "user_id",
  expiresAt: "expires_at",
  ipAddress: "ip_address",
  userAgent: "user_agent",
  createdAt: "created_at",
  updatedAt: "updated_at",
};
const accountFields = {
  userId: "user_id",
  accountId: "account_id",
  providerId: "provider_id",
  accessToken: "access_token",
  refreshToken: "refresh_token",
  idToken: "id_token",
  accessTokenExpiresAt: "access_token_expires_at",
  refreshTokenExpiresAt: "refresh_token_expires_at",
  createdAt: "created_at",
  updatedAt: "updated_at",
};

const baseUrlOf = (config: AuthConfig) =>
  config.publicUrl ?? `http://${hostInUrl(config.host)}:${config.port}`;

/** A host as a URL writes it: IPv6 in brackets. */
export const hostInUrl = (host: string) => (host.includes(":") ? `[${host}]` : host);

/** Whether only this machine can reach the address. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || host === "[::1]" || /^127(\.\d{1,3}){3}$/.test(host);
}

/**
 * Whether a page at `origin` is one of ours: it stands at the public address, or at the very host that the
 * request was sent to. Where the server listens on loopback alone that host must be a name of loopback,
 * so that a foreign page whose name was pointed here (DNS rebinding) is not taken for ours.
 */
export function isOwnOrigin(config: AuthConfig, origin: string, host: string | undefined): boolean {
  let at: URL;
  try {
    at = new URL(origin);
  } catch {
    return false;
  }
  if (config.publicUrl && at.origin === new URL(config.publicUrl).origin) return true;
  if (at.host !== host) return false;
  return !isLoopback(config.host) || isLoopback(at.hostname);
}

function headersOf(request: FastifyRequest): Headers {
  const headers = new Headers();
  for (const name of [
    "cookie",
    "origin",
    "referer",
    "user-agent",
    "host",
    "sec-fetch-site",
    "sec-fetch-mode",
    "sec-fetch-dest",
  ]) {
    const value = request.headers[name];
    if (typeof value === "string") headers.set(name, value);
  }
  headers.set(clientHeader, request.ip || "127.0.0.1");
  return headers;
}
