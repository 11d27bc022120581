import type { FastifyError, FastifyRequest } from "fastify";
import type { Gardens } from "../../garden/index.ts";
import { Refusal } from "../../platform/refusal.ts";
import { saveRejections } from "./rejections.ts";
import { credentialsOf, type Writer, writerOf } from "./writer.ts";

/** The same reason is logged at most this often, in ms: a broken sender fills no disk. */
const logEveryMs = 1_000;

/**
 * What becomes of a request of which no event could be looked at: it is counted and logged by its reason, and shown with
 * the rejected events where the sender is known. Gives the refusal to answer with.
 */
export function refusedRequests(around: {
  gardens: Gardens;
  now(): Date;
  count(what: "refused", requests: number, reason: string): void;
}) {
  const logged = new Map<string, { at: number; more: number }>();

  function log(request: FastifyRequest, refusal: Refusal, sourceId: number | undefined): void {
    const before = logged.get(refusal.code);
    const at = performance.now();
    if (before && at - before.at < logEveryMs) {
      before.more++;
      return;
    }
    logged.set(refusal.code, { at, more: 0 });
    request.log.warn(
      { code: refusal.code, route: request.routeOptions.url, sourceId, moreSinceLast: before?.more ?? 0 },
      "a request with events was refused",
    );
  }

  return async (
    error: FastifyError | Refusal,
    request: FastifyRequest,
    known: Writer | undefined,
  ): Promise<Error> => {
    const refusal = error instanceof Refusal ? error : refusalOfServer(error);
    if (!refusal) return error;
    around.count("refused", 1, refusal.code);
    // Of a wrong signature the sender is known, but by the address alone.
    const isSenders =
      ["invalid", "too_large", "forbidden"].includes(refusal.kind) ||
      (refusal.kind === "unauthenticated" && known?.source.kind === "webhook");
    try {
      const writer = isSenders
        ? (known ?? (await writerOf(around.gardens, credentialsOf(request)).catch(() => undefined)))
        : undefined;
      log(request, refusal, writer?.source.id);
      if (writer) {
        const { pool } = around.gardens.context(writer.garden.id, {
          kind: "job",
          id: "collect",
          name: "collect",
        });
        const { code, message } = refusal;
        await saveRejections(pool, writer.source.id, [{ code, message }], around.now());
      }
    } catch (failure) {
      request.log.error({ err: failure }, "a refused request could not be written down");
    }
    return refusal;
  };
}

/** What the HTTP server found before anybody could look at the body, in our words; undefined for anything else. */
function refusalOfServer(error: FastifyError): Refusal | undefined {
  switch (error.code) {
    case "FST_ERR_CTP_BODY_TOO_LARGE":
      return new Refusal("too_large", "body.too_large", "A request may have 500 KB. Send smaller batches.");
    case "FST_ERR_CTP_INVALID_CONTENT_LENGTH":
      return new Refusal("invalid", "body.cut_short", "The body is not as long as its Content-Length says.");
    case "FST_ERR_CTP_INVALID_MEDIA_TYPE":
      return new Refusal("invalid", "body.unsupported_type", "Send JSON as application/json or text/plain.");
    default:
      return undefined;
  }
}
