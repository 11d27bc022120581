import { useTranslation } from "react-i18next";
import { useFormats } from "../../i18n/hooks.ts";

/** In which order the parts of an address are written. */
const addressParts = ["street", "line1", "line2", "postalCode", "zip", "city", "region", "state", "country"];

/** What a trait is called, and its value as people write it: a date as a date, an address in a line. */
export function useTraitWords(): { name: (key: string) => string; text: (value: unknown) => string } {
  const { t, i18n } = useTranslation("customers");
  const f = useFormats();
  const text = (value: unknown): string => {
    if (value === null || value === undefined || value === "") return "–";
    if (typeof value === "boolean") return t(value ? "trait.yes" : "trait.no");
    if (typeof value === "number") return String(value);
    // At noon a day is the same one in every time zone of a garden.
    if (typeof value === "string")
      return /^\d{4}-\d{2}-\d{2}$/.test(value) ? f.date(`${value}T12:00:00Z`, { year: true }) : value;
    if (Array.isArray(value)) return value.map(text).join(", ");
    const parts = Object.entries(value as object).filter(([, part]) => part !== null && part !== "");
    const place = (key: string) => addressParts.indexOf(key);
    if (parts.length && parts.every(([key]) => place(key) >= 0))
      return parts
        .sort(([a], [b]) => place(a) - place(b))
        .map(([, part]) => text(part))
        .join(", ");
    return parts.map(([key, part]) => `${key}: ${text(part)}`).join(", ");
  };
  return {
    name: (key) => (i18n.exists(`trait.${key}`, { ns: "customers" }) ? t(`trait.${key}`) : key),
    text,
  };
}
