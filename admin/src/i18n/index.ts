import i18next from "i18next";
import { initReactI18next } from "react-i18next";
import { type Catalogue, isLanguage, type Language } from "./catalogue.ts";

export { isLanguage, LANGUAGES, type Language } from "./catalogue.ts";
export type { Formats } from "./format.ts";

const STORED = "rondell.language";

/** Each language is one chunk, fetched when it is first spoken. */
const catalogues: Record<Language, () => Promise<{ default: Catalogue }>> = {
  en: () => import("./en.ts"),
  de: () => import("./de.ts"),
};

/** The language chosen on this browser, or else the browser's own, or else English. */
export function preferredLanguage(): Language {
  const stored = localStorage.getItem(STORED);
  if (isLanguage(stored)) return stored;
  for (const tag of navigator.languages) {
    const language = tag.slice(0, 2).toLowerCase();
    if (isLanguage(language)) return language;
  }
  return "en";
}

/** The language spoken now, outside of components. */
export function spokenLanguage(): Language {
  return isLanguage(i18next.language) ? i18next.language : "en";
}

async function loadCatalogue(language: Language): Promise<void> {
  const { default: catalogue } = await catalogues[language]();
  for (const [namespace, strings] of Object.entries(catalogue)) {
    i18next.addResourceBundle(language, namespace, strings, true, true);
  }
}

/** Must have ended before the first component renders. */
export async function startI18n(language: Language): Promise<void> {
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    supportedLngs: ["en", "de"],
    resources: {},
    ns: [],
    defaultNS: "shell",
    // Keys have dots in them and are flat: `refusal.session.missing` is one key.
    keySeparator: false,
    interpolation: { escapeValue: false },
    returnNull: false,
  });
  await loadCatalogue(language);
  document.documentElement.lang = language;
}

/** Changes the language of the whole page at once, and remembers it on this browser. */
export async function speak(language: Language): Promise<void> {
  await loadCatalogue(language);
  await i18next.changeLanguage(language);
  document.documentElement.lang = language;
  localStorage.setItem(STORED, language);
}
