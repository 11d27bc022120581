import { refuse } from "../../platform/refusal.ts";
import { normalisedEmail } from "../identity/index.ts";
import { placesOf } from "./load.ts";
import { type DraftMapping, fieldsOfRole, type Mapping, type Role, Rules } from "./model.ts";
import type { FileFormat, Sniffed } from "./sniff.ts";

/** Roles without which an import makes no sense once the mapping names them. */
const needed: readonly Role[] = ["lines", "orders", "items", "customers"];

export interface Fit {
  role: Role;
  /** Columns that the mapping names and the file lacks. */
  missing: string[];
  found: number;
}

/**
 * How well a header fits each kind of file of a mapping, best first. Lines of JSON leave out what is empty, so that of
 * their keys only those that are needed can be missing.
 */
export function fitsOf(
  header: readonly string[],
  mapping: Pick<Mapping, "files">,
  format: FileFormat = "csv",
): Fit[] {
  const fits = (Object.entries(mapping.files) as [Role, Record<string, string>][]).map(([role, columns]) => {
    const places = placesOf(header, columns);
    const isNeeded = (field: string) => fieldsOfRole[role].needed.includes(field);
    const missing = Object.entries(columns).filter(
      ([field]) => places[field] === undefined && (format !== "json" || isNeeded(field)),
    );
    const lacksNeeded = missing.some(([field]) => isNeeded(field));
    return {
      role,
      missing: missing.map(([, column]) => column),
      found: Object.keys(places).length,
      lacksNeeded,
    };
  });
  return fits
    .sort(
      (a, b) =>
        Number(a.lacksNeeded) - Number(b.lacksNeeded) ||
        b.found - a.found ||
        a.missing.length - b.missing.length,
    )
    .map(({ role, missing, found }) => ({ role, missing, found }));
}

/** The role of a file by its header. Refuses import.columns_missing. */
export function chooseRole(name: string, sniffed: Sniffed, mapping: Mapping): Role {
  const [best] = fitsOf(sniffed.header, mapping, sniffed.format);
  if (best && !best.missing.length) return best.role;
  const columns = best?.missing ?? [];
  refuse(
    "invalid",
    "import.columns_missing",
    `The file ${name} lacks the ${columns.length === 1 ? "column" : "columns"} ${columns.join(", ")}. It has ${sniffed.header.join(", ")}. Choose other columns in the mapping, or another file.`,
    { name, missing: columns.join(", "), header: sniffed.header.join(", ") },
  );
}

/** Refuses import.file_missing when a kind of file that the mapping needs was not given. */
export function checkRoles(roles: readonly Role[], mapping: Mapping): void {
  const absent = needed.filter((role) => mapping.files[role] && !roles.includes(role));
  if (!absent.length) return;
  refuse(
    "invalid",
    "import.file_missing",
    `No file holds the ${absent.join(" and the ")}: one with the columns ${absent.map((role) => Object.values(mapping.files[role]!).join(", ")).join("; ")} is needed.`,
    { roles: absent.join(", ") },
  );
}

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
    .replace(/(\.(csv|txt|tsv|gz))+$/, "")
    .split(/[^a-z0-9]+/)
    .filter((word) => word && !namelessWords.test(word));
  return words.join("-").slice(0, 60).replace(/-+$/, "");
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
