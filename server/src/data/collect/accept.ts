import { promisify } from "node:util";
import { gunzip } from "node:zlib";
import type { Garden, Source } from "../../garden/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { faultOf, limits } from "./check.ts";
import type { Inbox } from "./inbox.ts";
import type { CallType, Json, Rejection } from "./model.ts";
import { isSigned } from "./signature.ts";

const inflate = promisify(gunzip);

/** What a sender is told: how many events are safe, and which were not taken and why. */
export interface Accepted {
  accepted: number;
  rejected: Rejection[];
}

/** The body as it came. Refuses body.missing. */
export function bodyOf(raw: unknown): Buffer {
  if (Buffer.isBuffer(raw) && raw.length > 0) return raw;
  refuse("invalid", "body.missing", "The request has no body. Send a JSON object.");
}

/** Whether a body is compressed: by content, and not by header alone, because clients label gzip in many ways. */
export const isGzip = (raw: Buffer, encoding: string | undefined): boolean =>
  (raw[0] === 0x1f && raw[1] === 0x8b) || encoding === "gzip";

/** A compressed body as JSON text. Refuses body.too_large, body.bad_gzip. */
export async function unzip(raw: Buffer): Promise<Buffer> {
  try {
    return await inflate(raw, { maxOutputLength: limits.inflatedBytes });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_BUFFER_TOO_LARGE") {
      refuse(
        "too_large",
        "body.too_large",
        "A request may have 500 KB after decompression. Send smaller batches.",
      );
    }
    refuse("invalid", "body.bad_gzip", "The body says it is gzip, but cannot be decompressed.");
  }
}

/** The body as an object. Refuses body.bad_json, body.not_an_object. */
export function parseBody(text: Buffer): Json {
  let body: unknown;
  try {
    body = JSON.parse(text.toString("utf8"));
  } catch {
    refuse("invalid", "body.bad_json", "The body is not valid JSON.");
  }
  if (typeof body !== "object" || body === null || Array.isArray(body)) {
    refuse("invalid", "body.not_an_object", "The body must be a JSON object: one call, or { batch: [...] }.");
  }
  return body as Json;
}

/**
 * Checks a request and makes it durable. Good events are kept, bad ones are named; when none is good
 * the request is refused. Without `text` the body was translated from another protocol, and its good events are written
 * down here. Refuses body.too_large, batch.too_many, batch.missing, events.rejected, inbox.full.
 */
export async function acceptRequest(ask: {
  garden: Garden;
  source: Source;
  inbox: Inbox;
  path: CallType | "batch";
  body: Json;
  /** The body as it came, inflated. */
  text?: Buffer | undefined;
  /** When the head says that the request was sent, by the sender's clock. */
  sentAt?: string | undefined;
  trusted: boolean;
  /** What the network is that the request came from, where that says something. */
  network?: "internal" | "datacentre" | undefined;
  now: Date;
}): Promise<Accepted> {
  const { body, text, now } = ask;
  if (text && text.length > limits.requestBytes) refuseSize();
  const path = ask.path === "batch" ? undefined : ask.path;
  if (ask.path === "batch" && !Array.isArray(body.batch))
    refuse("invalid", "batch.missing", "A batch call needs `batch`, a list of events.");
  const items = ask.path === "batch" ? (body.batch as unknown[]) : [body];
  refuseLongBatch(items);

  const rejected: Rejection[] = [];
  const rejectedAt: number[] = [];
  const signed: number[] = [];
  items.forEach((item, ordinal) => {
    // A small request cannot hold a large event: only in a large one each is measured.
    const bytes = () =>
      text && (items.length === 1 || text.length <= limits.eventBytes)
        ? text.length
        : Buffer.byteLength(JSON.stringify(item) ?? "");
    const fault = faultOf(item, path, bytes, now);
    if (!fault) {
      if (!ask.trusted && isSignedItem(item as Json, ask.source))
        signed.push(text ? ordinal : ordinal - rejected.length);
      return;
    }
    rejected.push(fault);
    rejectedAt.push(ordinal);
  });
  const accepted = items.length - rejected.length;
  if (accepted > 0) {
    await ask.inbox.accept({
      sourceId: ask.source.id,
      receivedAt: now,
      trust: {
        trusted: ask.trusted,
        ...(text && rejectedAt.length ? { rejected: rejectedAt } : {}),
        ...(signed.length ? { signed } : {}),
        ...(path ? { type: path } : {}),
        ...(ask.sentAt ? { sentAt: ask.sentAt } : {}),
        ...(ask.network ? { network: ask.network } : {}),
      },
      events: accepted,
      body: text ?? writtenDown(items, rejectedAt),
    });
  }
  return { accepted, rejected };
}

/** Translated events as the inbox keeps them. Nothing too deep to be written down is among them. */
function writtenDown(items: readonly unknown[], rejectedAt: readonly number[]): Buffer {
  const left = new Set(rejectedAt);
  const written = Buffer.from(
    JSON.stringify({ batch: items.filter((_item, ordinal) => !left.has(ordinal)) }),
  );
  if (written.length > limits.inflatedBytes) refuseSize();
  return written;
}

/** Refuses batch.too_many. A protocol asks before it makes calls of what came. */
export function refuseLongBatch(items: readonly unknown[]): void {
  if (items.length <= limits.batchEvents) return;
  refuse("too_large", "batch.too_many", `A batch may have ${limits.batchEvents} events.`);
}

function refuseSize(): never {
  refuse("too_large", "body.too_large", "A request may have 500 KB. Send smaller batches.");
}

function isSignedItem(item: Json, source: Source): boolean {
  if (typeof item.userId !== "string" || !source.signingSecret) return false;
  const context = item.context as Json | undefined;
  return isSigned(item.userId, item.userIdSignature ?? context?.userIdSignature, source.signingSecret);
}
