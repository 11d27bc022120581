import { createHmac } from "node:crypto";
import { request as plainRequest } from "node:http";
import { request as secureRequest } from "node:https";
import { type AddressFault, allowedAddress } from "../../platform/http/guard.ts";

/** What became of one attempt. */
export type Attempt =
  | { outcome: "sent"; status: number; tookMs: number }
  /** Worth another attempt, not before `afterMs` where the target said so. */
  | { outcome: "again"; status: number | null; error: string; afterMs?: number; tookMs: number }
  /** The target does not want this one, and never will; `gone`: nor any other. */
  | { outcome: "refused"; status: number; error: string; gone: boolean; tookMs: number }
  | { outcome: "forbidden"; error: AddressFault; tookMs: number };

/** How long a target may take, in ms. */
export const timeoutMs = 10_000;

/** `whsec_` and the key in base64, as the Standard Webhooks write it: their libraries can check what we sign. */
const keyOf = (secret: string) => Buffer.from(secret.replace(/^whsec_/, ""), "base64");

/** The heads of a delivery: HMAC-SHA256 of id, time and body, each parted by a dot. Source: standardwebhooks.com. */
export function signedHeads(secret: string, id: string, at: Date, body: string): Record<string, string> {
  const seconds = String(Math.floor(at.getTime() / 1000));
  const signature = createHmac("sha256", keyOf(secret)).update(`${id}.${seconds}.${body}`).digest("base64");
  return { "webhook-id": id, "webhook-timestamp": seconds, "webhook-signature": `v1,${signature}` };
}

/** Sends one delivery to where its host leads now, follows no redirect, and reads nothing of the answer but its head. */
export async function send(
  delivery: { url: string; id: string; body: string; secret: string; at: Date },
  options: { allowPrivate: boolean; signal: AbortSignal },
): Promise<Attempt> {
  const began = performance.now();
  const took = () => Math.round(performance.now() - began);
  const allowed = await allowedAddress(delivery.url, options);
  if (allowed === "unknown_host") return { outcome: "again", status: null, error: allowed, tookMs: took() };
  if (typeof allowed === "string") return { outcome: "forbidden", error: allowed, tookMs: took() };
  const url = new URL(delivery.url);
  const call = url.protocol === "https:" ? secureRequest : plainRequest;
  const signal = AbortSignal.any([options.signal, AbortSignal.timeout(timeoutMs)]);
  return new Promise<Attempt>((done) => {
    const failed = (error: NodeJS.ErrnoException) =>
      done({
        outcome: "again",
        status: null,
        error: signal.aborted ? "timeout" : (error.code ?? "network"),
        tookMs: took(),
      });
    const sent = call(
      url,
      {
        method: "POST",
        signal,
        // A connection of its own for each: none is kept to a target that changes its address.
        agent: false,
        lookup: (_host, ask, found) =>
          ask.all
            ? found(null, [{ address: allowed.address, family: allowed.family }])
            : found(null, allowed.address, allowed.family),
        headers: {
          "content-type": "application/json",
          "content-length": Buffer.byteLength(delivery.body),
          "user-agent": "Rondell",
          ...signedHeads(delivery.secret, delivery.id, delivery.at, delivery.body),
        },
      },
      (answer) => {
        const status = answer.statusCode ?? 0;
        answer.on("error", () => {});
        answer.destroy();
        done(attemptOf(status, answer.headers["retry-after"], took()));
      },
    );
    sent.on("error", failed);
    sent.end(delivery.body);
  });
}

function attemptOf(status: number, retryAfter: string | undefined, tookMs: number): Attempt {
  if (status >= 200 && status < 300) return { outcome: "sent", status, tookMs };
  const error = status >= 300 && status < 400 ? "redirect" : "status";
  const isForNow = status >= 500 || status === 408 || status === 425 || status === 429;
  if (!isForNow) return { outcome: "refused", status, error, gone: status === 410, tookMs };
  const seconds = Number(retryAfter);
  const waits = Number.isFinite(seconds) && seconds > 0 ? { afterMs: Math.min(seconds, 21_600) * 1000 } : {};
  return { outcome: "again", status, error, tookMs, ...waits };
}
