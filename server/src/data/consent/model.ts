import { z } from "zod";

/** What the code does with data; the brand's purposes are bound to these. */
export type Kind = "collect" | "profile" | `contact:${string}` | "share";

export const Basis = z.enum(["consent", "contract", "legitimate_interest", "legal_obligation"]);
export type Basis = z.infer<typeof Basis>;

export const Purpose = z.object({
  key: z.string(),
  kinds: z.array(z.string()),
  name: z.object({ en: z.string(), de: z.string() }),
  wording: z.object({ en: z.string(), de: z.string() }),
  wordingVersion: z.number(),
  position: z.number(),
  /** After how many months a yes runs out; null where it does not. */
  lifetimeMonths: z.number().nullable(),
  /** Since when the months are counted: the yes, or what the customer did last. */
  lifetimeFrom: z.enum(["grant", "activity"]),
  /** Whether a yes from a public source waits for a click in a mail. */
  doubleOptIn: z.boolean(),
  /** Who agreed to words older than this version is asked again; their yes stands meanwhile. */
  asksAgainSince: z.number(),
  retiredAt: z.date().nullable(),
});
export type Purpose = z.infer<typeof Purpose>;

/** The answer that counts now, of one customer or visitor for one purpose. */
export const CurrentAnswer = z.object({
  customerId: z.number(),
  purpose: z.string(),
  granted: z.boolean(),
  basis: Basis,
  at: z.date(),
  /** The import with which the brand stated it; null where the customer, or an event, said it. */
  importId: z.number().nullable(),
  /** Whether the brand stated it, for a source or an import, and nobody said it. */
  stated: z.boolean(),
  /** Whether it was a yes that has run out: it counts as a no. */
  expired: z.boolean(),
  /** When a yes runs out; null where it does not. */
  expiresAt: z.date().nullable(),
  /** The version of the words that it was given to, where it is known. */
  wordingVersion: z.number().nullable(),
});
export type CurrentAnswer = z.infer<typeof CurrentAnswer>;

/** Where answers come from that the brand states and nobody said. */
export const statedOrigins: readonly string[] = ["source", "import", "statement"];

/** How an answer came that somebody of the brand notes by hand, in the ledger's words. */
export const ways = ["phone", "paper", "shop", "message", "operator", "form"] as const;

/** Where answers come from that were noted by hand: only such can be noted by mistake, and be taken back. */
export const isByHand = (origin: string) =>
  origin === "statement" || (ways as readonly string[]).includes(origin);

/**
 * Whether an answer takes the place of the one that stands. What was said stands above what is stated, whatever the
 * times; else the later counts, and at the same instant a no. `record.ts` says the same in SQL.
 */
export function outranks(
  answer: Pick<CurrentAnswer, "granted" | "at" | "stated">,
  standing: Pick<CurrentAnswer, "granted" | "at" | "stated">,
): boolean {
  if (answer.stated !== standing.stated) return !answer.stated;
  const later = answer.at.getTime() - standing.at.getTime();
  return later === 0 ? !answer.granted : later > 0;
}

/**
 * Whether a kind of processing is allowed by these answers: a no for any purpose of that kind wins,
 * else a yes is needed. Nobody answered is a no.
 */
export function allows(
  answers: Iterable<{ purpose: string; granted: boolean }>,
  purposes: readonly Purpose[],
  kind: Kind,
): boolean {
  let granted = false;
  for (const answer of answers) {
    if (!purposes.some((purpose) => purpose.key === answer.purpose && purpose.kinds.includes(kind))) continue;
    if (!answer.granted) return false;
    granted = true;
  }
  return granted;
}

/**
 * `context.consent.categoryPreferences` of the Segment clients, as answers to the brand's purposes.
 * A category that the source does not bind is read as a purpose of the same name, else left out.
 */
export function answersOfPreferences(
  preferences: unknown,
  categories: Record<string, string>,
  purposes: readonly Purpose[],
): { purpose: string; granted: boolean }[] {
  if (typeof preferences !== "object" || preferences === null) return [];
  const answers = new Map<string, boolean>();
  for (const [category, value] of Object.entries(preferences)) {
    if (typeof value !== "boolean") continue;
    const key = Object.hasOwn(categories, category) ? categories[category]! : category;
    if (!purposes.some((purpose) => purpose.key === key)) continue;
    // Two categories bound to one purpose: the stricter wins.
    answers.set(key, (answers.get(key) ?? true) && value);
  }
  return [...answers].map(([purpose, granted]) => ({ purpose, granted }));
}
