/** The two languages of the product. */
export const LANGUAGES = ["en", "de"] as const;
export type Language = (typeof LANGUAGES)[number];

/** Namespace → key → text. */
export type Catalogue = Record<string, Record<string, string>>;

/** A domain's strings answer to the name of its folder: `…/data/customers/strings.en.json` → `customers`. */
export function byNamespace(files: Record<string, Record<string, string>>): Catalogue {
  const catalogue: Catalogue = {};
  for (const [path, strings] of Object.entries(files)) {
    const folder = path.split("/").at(-2);
    if (!folder) throw new Error(`No namespace in the path ${path}.`);
    if (catalogue[folder])
      throw new Error(`Two folders are called ${folder}; each namespace needs its own name.`);
    catalogue[folder] = strings;
  }
  return catalogue;
}

export function isLanguage(value: unknown): value is Language {
  return LANGUAGES.includes(value as Language);
}
