import { createContext, useContext, useMemo } from "react";
import { useTranslation } from "react-i18next";
import { isLanguage, type Language } from "./catalogue.ts";
import { type Formats, formatsFor } from "./format.ts";

/** What figures need to know of the garden. Outside a garden: euros and the browser's own zone. */
export interface FormatSettings {
  currency: string;
  timeZone: string;
}

export const FormatSettingsContext = createContext<FormatSettings>({
  currency: "EUR",
  timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
});

/** The language spoken now; the component renders anew when it changes. */
export function useLanguage(): Language {
  const { i18n } = useTranslation();
  return isLanguage(i18n.language) ? i18n.language : "en";
}

/** Numbers, money, dates and intervals in the language spoken now and the garden's currency and zone. */
export function useFormats(): Formats {
  const language = useLanguage();
  const settings = useContext(FormatSettingsContext);
  return useMemo(() => formatsFor(language, settings), [language, settings]);
}
