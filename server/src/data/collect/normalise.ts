import {
  type Claims,
  isBlocked,
  isTestAddress,
  normalisedEmail,
  normalisedPhone,
  storableText,
  usableHash,
  usableId,
} from "../identity/index.ts";
import { isAboutPerson, isEmail, isPersonalProperty } from "../profiles/index.ts";
import { callTypeOf, isPlausibleTime, statedTime } from "./check.ts";
import type { CallType, Incoming, Json, Trust } from "./model.ts";
import { preferencesOfRudder } from "./protocols/rudder-consent.ts";

/** How far a sender's clock may be off before its times are moved, in ms. */
const skewMs = 60_000;

const object = (value: unknown): Json =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : {};

/** The events of one accepted request, cleaned. Rejected items are left out. */
export function eventsOf(request: {
  id: number;
  sourceId: number;
  receivedAt: Date;
  trust: Trust;
  body: Uint8Array;
}): Incoming[] {
  const body = JSON.parse(
    Buffer.from(request.body.buffer, request.body.byteOffset, request.body.byteLength).toString("utf8"),
  ) as unknown;
  // Of a call that the path names only the outer object was checked: a list in it is no batch.
  const { batch } = object(body);
  const items = request.trust.type === undefined && Array.isArray(batch) ? (batch as unknown[]) : [body];
  const sentAt = typeof object(body).sentAt === "string" ? object(body).sentAt : request.trust.sentAt;
  const rejected = new Set(request.trust.rejected);
  const events: Incoming[] = [];
  items.forEach((item, ordinal) => {
    if (rejected.has(ordinal)) return;
    const event = clean(object(item), request, ordinal, sentAt as string | undefined);
    if (event) events.push(event);
  });
  return events;
}

function clean(
  item: Json,
  request: { id: number; sourceId: number; receivedAt: Date; trust: Trust },
  ordinal: number,
  batchSentAt?: string,
): Incoming | undefined {
  const type = callTypeOf(item, request.trust.type);
  if (!type) return undefined;
  const context = contextOf(item);
  const traits = { ...object(context.traits), ...object(item.traits) };
  const properties = object(item.properties);
  const trusted = request.trust.trusted || (request.trust.signed?.includes(ordinal) ?? false);
  const stated = statedTime(item);
  const sentAt = typeof item.sentAt === "string" ? item.sentAt : batchSentAt;
  const happenedAt = corrected(
    stated instanceof Date ? stated : undefined,
    sentAt,
    request.receivedAt,
    request.trust.trusted,
  );
  const names = trusted && type === "identify" ? namesIn(traits) : {};
  return {
    type,
    // Without an id of its own an event is told apart by the request that brought it.
    messageId:
      (typeof item.messageId === "string" && storableText(item.messageId)) ||
      `inbox-${request.id}-${ordinal}`,
    name: nameOf(type, item),
    ...optional("userId", usableId(item.userId)),
    ...optional("anonymousId", usableId(item.anonymousId)),
    ...optional("previousId", usableId(item.previousId)),
    ...(request.trust.own && typeof item.customerId === "number" ? { customerId: item.customerId } : {}),
    ...names,
    traits: type === "identify" ? traits : {},
    ...groupOf(type, item, context),
    properties:
      type === "page" || type === "screen"
        ? { ...properties, ...(item.category ? { category: item.category } : {}) }
        : properties,
    context,
    happenedAt,
    movedMs: stated instanceof Date ? happenedAt.getTime() - stated.getTime() : 0,
    ...(request.trust.network ? { network: request.trust.network } : {}),
    receivedAt: request.receivedAt,
    sourceId: request.sourceId,
    trusted,
  };
}

/** What surrounded an event; the answers of a consent tool in one place, wherever the client tells them. */
function contextOf(item: Json): Json {
  const context = object(item.context);
  if (!context.consentManagement || context.consent) return context;
  const categoryPreferences = preferencesOfRudder(context);
  return categoryPreferences ? { ...context, consent: { categoryPreferences } } : context;
}

/** The account that a call is about, or that its event happened for. */
function groupOf(type: CallType, item: Json, context: Json): Pick<Incoming, "group" | "groupId"> {
  if (type !== "group") return optional("groupId", usableId(context.groupId));
  const id = usableId(item.groupId);
  return id === undefined ? {} : { group: { id, traits: object(item.traits) } };
}

/** Names of the calls that are not track, in the style of the ecommerce events. */
function nameOf(type: CallType, item: Json): string {
  switch (type) {
    case "track":
      return storableText(String(item.event)).trim() || "Unnamed";
    case "page":
      return "Page Viewed";
    case "screen":
      return "Screen Viewed";
    case "identify":
      return "Customer Identified";
    case "group":
      return "Group Joined";
    case "alias":
      return "Customer Aliased";
  }
}

/**
 * A time by the sender's clock, moved by how far that clock was off when the request was sent: received less (sent less
 * stated), as Segment does. A clock that runs ahead is certain to be wrong. One that seems behind may be a request that
 * waited: browsers write down the time anew whenever they send, servers repeat the same bytes for hours. So only those
 * without a secret key are moved forward.
 */
function corrected(
  stated: Date | undefined,
  sentAt: string | undefined,
  receivedAt: Date,
  isServer: boolean,
): Date {
  if (!stated) return receivedAt;
  const sent = sentAt ? Date.parse(sentAt) : Number.NaN;
  const offMs = receivedAt.getTime() - sent;
  if (Number.isFinite(offMs) && (offMs < -skewMs || (offMs > skewMs && !isServer))) {
    const moved = new Date(stated.getTime() + offMs);
    return isPlausibleTime(moved, receivedAt) ? moved : receivedAt;
  }
  return stated;
}

/** Ways in which ad platforms and their clients name a hashed e-mail and a hashed phone number. */
const emailHashKeys = ["email_sha256", "emailSha256", "sha256_email", "hashed_email", "hashedEmail", "em"];
const phoneHashKeys = ["phone_sha256", "phoneSha256", "sha256_phone", "hashed_phone", "hashedPhone", "ph"];

/** The e-mail and the phone number in traits, plain or hashed. */
function namesIn(traits: Json): Pick<Incoming, "email" | "phone" | "emailHash" | "phoneHash"> {
  const hash = (keys: readonly string[]) =>
    keys.map((key) => usableHash(traits[key])).find((one) => one !== undefined);
  const { phone } = traits;
  const written = typeof phone === "string" || typeof phone === "number" ? String(phone) : undefined;
  return {
    ...optional("email", normalisedEmail(traits.email)),
    ...optional("phone", usableHash(phone) ? undefined : written),
    ...optional("emailHash", hash(["email", ...emailHashKeys])),
    ...optional("phoneHash", hash(["phone", ...phoneHashKeys])),
  };
}

/** What an event says about who it is from, as the brand's rules let it count; it may be nobody. */
export function claimsOf(
  event: Incoming,
  rules: { phoneCountry: string | null; blocked: ReadonlySet<string> },
): Claims {
  const usable = (value: string | undefined) =>
    value === undefined || isBlocked(value, rules.blocked) ? undefined : value;
  const email = event.email === undefined || isTestAddress(event.email) ? undefined : usable(event.email);
  const phone = usable(normalisedPhone(event.phone, rules.phoneCountry));
  return {
    ...optional("userId", usable(event.userId)),
    ...optional("anonymousId", usable(event.anonymousId)),
    ...optional("email", email),
    ...optional("phone", phone),
    // The plain value says all that its hash does.
    ...optional("emailHash", email === undefined ? event.emailHash : undefined),
    ...optional("phoneHash", phone === undefined ? event.phoneHash : undefined),
    ...(event.customerId === undefined ? {} : { customerId: event.customerId }),
  };
}

/**
 * Properties as the event store keeps them: without direct personal data, without keys that mean
 * something to JavaScript, and with text that every store can read.
 */
export function storable(properties: Json): Json {
  return cleanObject(properties, cleanProperty, false);
}

/** Traits as Postgres keeps them. */
export const storableTraits = (traits: Json): Json => cleanObject(traits, cleanTrait, false);

/** A value under its key, cleaned; undefined leaves it out. `inPerson`: it stands in an object about a person. */
type Clean = (key: string, value: unknown, inPerson: boolean) => unknown;

const cleanTrait: Clean = (_key, value) => cleanValue(value, cleanTrait, false);

const cleanProperty: Clean = (key, value, inPerson) => {
  if (isPersonalProperty(key, value, inPerson)) return undefined;
  const isObject = typeof value === "object" && value !== null;
  return cleanValue(value, cleanProperty, isObject ? isAboutPerson(key, inPerson) : inPerson);
};

function cleanValue(value: unknown, clean: Clean, inPerson: boolean): unknown {
  if (typeof value === "string") return storableText(value);
  // Written out in digits, but beyond 64 bits: the event store reads it as no number at all.
  if (typeof value === "number")
    return Math.abs(value) >= 2 ** 63 && Math.abs(value) < 1e21 ? String(value) : value;
  if (Array.isArray(value))
    return (
      clean === cleanProperty ? value.filter((item) => typeof item !== "string" || !isEmail(item)) : value
    ).map((item) => cleanValue(item, clean, inPerson));
  if (typeof value === "object" && value !== null) return cleanObject(value as Json, clean, inPerson);
  return value;
}

function cleanObject(object: Json, clean: Clean, inPerson: boolean): Json {
  const kept: Json = {};
  for (const dirty of Object.keys(object)) {
    const key = storableText(dirty);
    if (key === "" || key === "__proto__") continue;
    const value = clean(key, object[dirty], inPerson);
    if (value !== undefined) kept[key] = value;
  }
  return kept;
}

function optional<K extends string>(key: K, value: string | undefined): { [key in K]?: string } {
  return (value === undefined ? {} : { [key]: value }) as { [key in K]?: string };
}
