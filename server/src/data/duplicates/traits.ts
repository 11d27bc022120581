import type { PersonRecord } from "@rondell/models";

/** Names under which traits say the same thing: Segment's first, then what brands write; without case and signs. */
const named: Record<Exclude<keyof PersonRecord, "id">, readonly string[]> = {
  givenName: ["firstname", "givenname", "vorname"],
  familyName: ["lastname", "familyname", "surname", "nachname"],
  name: ["name", "fullname"],
  birthDate: ["birthday", "birthdate", "dateofbirth", "dob", "geburtsdatum", "geburtstag"],
  email: ["email", "emailaddress"],
  phone: ["phone", "phonenumber", "mobile", "mobilenumber", "mobilephone", "telephone", "telefon", "handy"],
  street: ["street", "streetaddress", "address1", "addressline1", "line1", "strasse", "straße"],
  houseNumber: ["housenumber", "streetnumber", "hausnummer"],
  addressExtra: ["address2", "addressline2", "line2", "adresszusatz"],
  postcode: ["postalcode", "postcode", "zip", "zipcode", "plz", "postleitzahl"],
  city: ["city", "town", "ort", "stadt"],
};
const fieldNames = Object.keys(named) as (keyof typeof named)[];

/** Traits that hold an address as an object of its own, the likeliest home first. */
const addresses = ["address", "homeaddress", "billingaddress", "adresse", "shippingaddress"];

const plainKey = (key: string) => key.toLowerCase().replace(/[^\p{L}\p{N}]/gu, "");

/** A customer's personal traits as the model compares them. An address in one line is read as its street. */
export function personOf(customer: {
  id: number;
  traits: Record<string, unknown>;
  email: string | null;
}): PersonRecord {
  const traits = new Map(Object.entries(customer.traits).map(([key, value]) => [plainKey(key), value]));
  const places = addresses.flatMap((key) => {
    const value = traits.get(key);
    return value !== null && typeof value === "object" && !Array.isArray(value)
      ? [new Map(Object.entries(value).map(([inner, one]) => [plainKey(inner), one as unknown]))]
      : [];
  });
  const person: PersonRecord = { id: customer.id };
  for (const field of fieldNames) {
    const found = [traits, ...places].flatMap((from) => named[field].map((key) => textOf(from.get(key))));
    const text = found.find((one) => one !== undefined);
    if (text !== undefined) person[field] = text;
  }
  if (person.street === undefined) {
    const line = addresses.map((key) => textOf(traits.get(key))).find((one) => one !== undefined);
    if (line !== undefined) person.street = line.split(",", 1)[0]!;
  }
  if (customer.email) person.email = customer.email;
  return person;
}

function textOf(value: unknown): string | undefined {
  if (typeof value === "number" && Number.isFinite(value)) return String(value);
  return typeof value === "string" && value.trim() !== "" ? value : undefined;
}
