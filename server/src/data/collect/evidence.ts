import type { Answer } from "../consent/index.ts";
import type { Incoming } from "./model.ts";

/** Longer words of an event are no evidence. */
const lengthMax = 300;

/** Where an answer was given and what shows it: of the page only its address without what stands behind a `?` or `#`. */
export function evidenceOf(event: Incoming): Pick<Answer, "actor" | "place" | "proof"> {
  const place = placeOf(event);
  const { proof } = saidOfConsent(event);
  return {
    actor: "customer",
    ...(place ? { place } : {}),
    proof: proof ? storable(`${proof}, ${proofOf(event)}`) : proofOf(event),
  };
}

/** What a sender who is believed says of a consent beside the answer. */
function saidOfConsent(event: Incoming): { proof?: string; doubleOptIn?: boolean; isNow?: boolean } {
  const { consent } = event.context as { consent?: Record<string, unknown> };
  if (!event.trusted || typeof consent !== "object" || consent === null) return {};
  const proof = typeof consent.proof === "string" ? consent.proof.trim() : "";
  return {
    ...(proof ? { proof } : {}),
    doubleOptIn: consent.doubleOptIn === true,
    isNow: consent.isNow === true,
  };
}

/**
 * Whether a yes needs no confirmation by mail any more: the source is one of which the brand has proof, or the call itself
 * says that the address was confirmed, or what shows the yes. A public key can say nothing of that kind.
 */
export function isProven(event: Incoming, source: { provesConsent: boolean } | undefined): boolean {
  const { proof, doubleOptIn } = saidOfConsent(event);
  return event.trusted && (source?.provesConsent === true || doubleOptIn === true || proof !== undefined);
}

export const proofOf = (event: Incoming) => storable(`message ${event.messageId}`);

/** A cut must not leave half a character, and no text of the database holds control characters of ours. */
const storable = (text: string) =>
  text
    .slice(0, lengthMax)
    .toWellFormed()
    .replace(/\p{Cc}/gu, "");

function placeOf(event: Incoming): string | undefined {
  const { page } = event.context as { page?: { url?: unknown } };
  const given = page?.url ?? event.properties.url;
  if (typeof given !== "string") return undefined;
  try {
    const { protocol, host, pathname } = new URL(given);
    if (protocol !== "https:" && protocol !== "http:") return undefined;
    // A path may hold an address or a name of a person; nothing that looks like one is kept.
    const path = pathname
      .split("/")
      .map((part) => (/@|%40|\d{6,}/i.test(part) ? "…" : part))
      .join("/");
    return storable(`${protocol}//${host}${path}`);
  } catch {
    return undefined;
  }
}

/** How a browser or an app tells that a consent was just given, and not only what it once was. */
export function isTellingNow(event: Incoming, purpose: string): boolean {
  if (saidOfConsent(event).isNow) return true;
  if (event.type !== "track") return false;
  if (event.name === "Segment Consent Preference Updated") return true;
  return event.name === "Consent Granted" && event.properties.purpose === purpose;
}

/** In what way the answer came: by our own banner where our script says so, else by some event. */
export function originOf(event: Incoming): "banner" | "event" {
  const { library } = event.context as { library?: { name?: unknown } };
  const isOurs = library?.name === "rondell.js" || library?.name === "rondell";
  return isOurs && (event.name === "Consent Granted" || event.name === "Consent Withdrawn")
    ? "banner"
    : "event";
}
