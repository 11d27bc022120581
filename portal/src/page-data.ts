import type { Language } from "./words.ts";

export interface SurveyPage {
  slug: string;
  brand: string;
  state: "open" | "closed";
  language: Language;
  languages: Language[];
  question: Partial<Record<Language, string>>;
  isPersonal: boolean;
  earlier: { score: number; reason: string | null } | null;
}

export interface Purpose {
  key: string;
  name: Record<Language, string>;
  wording: Record<Language, string>;
  wordingVersion: number;
  state: "granted" | "withdrawn" | "never" | "hidden" | "waiting" | "expired";
  since: string | null;
  basis: "consent" | "contract" | "legitimate_interest" | "legal_obligation" | null;
  origin: string | null;
  expiresAt: string | null;
  isReworded: boolean;
}

/** An entry of the ledger: what was asked, or said, and in which words. */
export interface LedgerEntry {
  purpose: string;
  name: Record<Language, string> | null;
  act: "answer" | "asked" | "expired" | "retracted";
  granted: boolean | null;
  origin: string;
  wordingVersion: number | null;
  wording: Record<Language, string> | null;
  at: string;
}

export interface ConsentsPage {
  brand: string;
  access: "full" | "withdraw";
  purposes: Purpose[];
  history: LedgerEntry[];
}

export type PrivacyKind =
  | "access"
  | "portability"
  | "rectify"
  | "restrict"
  | "object"
  | "erase"
  | "anonymise";

export interface PrivacyPage {
  brand: string;
  access: "full" | "none";
  requests: {
    id: string;
    kind: PrivacyKind;
    state: "open" | "working" | "done" | "refused";
    openedAt: string;
    dueAt: string;
    note: string | null;
  }[];
  files: { id: string; state: "queued" | "ready" | "failed"; bytes: number | null; expiresAt: string }[];
}

export interface Shades {
  colour: string;
  hover: string;
  soft: string;
  on: string;
}

/** What the server wrote into the page. */
export type PageData = { language: Language; palette: { light: Shades; dark: Shades } | null } & (
  | { view: "survey"; survey: SurveyPage }
  | { view: "consents"; consents: ConsentsPage }
  | { view: "privacy"; privacy: PrivacyPage }
  | { view: "missing" | "unknown_link" | "plain" }
);

export function readPageData(): PageData {
  const text = document.getElementById("page-data")?.textContent;
  return text ? (JSON.parse(text) as PageData) : { language: "en", palette: null, view: "missing" };
}

/** Puts the brand's colour where the stylesheet looks for it. */
export function wearBrand(data: PageData): void {
  for (const scheme of ["light", "dark"] as const) {
    const shades = data.palette?.[scheme];
    if (!shades) continue;
    const { style } = document.documentElement;
    style.setProperty(`--brand-${scheme}`, shades.colour);
    style.setProperty(`--brand-${scheme}-hover`, shades.hover);
    style.setProperty(`--brand-${scheme}-soft`, shades.soft);
    style.setProperty(`--brand-${scheme}-on`, shades.on);
  }
}

/** What the address says: the personal token and the visitor id that the brand's site passed on. */
export function addressValues(): { token: string | undefined; anonymousId: string | undefined } {
  const search = new URLSearchParams(window.location.search);
  return { token: search.get("t") || undefined, anonymousId: search.get("aid") || undefined };
}
