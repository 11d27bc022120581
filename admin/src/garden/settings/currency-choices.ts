import { useMemo } from "react";
import { useLanguage } from "../../i18n/hooks.ts";

/** Currencies as "EUR, Euro". */
export function useCurrencyChoices(): { value: string; label: string }[] {
  const language = useLanguage();
  return useMemo(() => {
    const names = new Intl.DisplayNames([language], { type: "currency" });
    return Intl.supportedValuesOf("currency").map((value) => ({
      value,
      label: `${value}, ${names.of(value) ?? value}`,
    }));
  }, [language]);
}
