import { randomBytes } from "node:crypto";
import { z } from "zod";

/** Why the law allows a processing (GDPR, article 6). */
export const LawfulBasis = z.enum(["consent", "contract", "legitimate_interest", "legal_obligation"]);
export type LawfulBasis = z.infer<typeof LawfulBasis>;

export const SourceKind = z.enum(["browser", "server", "internal", "import", "webhook"]);
export type SourceKind = z.infer<typeof SourceKind>;

/**
 * Where events come from. `ask`: an event is dropped until a preference grants its purpose. `basis`: the
 * brand states by which lawful basis it may.
 */
export const ConsentMode = z.enum(["ask", "basis"]);
export type ConsentMode = z.infer<typeof ConsentMode>;

export const Source = z.object({
  id: z.number(),
  name: z.string(),
  kind: SourceKind,
  consentMode: ConsentMode,
  /** Names of `context.consent.categoryPreferences` bound to the brand's purposes. */
  consentCategories: z.record(z.string(), z.string()),
  /** Purposes with the basis that the brand states for events of this source. */
  statedBasis: z.record(z.string(), LawfulBasis),
  /** Whether the brand has proof of each yes that it sends: else one to a purpose with a confirmation by mail waits for that. */
  provesConsent: z.boolean(),
  /** Web origins that may write with this key; none named means every origin. */
  origins: z.array(z.string()),
  /** Secret by which the brand's server signs a user id (HMAC-SHA256) for the browser; sealed as the store gives it. */
  signingSecret: z.string().nullable(),
  enabled: z.boolean(),
});
export type Source = z.infer<typeof Source>;

/** A source with what its page shows besides. */
export const StoredSource = Source.extend({
  writeKey: z.string().nullable(),
  firstEventAt: z.date().nullable(),
  lastEventAt: z.date().nullable(),
  createdAt: z.date(),
});
export type StoredSource = z.infer<typeof StoredSource>;

/** A public key, 128 bits: it lets write, and read nothing about a person. */
export const newWriteKey = () => `wk_${randomBytes(16).toString("base64url")}`;

/** What makes the address of a webhook that nobody can guess, 192 bits. */
export const newAddressKey = () => `wh_${randomBytes(24).toString("base64url")}`;

/** A secret of 256 bits that stays on the brand's server. */
export const newSigningSecret = () => `sg_${randomBytes(32).toString("base64url")}`;

/** Names that consent tools commonly give their categories, bound to the purposes every garden has. */
export const usualConsentCategories: Record<string, string> = {
  Analytics: "measure",
  Functional: "personalise",
  Advertising: "contact",
};

/** What a source of a kind starts with. */
export function sourceDefaults(
  kind: SourceKind,
): Pick<Source, "consentMode" | "consentCategories" | "statedBasis" | "provesConsent"> {
  return { ...consentDefaults(kind), provesConsent: false };
}

function consentDefaults(
  kind: SourceKind,
): Pick<Source, "consentMode" | "consentCategories" | "statedBasis"> {
  switch (kind) {
    case "browser":
      return { consentMode: "ask", consentCategories: usualConsentCategories, statedBasis: {} };
    case "server":
    case "webhook":
    case "internal":
      return { consentMode: "basis", consentCategories: {}, statedBasis: { measure: "contract" } };
    case "import":
      return {
        consentMode: "basis",
        consentCategories: {},
        statedBasis: { measure: "contract", personalise: "legitimate_interest" },
      };
  }
}
