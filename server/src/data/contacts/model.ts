import { z } from "zod";
import type { Language } from "../../garden/index.ts";
import { shownText } from "../../platform/shown-text.ts";

/** A kind of contact that a garden records: what people call it, and the channel that its events have. */
export const ContactKind = z.object({
  key: z.string().regex(/^[a-z0-9_]{1,40}$/, "is no key of small letters, digits and _"),
  name: shownText(40),
  channel: z.string().regex(/^[a-z0-9_-]{1,40}$/, "is no channel such as shop or hotline"),
});
export type ContactKind = z.infer<typeof ContactKind>;

export const ContactSettings = z.object({
  kinds: z.array(ContactKind).min(1).max(12),
  topics: z.array(shownText(40)).max(30),
});
export type ContactSettings = z.infer<typeof ContactSettings>;

export const Mood = z.enum(["good", "neutral", "bad"]);

export const ContactInput = z.object({
  /** Made by who writes it down: sent twice with the same id it counts once. */
  clientId: z.string().regex(/^[A-Za-z0-9_-]{8,64}$/, "is no id of 8 to 64 letters and digits"),
  customer: z.string().max(40).nullable().default(null),
  kind: z.string().max(40),
  topics: z.array(shownText(40)).max(10).default([]),
  mood: Mood.nullable().default(null),
  note: z.string().trim().max(500).default(""),
  /** When it was written down, where it could not be sent at once. */
  at: z.iso.datetime({ offset: true }).optional(),
});
export type ContactInput = z.infer<typeof ContactInput>;

/** What a garden begins with, in its language. */
export function usualSettings(language: Language): ContactSettings {
  const words =
    language === "de"
      ? {
          kinds: ["Ladenbesuch", "Anruf", "Brief", "Messe", "Veranstaltung"],
          topics: ["Beratung", "Bestellung", "Reklamation", "Rückgabe", "Lob"],
        }
      : {
          kinds: ["Shop visit", "Call", "Letter", "Fair", "Event"],
          topics: ["Advice", "Order", "Complaint", "Return", "Praise"],
        };
  const keys = [
    ["shop_visit", "shop"],
    ["call", "hotline"],
    ["letter", "post"],
    ["fair", "fair"],
    ["event", "event"],
  ] as const;
  return {
    kinds: keys.map(([key, channel], at) => ({ key, channel, name: words.kinds[at]! })),
    topics: words.topics,
  };
}
