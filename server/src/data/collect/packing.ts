import { promisify } from "node:util";
import { gunzipSync, gzip, gzipSync } from "node:zlib";

/** A request's body as the inbox keeps it. */
export interface KeptBody {
  body: Buffer;
  /** Bytes before it was packed; null where it is kept as it came. */
  unpacked: number | null;
}

/** A shorter body goes into a row or two as it is; packing it would cost more than writing it. */
const packedFrom = 8 * 1024;
/** A longer one is packed beside this thread, where it would hold up all other requests. */
const asideFrom = 128 * 1024;

/** Events of one batch repeat each other, so the fastest level does. Fewer, larger chunks save most of the calls. */
const settings = { level: 1, memLevel: 9, chunkSize: 64 * 1024 };
const gzipAside = promisify<Buffer, typeof settings, Buffer>(gzip);

/** Packs a body that is worth it. */
export function packed(body: Buffer): KeptBody | Promise<KeptBody> {
  if (body.length < packedFrom) return { body, unpacked: null };
  const keep = (small: Buffer): KeptBody =>
    small.length < body.length ? { body: small, unpacked: body.length } : { body, unpacked: null };
  return body.length < asideFrom ? keep(gzipSync(body, settings)) : gzipAside(body, settings).then(keep);
}

/** The body as it came. */
export const unpacked = (kept: KeptBody): Buffer =>
  kept.unpacked === null ? kept.body : gunzipSync(kept.body, { maxOutputLength: kept.unpacked });
