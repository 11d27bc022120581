import type { Language } from "../../garden/index.ts";

/** One part of what is known of a person, as it stands in the archive. */
export interface ArchivePart {
  name: string;
  rows: Record<string, unknown>[];
}

/** Rows that the page shows; all are in the tables beside it. */
const shownMax = 200;

const words = {
  en: {
    title: "What we know about you",
    made: "Made on",
    intro:
      "This page is for reading. The folder “data” holds the same and more: each part as a table (CSV) and as JSON lines, for another program.",
    none: "Nothing.",
    more: "more are in the folder “data”.",
    rows: (count: number) => (count === 1 ? "1 entry" : `${count} entries`),
  },
  de: {
    title: "Was wir über Sie wissen",
    made: "Erstellt am",
    intro:
      "Diese Seite ist zum Lesen. Im Ordner „data“ liegt dasselbe und mehr: jeder Teil als Tabelle (CSV) und als JSON-Zeilen, für ein anderes Programm.",
    none: "Nichts.",
    more: "weitere liegen im Ordner „data“.",
    rows: (count: number) => (count === 1 ? "1 Eintrag" : `${count} Einträge`),
  },
} as const;

const titles: Record<string, { en: string; de: string }> = {
  customers: { en: "Your details", de: "Ihre Angaben" },
  identifiers: { en: "What names you", de: "Woran wir Sie erkennen" },
  consent_answers: { en: "What you allowed and refused", de: "Was Sie erlaubt und abgelehnt haben" },
  events_stored: { en: "What happened", de: "Was geschehen ist" },
  survey_answers: { en: "Your answers", de: "Ihre Antworten" },
  survey_links: { en: "Personal links to surveys", de: "Persönliche Links zu Umfragen" },
  review_texts: { en: "Your reviews", de: "Ihre Bewertungen" },
  decisions: { en: "What we offered you", de: "Was wir Ihnen angeboten haben" },
  next_products: { en: "What we think would fit you", de: "Was wir für Sie passend finden" },
  account_members: { en: "Companies you belong to", de: "Unternehmen, zu denen Sie gehören" },
  value_by_customer: { en: "What we expect of you", de: "Was wir von Ihnen erwarten" },
  lifecycle_stages: { en: "How we see your time with us", de: "Wie wir Ihre Zeit bei uns sehen" },
  holdout_arms: {
    en: "Which group of our comparison you are in",
    de: "In welcher Gruppe unseres Vergleichs Sie sind",
  },
  merge_proposals: {
    en: "Whether you might be in our books twice",
    de: "Ob Sie bei uns doppelt geführt sein könnten",
  },
  privacy_requests: { en: "What you asked about your data", de: "Was Sie zu Ihren Daten gefragt haben" },
  contacts: { en: "Visits and calls that we noted", de: "Besuche und Anrufe, die wir notiert haben" },
  mails: { en: "Mails to you", de: "E-Mails an Sie" },
  consent_requests: {
    en: "Confirmations that we asked you for",
    de: "Bestätigungen, um die wir Sie gebeten haben",
  },
  own_answers: {
    en: "What you allowed under each of your entries",
    de: "Was Sie unter jedem Ihrer Einträge erlaubt haben",
  },
  own_profiles: { en: "Your details in each of your entries", de: "Ihre Angaben in jedem Ihrer Einträge" },
  own_arms: { en: "The same group by entry", de: "Dieselbe Gruppe nach Eintrag" },
  merges: {
    en: "When entries of yours were put together",
    de: "Wann Einträge von Ihnen zusammengelegt wurden",
  },
  device_users: {
    en: "Devices that you share with others",
    de: "Geräte, die Sie mit anderen teilen",
  },
  visitor_sessions: { en: "Your last visits", de: "Ihre letzten Besuche" },
  recent_events: { en: "The last hour as it came in", de: "Die letzte Stunde, wie sie ankam" },
  internal_people: { en: "Whether you are one of us", de: "Ob Sie zu uns gehören" },
  import_first_traits: {
    en: "First details that came with a file",
    de: "Erste Angaben, die mit einer Datei kamen",
  },
  import_traits: {
    en: "Details that came with a file",
    de: "Angaben, die mit einer Datei kamen",
  },
  webhook_deliveries: {
    en: "What we told other systems about you",
    de: "Was wir anderen Systemen über Sie mitgeteilt haben",
  },
  restrictions: { en: "Limits on using your data", de: "Einschränkungen der Verarbeitung" },
};

/** The readable page of an archive: one file without anything from elsewhere, made for a phone first. */
export function archivePage(of: {
  brand: string;
  language: Language;
  madeAt: Date;
  timezone: string;
  parts: readonly ArchivePart[];
}): string {
  const w = words[of.language];
  const date = (at: Date) =>
    new Intl.DateTimeFormat(of.language, {
      dateStyle: "long",
      timeStyle: "short",
      timeZone: of.timezone,
    }).format(at);
  const value = (one: unknown): string => {
    if (one === null || one === undefined || one === "") return "–";
    if (one instanceof Date) return escaped(date(one));
    if (typeof one === "object") return `<code>${escaped(JSON.stringify(one))}</code>`;
    return escaped(String(one));
  };
  const sections = of.parts.map(({ name, rows }) => {
    const title = titles[name]?.[of.language] ?? name;
    const newest = rows.slice(-shownMax).reverse();
    const entries = newest
      .map(
        (row) =>
          `<dl>${Object.entries(row)
            .map(([key, one]) => `<div><dt>${escaped(key)}</dt><dd>${value(one)}</dd></div>`)
            .join("")}</dl>`,
      )
      .join("");
    const more =
      rows.length > newest.length ? `<p class="soft">${rows.length - newest.length} ${w.more}</p>` : "";
    const body = rows.length ? `${entries}${more}` : `<p class="soft">${w.none}</p>`;
    return `<details${rows.length && rows.length <= 20 ? " open" : ""}><summary><h2>${escaped(title)}</h2><span class="soft">${w.rows(rows.length)}</span></summary>${body}</details>`;
  });
  return `<!doctype html>
<html lang="${of.language}"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><meta name="robots" content="noindex">
<title>${w.title} · ${escaped(of.brand)}</title><style>
:root{color-scheme:light dark;--line:color-mix(in srgb,currentColor 18%,transparent);--soft:color-mix(in srgb,currentColor 68%,transparent)}
*{box-sizing:border-box}body{margin:0 auto;padding:20px 16px 64px;max-width:720px;font:17px/1.5 system-ui,sans-serif}
h1{font-size:28px;line-height:1.2;margin:24px 0 8px}h2{font-size:18px;margin:0;display:inline}.soft{color:var(--soft)}
details{border-top:1px solid var(--line);padding:14px 0}summary{cursor:pointer;display:flex;gap:12px;justify-content:space-between;align-items:baseline;min-height:32px}
dl{margin:12px 0;padding:10px 12px;border:1px solid var(--line);border-radius:10px}dl div{display:grid;grid-template-columns:minmax(0,11em) minmax(0,1fr);gap:10px;padding:3px 0}
dt{color:var(--soft);overflow-wrap:anywhere}dd{margin:0;overflow-wrap:anywhere}code{font-size:14px}
@media(max-width:480px){dl div{grid-template-columns:1fr;gap:0}}
</style></head><body><p class="soft">${escaped(of.brand)}</p><h1>${w.title}</h1><p class="soft">${w.made} ${escaped(date(of.madeAt))}</p><p>${w.intro}</p>${sections.join("\n")}</body></html>
`;
}

function escaped(text: string): string {
  return text
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
