import type { Person } from "./person-store.ts";

/** Fields in which even a short number is a person's. */
export const personField = /cust|kund|client|user|member|mitglied|buyer|käufer|person|contact|kontakt|mail/i;
/** By so many digits at its end a phone number is told from others, however its beginning is written. */
const phoneEnd = 9;

const digitsOf = (text: string) => text.replace(/\D/g, "");

/**
 * Whether a value is one of the person's identifiers, and not only like it. `field` is the name of its column or key, where
 * it has one: a short or plain number may be a quantity or a price as well, outside of the fields that name people.
 */
export function identifies(person: Pick<Person, "identifiers">): (value: string, field?: string) => boolean {
  const emails = new Set<string>();
  const phones = new Set<string>();
  const ids = new Set<string>();
  for (const { kind, value } of person.identifiers) {
    if (kind === "email") emails.add(value);
    else ids.add(value);
    if (kind === "phone") phones.add(digitsOf(value).slice(-phoneEnd));
  }
  return (value, field = "") => {
    const text = value.trim();
    if (emails.has(text.toLowerCase())) return true;
    if (phones.size && /^[+(\d][\d\s()/.-]{6,30}$/.test(text) && phones.has(digitsOf(text).slice(-phoneEnd)))
      return true;
    if (!ids.has(text)) return false;
    return (text.length >= 6 && /\D/.test(text)) || personField.test(field);
  };
}

/** Whether JSON names the person anywhere: one of its values is an identifier of theirs, or a text in which one stands. */
export function namesPerson(person: Pick<Person, "identifiers" | "texts">): (json: unknown) => boolean {
  const isOf = identifies(person);
  const texts = person.texts.map((text) => text.toLowerCase());
  const names = (value: unknown, field: string): boolean => {
    if (typeof value === "number") return isOf(String(value), field);
    if (typeof value !== "string") return false;
    const text = value.toLowerCase();
    return isOf(value, field) || texts.some((one) => /\D/.test(one) && text.includes(one));
  };
  return (json) => {
    // A list of what is still to be looked at and no recursion: nobody escapes by ten thousand levels.
    const ahead: { value: unknown; field: string }[] = [{ value: json, field: "" }];
    for (let next = ahead.pop(); next; next = ahead.pop()) {
      const { value, field } = next;
      if (Array.isArray(value)) for (const one of value) ahead.push({ value: one, field });
      else if (typeof value === "object" && value !== null)
        for (const [key, one] of Object.entries(value)) ahead.push({ value: one, field: key });
      else if (names(value, field)) return true;
    }
    return false;
  };
}
