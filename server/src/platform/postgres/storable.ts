/** Escapes of JSON one by one, so that a backslash which is itself escaped is not taken for the beginning of another. */
const escapes =
  /\\(?:u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?<lone>u[dD][89a-fA-F][0-9a-fA-F]{2})|.)/gs;

/**
 * A value as Postgres takes it: half of a character (a lone surrogate, as left where a text was cut in the middle of an
 * emoji) is no UTF-8, and a document that holds one is refused as a whole. It becomes U+FFFD, also where a JSON document
 * writes it as an escape. Everything else is given back as it is.
 */
export function storable(value: unknown): unknown {
  if (typeof value === "string") return storableText(value);
  if (!Array.isArray(value)) return value;
  return value.every((one) => storable(one) === one) ? value : value.map(storable);
}

/** A JSON document without the character NUL, which it can write and no text of Postgres can hold. */
export function withoutNul(json: string): string {
  return json.includes("\\u0000")
    ? json.replace(/\\(?:u0000|.)/gs, (one) => (one === "\\u0000" ? "" : one))
    : json;
}

function storableText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed();
  if (!/^[{["]/.test(whole) || !(whole.includes("\\ud") || whole.includes("\\uD"))) return whole;
  return whole.replace(escapes, (one, lone: string | undefined) => (lone ? "\\ufffd" : one));
}
