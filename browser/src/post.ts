/** `later`: nobody answered, or the server is in trouble. Otherwise it has decided, or says when to come back. */
export type Answer = "later" | { retryAfterMs?: number };

/**
 * Sends calls, each in JSON already, as plain text, which needs no preflight, without any cookie, and in a way that outlives the page. Where a
 * browser cannot do that, a beacon takes its place while the page is being left.
 */
export async function post(server: string, writeKey: string, calls: readonly string[]): Promise<Answer> {
  const url = `${server}/v1/batch`;
  const head = JSON.stringify({ writeKey, sentAt: new Date().toISOString() });
  const text = `${head.slice(0, -1)},"batch":[${calls}]}`;
  if (document.visibilityState === "hidden" && !("keepalive" in Request.prototype)) {
    navigator.sendBeacon(url, text);
    return "later";
  }
  try {
    const { ok, status, headers } = await fetch(url, {
      method: "POST",
      body: text,
      keepalive: true,
      credentials: "omit",
    });
    if (status === 429 || status === 408 || status > 499) {
      const retryAfterMs = waitOf(headers.get("retry-after"));
      return retryAfterMs ? { retryAfterMs } : "later";
    }
    if (!ok) console.warn(`Rondell did not take what was sent: ${status}`);
    return {};
  } catch {
    return "later";
  }
}

/** Retry-After in ms, given in seconds or as a date. */
function waitOf(header: string | null): number {
  if (!header) return 0;
  const ms = Number.isNaN(+header) ? Date.parse(header) - Date.now() : +header * 1000;
  return ms > 0 ? ms : 0;
}
