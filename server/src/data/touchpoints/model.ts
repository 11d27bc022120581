import { z } from "zod";

export const ruleFields = ["event", "channel", "medium", "campaign", "source", "referrer", "page"] as const;

const Condition = z.object({
  /** What an event says: one of `ruleFields`, or `property.` and the path of a property. */
  field: z.union([z.enum(ruleFields), z.string().regex(/^property\.[^\0]{1,190}$/)]),
  is: z.enum(["equals", "contains", "starts", "present"]),
  /** Compared without regard to upper and lower case. */
  value: z.string().max(300).default(""),
});
export type Condition = z.infer<typeof Condition>;

/** All conditions hold: then the event belongs to this touchpoint. */
export const TouchpointRule = z.object({
  name: z.string().trim().min(1).max(100),
  when: z.array(Condition).min(1).max(6),
  channel: z
    .string()
    .trim()
    .toLowerCase()
    .regex(/^[\p{L}\p{N}][\p{L}\p{N} ._-]{0,63}$/u, "A channel is a short word, such as podcast."),
  medium: z.enum(["paid", "owned", "earned"]),
  /** '' leaves the campaign that the event names. */
  campaign: z.string().trim().max(200).default(""),
  /** The customer tells where the journey began, whenever they tell it: it counts as the first touch. */
  selfReported: z.boolean().default(false),
});
export type TouchpointRule = z.infer<typeof TouchpointRule>;

export const TouchpointRules = z.object({ rules: z.array(TouchpointRule).max(50) });
export type TouchpointRules = z.infer<typeof TouchpointRules>;

/** What the rules look at. */
export interface Seen {
  event: string;
  channel: string;
  medium: string;
  campaign: string;
  source: string;
  /** Host of the page that led here, without `www.`. */
  referrer: string;
  /** Path of the page. */
  page: string;
  properties: Readonly<Record<string, unknown>>;
}

/** The first rule that holds for an event. Pure; `ruleSql` says the same in SQL. */
export function ruleFor(rules: readonly TouchpointRule[], seen: Seen): TouchpointRule | undefined {
  return rules.find((rule) => rule.when.every((condition) => holds(condition, seen)));
}

function holds({ field, is, value }: Condition, seen: Seen): boolean {
  const text = textOf(field, seen).toLowerCase();
  const wanted = value.toLowerCase();
  if (is === "present") return text !== "";
  if (is === "equals") return text === wanted;
  return is === "starts" ? text.startsWith(wanted) : text.includes(wanted);
}

function textOf(field: string, seen: Seen): string {
  if (!field.startsWith("property.")) return seen[field as (typeof ruleFields)[number]];
  let value: unknown = seen.properties;
  for (const part of field.slice("property.".length).split("."))
    value =
      typeof value === "object" && value !== null ? (value as Record<string, unknown>)[part] : undefined;
  return typeof value === "string" || typeof value === "number" || typeof value === "boolean"
    ? String(value)
    : "";
}

/** What an address says: `utm_source`, host and path; all '' of what is no address. */
export function partsOfUrl(url: unknown): { source: string; host: string; path: string } {
  try {
    const { searchParams, hostname, pathname } = new URL(String(url));
    return {
      source: searchParams.get("utm_source") ?? "",
      host: hostname.replace(/^www\./, ""),
      path: pathname,
    };
  } catch {
    return { source: "", host: "", path: "" };
  }
}
