/** Kinds of identifiers that the code knows; imports and brands may add their own. */
export type IdentifierKind =
  | "user_id"
  | "anonymous_id"
  | "email"
  | "phone"
  | "email_sha256"
  | "phone_sha256"
  | (string & {});

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
  "(null)",
  "nil",
  "undefined",
  "nan",
  "none",
  "n/a",
  "na",
  "not set",
  "(not set)",
  "anonymous",
  "guest",
  "unknown",
  "[object object]",
  "true",
  "false",
  "-",
]);

/** Zeros, also with the signs of a UUID or a date, and numbers that a spreadsheet wrote as `2.81772E+18`. */
const damaged = /^(?:[0.:\- ]*0[0.:\- ]*|-?\d(?:[.,]\d+)?e\+?\d+)$/i;

/** Whether a value names nobody. `more`: the brand's own of such values, in lower case. */
export function isBlocked(value: string, more?: ReadonlySet<string>): boolean {
  const plain = value.trim().toLowerCase();
  return blocked.has(plain) || damaged.test(plain) || (more?.has(plain) ?? false);
}

/** Addresses that are written where one is asked for and nobody's is at hand. */
const testAddress =
  /^(?:(?:test|tester|user|foo|bar|a|example|email|mail|name|someone|nobody|null|undefined|none|anonymous)@(?:example|test|domain|email|mail|foo)\.(?:com|org|net|de)|(?:null|undefined|none|anonymous|no-?reply|do-?not-?reply)@.*)$/;

/** Whether an address is a test's or nobody's. */
export const isTestAddress = (email: string) => testAddress.test(email);

/** An id as a key, or undefined when it names nobody. */
export function usableId(value: unknown): string | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return usableId(String(value));
  if (typeof value !== "string") return undefined;
  const id = storableText(value).trim();
  return id.length <= 255 && !isBlocked(id) && isSeen(id) ? id : undefined;
}

/** A SHA-256 in hex as a key; undefined when it is none. */
export function usableHash(value: unknown): string | undefined {
  if (typeof value !== "string") return undefined;
  const hash = value.trim().toLowerCase();
  return /^[0-9a-f]{64}$/.test(hash) && !/^0+$/.test(hash) ? hash : undefined;
}

/** Whether a text shows anything: one of zero-width spaces names nobody. */
const isSeen = (text: string) => /[!-~]/.test(text) || /[^\p{C}\p{Z}]/u.test(text);

/** What an event says about who it is from. `email` only where the sender may be believed. */
export interface Claims {
  userId?: string;
  anonymousId?: string;
  email?: string;
  /** In E.164; only where the sender may be believed, as are the hashes. */
  phone?: string;
  /** SHA-256 of the normalised address or number, in hex, where only that is known. */
  emailHash?: string;
  phoneHash?: string;
  /** Set by the product itself. */
  customerId?: number;
}

/** Which event says something: the evidence of what follows from it. */
export interface Told {
  at: Date;
  event: string;
  messageId: string;
  sourceId: number | null;
}

/** An event that named two known customers at once: by which identifier the one, and by which the other. */
export interface Sighting extends Omit<Told, "at"> {
  at: string;
  a: Identifier;
  b: Identifier;
}

export interface Proposal {
  a: number;
  b: number;
  reason: "same_device" | "same_email" | "same_phone" | "alias" | "same_ids" | "similar";
  sighting: Sighting;
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
