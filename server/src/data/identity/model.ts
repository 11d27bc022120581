/** Kinds of identifiers that the code knows; imports and brands may add their own. */
export type IdentifierKind = "user_id" | "anonymous_id" | "email" | (string & {});

export interface Identifier {
  kind: IdentifierKind;
  value: string;
}

export const identifierKey = (kind: IdentifierKind, value: string) => `${kind}\u0000${value}`;

/** Text that every store takes and gives back as it is: NUL goes, lone surrogates become U+FFFD. */
export const storableText = (text: string) => text.toWellFormed().replaceAll("\0", "");

/** An e-mail as a key: trimmed and in lower case; undefined when it cannot be one. */
export function normalisedEmail(text: unknown): string | undefined {
  if (typeof text !== "string") return undefined;
  const email = storableText(text).trim().toLowerCase();
  return email.length <= 254 && /^[^\s@]+@[^\s@]+\.[^\s@]+$/.test(email) ? email : undefined;
}

/** Values that many people share because a program wrote them: never an identifier. */
const blocked = new Set([
  "",
  "0",
  "null",
  "undefined",
  "nan",
  "none",
  "anonymous",
  "guest",
  "unknown",
  "[object object]",
  "true",
  "false",
  "-",
]);

/** An id as a key, or undefined when it names nobody. */
export function usableId(value: unknown): string | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return usableId(String(value));
  if (typeof value !== "string") return undefined;
  const id = storableText(value).trim();
  if (id.length > 255 || blocked.has(id.toLowerCase()) || /^0+$/.test(id)) return undefined;
  return isSeen(id) ? id : undefined;
}

/** Whether a text shows anything: one of zero-width spaces names nobody. */
const isSeen = (text: string) => /[!-~]/.test(text) || /[^\p{C}\p{Z}]/u.test(text);

/** What an event says about who it is from. `email` only where the sender may be believed. */
export interface Claims {
  userId?: string;
  anonymousId?: string;
  email?: string;
  /** Set by the product itself. */
  customerId?: number;
}

export interface Proposal {
  a: number;
  b: number;
  reason: "same_device" | "same_email" | "alias" | "same_ids" | "similar";
  evidence: Record<string, unknown>;
}

export interface Resolved {
  /** Whom the event is written for. */
  subject: number;
  /** Where links lead from there now. */
  customer: number;
  /** Which part of that customer is meant: the customer itself, where no operator has merged anybody into it. */
  part: number;
  /** The visitor behind the anonymousId, 0 where there is none. */
  visitor: number;
}
