import { createContext, useContext } from "react";
import german from "./strings.de.json";
import english from "./strings.en.json";

export type Language = "en" | "de";
export type Key = keyof typeof english;

/** Both catalogues hold the same keys: a missing one is an error of the types. */
const catalogues: Record<Language, Record<Key, string>> = { en: english, de: german };

export interface Words {
  language: Language;
  t(key: Key, values?: Record<string, string | number>): string;
  /** 14 May 2026; in the reader's own zone. */
  date(instant: string): string;
}

export function wordsOf(language: Language): Words {
  const catalogue = catalogues[language];
  const format = new Intl.DateTimeFormat(language === "de" ? "de-DE" : "en-GB", { dateStyle: "long" });
  return {
    language,
    t: (key, values = {}) =>
      catalogue[key].replace(/\{\{(\w+)\}\}/g, (_, name: string) => String(values[name] ?? "")),
    date: (instant) => format.format(new Date(instant)),
  };
}

/** Whether a key that was put together stands in the catalogue. */
export const isKey = (key: string): key is Key => Object.hasOwn(english, key);

export const WordsContext = createContext<Words>(wordsOf("en"));
export const useWords = () => useContext(WordsContext);
