import createFetchClient from "openapi-fetch";
import { ApiError, answerOf } from "./answer.ts";
import type { paths } from "./schema.d.ts";

export { ApiError, type ApiErrorBody, call } from "./answer.ts";
export type { components, paths } from "./schema.d.ts";

/** The header that says which garden a request is about; without it the server takes the first. */
export const GARDEN_HEADER = "x-rondell-garden";

export interface ClientOptions {
  /** Where the server is, without a slash at the end. In the browser: the page's own origin. */
  baseUrl: string;
  /** Read before each request, so that switching gardens needs no new client. */
  garden?: () => string | undefined;
  /** Replaces the global `fetch`, for tests. */
  fetch?: (request: Request) => Promise<Response>;
}

/**
 * A client for the operators' and members' API, typed by the OpenAPI document.
 *
 * Its methods answer `{ data, error, response }` as openapi-fetch does; wrap them in `call` to get the
 * data, or an `ApiError` thrown. Cookies travel along, so it speaks for whoever is signed in.
 */
export function createClient(options: ClientOptions) {
  const client = createFetchClient<paths>({
    baseUrl: options.baseUrl,
    credentials: "include",
    ...(options.fetch ? { fetch: options.fetch } : {}),
  });
  client.use({
    onRequest({ request }) {
      const garden = options.garden?.();
      if (garden) request.headers.set(GARDEN_HEADER, garden);
      return request;
    },
  });
  return client;
}

export type RondellClient = ReturnType<typeof createClient>;

/**
 * Sends a file or another body that is no JSON, with the same cookies, header and errors as the rest.
 * `path` begins with a slash; the answer is the parsed JSON body.
 */
export async function send<T>(options: ClientOptions, path: string, init: RequestInit): Promise<T> {
  const garden = options.garden?.();
  const headers = new Headers(init.headers);
  if (garden) headers.set(GARDEN_HEADER, garden);
  const request = new Request(`${options.baseUrl}${path}`, { ...init, headers, credentials: "include" });
  const response = await (options.fetch ?? fetch)(request).catch((cause: unknown) => {
    throw ApiError.unreachable(cause);
  });
  return (await answerOf(response)) as T;
}
