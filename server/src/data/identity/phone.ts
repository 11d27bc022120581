import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from "libphonenumber-js";

/** Whether a text is the code of a country that has phone numbers. */
export const isCountry = (text: string): boolean => isSupportedCountry(text as CountryCode);

/** A phone number as a key, in E.164; undefined when it cannot be one. Without a plus it is one of the given country. */
export function normalisedPhone(text: unknown, country: string | null): string | undefined {
  if (typeof text !== "string" && typeof text !== "number") return undefined;
  const written = String(text).trim();
  if (written.length > 60) return undefined;
  const number = parsePhoneNumberFromString(
    written,
    country === null ? {} : { defaultCountry: country as CountryCode },
  );
  return number?.isValid() && !number.ext ? number.number : undefined;
}
