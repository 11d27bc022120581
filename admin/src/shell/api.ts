import { ApiError, createClient } from "@rondell/api-client";
import { QueryCache, QueryClient } from "@tanstack/react-query";

const STORED_GARDEN = "rondell.garden";

/** The garden chosen on this browser; the server checks that the operator may enter it. */
export function chosenGarden(): string | undefined {
  return localStorage.getItem(STORED_GARDEN) ?? undefined;
}

export function rememberGarden(id: string | undefined): void {
  if (id) localStorage.setItem(STORED_GARDEN, id);
  else localStorage.removeItem(STORED_GARDEN);
}

const options = {
  baseUrl: window.location.origin,
  garden: chosenGarden,
  // Looked up at each call, so that a test can answer for the server.
  fetch: (request: Request) => globalThis.fetch(request),
};

/** The client that all pages use: `call(api.GET("/api/customers", { params: { query }, signal }))`. */
export const api = createClient(options);

/** The address of a file of the server: a link sends no header, so it names the garden itself. */
export function fileAddress(path: string, query: Record<string, string> = {}): string {
  const garden = chosenGarden();
  const search = new URLSearchParams({ ...query, ...(garden ? { garden } : {}) }).toString();
  return search ? `${path}?${search}` : path;
}

let whenSignedOut: () => void = () => {};

/** The router says here what to do when a session has ended. */
export function onSignedOut(listener: () => void): void {
  whenSignedOut = listener;
}

export const queryClient = new QueryClient({
  queryCache: new QueryCache({
    onError: (error, query) => {
      const isSession = query.queryKey[0] === "me";
      if (error instanceof ApiError && error.status === 401 && !isSession) whenSignedOut();
    },
  }),
  defaultOptions: {
    queries: {
      staleTime: 30_000,
      // A refusal stays a refusal; only what may pass by itself is asked again, once.
      retry: (failures, error) =>
        failures < 1 && (!(error instanceof ApiError) || error.status >= 500 || error.status === 0),
    },
    mutations: { retry: false },
  },
});
