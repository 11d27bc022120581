import type { FastifyRequest } from "fastify";
import { refuse } from "../../../platform/refusal.ts";
import { isGzip, unzip } from "../accept.ts";

/** What a body turned out to be. */
export type Decoded = { json: unknown } | { form: URLSearchParams };

/**
 * A body by what it is, whatever its head says: compressed or not, JSON, a form whose `data` is JSON, base64 of any of
 * these, else a form. Nothing at all is an empty form. Refuses body.too_large, body.bad_gzip, body.bad_json.
 */
export async function decode(request: FastifyRequest): Promise<Decoded> {
  const raw = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0);
  const isZipped = raw.length > 0 && isGzip(raw, request.headers["content-encoding"]);
  return decodeText((isZipped ? await unzip(raw) : raw).toString("utf8"));
}

/** A text by what it is, as `decode` reads a body. */
export async function decodeText(text: string): Promise<Decoded> {
  const json = jsonOf(text);
  if (json) return json;
  const form = new URLSearchParams(text);
  const packed = form.get("data") ?? text;
  return jsonOf(packed) ?? (await unpack(packed)) ?? { form };
}

/** JSON by its first character. */
function jsonOf(text: string): { json: unknown } | undefined {
  if (!/^\s*[{[]/.test(text)) return undefined;
  try {
    return { json: JSON.parse(text) };
  } catch {
    refuse("invalid", "body.bad_json", "The body is not valid JSON.");
  }
}

const base64 = /^[A-Za-z0-9+/_\s-]{4,}={0,2}\s*$/;

/** JSON in base64, compressed or not; undefined where it is nothing of the kind. A form has blanks where there was a plus. */
async function unpack(text: string): Promise<{ json: unknown } | undefined> {
  if (!base64.test(text)) return undefined;
  const bytes = Buffer.from(text.replaceAll(" ", "+"), "base64");
  return jsonOf((isGzip(bytes, undefined) ? await unzip(bytes) : bytes).toString("utf8"));
}
