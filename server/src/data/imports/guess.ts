import { normalisedEmail } from "../identity/index.ts";
import { type ImportKind, type LineKind, type LineRole, lineKinds } from "./kinds/index.ts";
import { type DraftMapping, fieldsOfRole, Rules } from "./model.ts";

/** Names that columns of order lines usually have. */
const synonyms: Record<string, RegExp> = {
  order: /^(order|invoice|bestell|auftrag|rechnung|receipt|basket)[ _-]?(id|no|nr|number|nummer)?\.?$/i,
  product: /^(product|item|stock|article|artikel|produkt)?[ _-]?(id|no|nr|code|number|nummer|sku)$|^sku$/i,
  name: /^(description|name|title|product[ _-]?(name|title)|bezeichnung|artikel(name|bezeichnung)?|beschreibung)$/i,
  quantity: /^(quantity|qty|menge|anzahl|stück|amount of items|units?)$/i,
  price: /^(unit[ _-]?price|price|preis|einzelpreis|stückpreis|item[ _-]?price)$/i,
  lineTotal: /^(line[ _-]?total|total|amount|betrag|gesamt(preis)?|umsatz|sales[ _-]?value)$/i,
  happenedAt:
    /^(invoice|order|bestell|purchase|auftrags|rechnungs|transaction)?[ _-]?(date|datum|time(stamp)?|created([ _-]?at)?|at|zeit(punkt)?)$/i,
  customer: /^(customer|kunden?|client|user|household)[ _-]?(id|no|nr|number|nummer|e-?mail)$|^e-?mail$/i,
  country: /^(country|land|staat)$/i,
  city: /^(city|ort|stadt)$/i,
  currency: /^(currency|währung|waehrung)([ _-]?code)?$/i,
  status: /^(status|order[ _-]?status|zustand)$/i,
};

/** Words of file names that say what a file holds, or when it was made, and not whose it is. */
const namelessWords =
  /^(shops?|stores?|webshop|laden|orders?|invoices?|lines?|items?|sales|transactions?|customers?|exports?|reports?|data|dump|full|all|new|latest|final|copy|bestell(ung(en)?|positionen)|auftr(ag|aege|age)|rechnung(en)?|verk(auf|aeufe|aufe)|umsatz|kunden?|positionen|daten|liste|kopie|neu|csv|txt|tsv|gz|utf8?|q\d|v?\d.*|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|mai|okt|dez)$/i;

/**
 * A short name for the shop behind a file, or nothing when the file's name does not tell: a name that any
 * shop's file could have would make two shops one. Dates are left out, so that the next export has the same name.
 */
export function guessSource(fileName: string): string {
  const words = fileName
    .toLowerCase()
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/(\.(csv|txt|tsv|jsonl?|ndjson|parquet|gz|zst))+$/, "")
    .split(/[^a-z0-9]+/)
    .filter((word) => word && !namelessWords.test(word));
  return words.join("-").slice(0, 60).replace(/-+$/, "");
}

/** Names that columns of records usually have; of several fields that fit, the first takes the column. */
const listedSynonyms: Record<string, RegExp> = {
  answer: /^(response|answer|antwort)[ _-]?(id|no|nr)?$/i,
  ticket: /^(ticket|case|request|anfrage)[ _-]?(id|no|nr|number|nummer)?$/i,
  review: /^(review|bewertung)[ _-]?(id|no|nr|number|nummer)?$/i,
  purpose: /^(purpose|zweck|consent[ _-]?type|channel[ _-]?consent)$/i,
  basis: /^((legal|lawful)[ _-]?basis|basis|rechtsgrundlage)$/i,
  wording: /^(wording|consent[ _-]?text|wortlaut|fassung)$/i,
  score: /^(score|rating|nps|stars?|note|punkte|sterne|bewertung|satisfaction([ _-]?(rating|score))?)$/i,
  scoreMax: /^(score[ _-]?max|scale|skala)$/i,
  survey: /^(survey|umfrage)[ _-]?(id|name|title)?$/i,
  question: /^(question|frage)[ _-]?(id|text)?$/i,
  order: /^(order|bestell)[ _-]?(id|no|nr|number|nummer)?$/i,
  products: /^(product|sku|artikel|produkt)[ _-]?(id|no|nr|handle|nummer|s)?$/i,
  email:
    /^(e-?mail([ _-]?adress?e?)?|requester[ _-]?email|customer[ _-]?email|reviewer[ _-]?email|recipient[ _-]?email|kunden-?e-?mail)$/i,
  customer:
    /^(customer|kunden?|client|user|contact|person|profile|requester)[ _-]?(id|no|nr|number|nummer|key)$|^(external[ _-]?id|user)$/i,
  anonymous: /^(anonymous|visitor|client|device)[ _-]?id$/i,
  happenedAt:
    /^(date|datum|tag|day|zeit(punkt|stempel)?|time(stamp)?|datetime|occurred[ _-]?at|event[ _-]?time|created([ _-]?(at|date))?|submitted[ _-]?at|(end|recorded|answered|given|consent)[ _-]?(date|at|timestamp)|erstellt([ _-]?am)?|updated([ _-]?at)?|last[ _-]?modified)$/i,
  solvedAt: /^(solved|closed|resolved|gelöst|geschlossen)([ _-]?(at|am|date))?$/i,
  firstName: /^(first|given)[ _-]?name$|^vorname$/i,
  lastName: /^(last|family|sur)[ _-]?name$|^(nachname|surname)$/i,
  name: /^(name|event([ _-]?(name|type))?|metric|ereignis|full[ _-]?name|type)$/i,
  phone: /^(phone|telefon|mobile|handy)([ _-]?(number|nr|nummer))?$/i,
  company: /^(company|firma|organi[sz]ation)$/i,
  street: /^(street|straße|strasse|address([ _-]?(line)?[ _-]?1)?|adresse)$/i,
  zip: /^(zip|plz|postal[ _-]?code|post[ _-]?code|postleitzahl)$/i,
  city: /^(city|ort|stadt)$/i,
  region: /^(region|state|province|bundesland)$/i,
  country: /^(country|land|staat)([ _-]?code)?$/i,
  language: /^(language|sprache|locale)$/i,
  birthday: /^(birth[ _-]?(day|date)|date[ _-]?of[ _-]?birth|geburtsdatum)$/i,
  subject: /^(subject|betreff)$/i,
  title: /^(title|titel|headline|subject)$/i,
  text: /^(text|body|comment|reason|message|description|content|kommentar|grund|begründung|nachricht|beschreibung|review[ _-]?text)$/i,
  status: /^(status|zustand)$/i,
  priority: /^(priority|priorität)$/i,
  topic: /^(topic|category|thema|kategorie|type)$/i,
  tags: /^(tags|labels|schlagworte)$/i,
  campaign: /^(campaign|kampagne)([ _-]?name)?$/i,
  medium: /^medium$/i,
  channel: /^(channel|kanal|source|quelle|platform|network|via)$/i,
  amount: /^(amount|cost|costs|spend|kosten|ausgaben|betrag|value|wert|revenue)$/i,
  currency: /^(currency|währung|waehrung)([ _-]?code)?$/i,
  impressions: /^(impressions|impressionen)$/i,
  clicks: /^(clicks|klicks)$/i,
  origin: /^(origin|herkunft|consent[ _-]?source|method)$/i,
  id: /^(event[ _-]?)?(id|uuid|message[ _-]?id)$/i,
};

/** Other names of columns where a kind has them. */
const ofRole: Partial<Record<LineRole, Record<string, RegExp>>> = {
  persons: {
    customer: /^(customer|kunden?|client|user|contact|person|profile)?[ _-]?(id|no|nr|number|nummer)$/i,
  },
  consents: { answer: /^(answer|granted|consent|status|antwort|einwilligung|opt[ _-]?in|subscribed)$/i },
  ratings: { review: /^(review|bewertung)?[ _-]?(id|no|nr|number|nummer)$/i },
  answers: { answer: /^(response|answer|antwort)?[ _-]?(id|no|nr)$/i },
  tickets: { ticket: /^(ticket|case|request|anfrage)?[ _-]?(id|no|nr|number|nummer)$/i },
};

/** The kinds that a file may be guessed to be, those that say most of their columns first. */
const guessed: readonly LineRole[] = [
  "consents",
  "costs",
  "tickets",
  "answers",
  "ratings",
  "events",
  "persons",
];

/** Guesses a mapping of records from the names of columns: of the kind that is asked for, else of the first that all fits. */
export function guessListed(
  header: readonly string[],
  source: string,
  asked?: ImportKind,
): { mapping: DraftMapping; missing: string[] } | undefined {
  for (const role of asked ? guessed.filter((one) => lineKinds[one].kind === asked) : guessed) {
    const kind: LineKind = lineKinds[role];
    const columns: Record<string, string> = {};
    const free = new Set(header);
    const fields = [...kind.needed, ...kind.anyOf.flat(), ...kind.optional];
    for (const field of new Set(fields)) {
      const pattern = ofRole[role]?.[field] ?? listedSynonyms[field];
      const column = [...free].find((name) => pattern?.test(name.trim().split(".").pop()!));
      if (!column) continue;
      columns[field] = column;
      free.delete(column);
    }
    const missing = [
      ...kind.needed.filter((field) => !columns[field]),
      ...kind.anyOf.filter((group) => !group.some((field) => columns[field])).map(([field]) => field!),
    ];
    if (missing.length && !asked) continue;
    return { mapping: { title: "", source, files: { [role]: columns }, rules: Rules.parse({}) }, missing };
  }
  return undefined;
}

/** Guesses a mapping for one file of order lines from the names of its columns, and a sample of its customers. */
export function guessMapping(
  header: readonly string[],
  source: string,
  valuesOf: (column: string) => readonly string[] = () => [],
): { mapping: DraftMapping; missing: string[] } {
  const columns: Record<string, string> = {};
  const free = new Set(header);
  for (const [field, pattern] of Object.entries(synonyms)) {
    const column = [...free].find((name) => pattern.test(name.trim()));
    if (!column) continue;
    columns[field] = column;
    free.delete(column);
  }
  const missing = fieldsOfRole.lines.needed.filter(
    (field) => !columns[field] && !(field === "price" && columns.lineTotal),
  );
  const named = columns.customer ? valuesOf(columns.customer).filter(Boolean) : [];
  const areEmails = named.length > 0 && named.every((value) => normalisedEmail(value));
  const rules = Rules.parse({
    notPurchased: columns.status ? ["cancelled", "canceled", "storniert"] : [],
    customerIds: { removeDecimals: true, kind: areEmails ? "email" : "user_id" },
  });
  return { mapping: { title: "", source, files: { lines: columns }, rules }, missing };
}
