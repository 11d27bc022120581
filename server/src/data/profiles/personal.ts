/** Words of a key by which it is direct personal data wherever it stands. */
const personalWords = new Set([
  "email",
  "emails",
  "phone",
  "telephone",
  "tel",
  "mobile",
  "fax",
  "address",
  "addresses",
  "street",
  "birthday",
  "birthdate",
  "dob",
  "firstname",
  "lastname",
  "fullname",
  "surname",
  "username",
  "nickname",
  "avatar",
  "ip",
  "iban",
  "passport",
  "ssn",
  "adresse",
  "strasse",
  "telefon",
  "handy",
  "vorname",
  "nachname",
  "geburtsdatum",
]);
/** The same in several words, or without a border between them. */
const personalParts =
  /email|e_mail|phone_?(number|no|nr)|mobile_?(number|phone)|address_?(line)?_?\d*$|street_?\d*$|birth_?(day|date)|date_of_birth|(first|last|full|given|family|middle|maiden|display|user)_?name|ip_?addr|card_?number/;
/** Keys that end so tell of the message or the device, and not whose it is: `email_subject`, `phone_model`. */
const descriptions = new Set(
  "id subject type template campaign status count domain format list model brand".split(" "),
);

/** Objects that describe a person: a `name` in them is somebody's. */
const personWords = new Set([
  "customer",
  "user",
  "person",
  "contact",
  "billing",
  "shipping",
  "delivery",
  "invoice",
  "recipient",
  "receiver",
  "sender",
  "buyer",
  "payer",
  "client",
  "guest",
  "member",
  "cardholder",
  "traits",
  "profile",
]);
/** Objects within them whose `name` is that of a thing again. */
const thingWords = new Set([
  "product",
  "products",
  "item",
  "items",
  "plan",
  "store",
  "company",
  "carrier",
  "method",
]);

interface KeyKind {
  /** Personal wherever it stands. */
  personal: boolean;
  /** Somebody's name where it stands in an object about a person. */
  name: boolean;
  /** What it holds is about a person, or about a thing; else as what surrounds it. */
  about: "person" | "thing" | undefined;
}

/** Senders use the same few keys again and again. */
const kinds = new Map<string, KeyKind>();
const kindsMax = 10_000;

function kindOf(key: string): KeyKind {
  const before = kinds.get(key);
  if (before) return before;
  const snake = key
    .slice(0, 200)
    .replace(/([a-z0-9])([A-Z])/g, "$1_$2")
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, "_");
  const words = snake.split("_").filter(Boolean);
  const last = words.at(-1) ?? "";
  const isPersonWord = (word: string | undefined) => word !== undefined && personWords.has(word);
  const kind: KeyKind = {
    personal:
      (!descriptions.has(last) &&
        (words.some((word) => personalWords.has(word)) || personalParts.test(snake))) ||
      (last === "name" && isPersonWord(words.at(-2))),
    name: snake === "name",
    about: thingWords.has(last) ? "thing" : words.some(isPersonWord) ? "person" : undefined,
  };
  if (kinds.size >= kindsMax) kinds.clear();
  kinds.set(key, kind);
  return kind;
}

/** Whether a trait is direct personal data by its name: an address, a name, a date of birth. */
export const isPersonalTrait = (key: string) => kindOf(key).personal || kindOf(key).name;

/**
 * Whether a property is direct personal data, which stays out of the event store: by its key at any depth, as a `name` in
 * an object about a person, or as an e-mail address under any key. A product's and a page's name are none; nor is a yes
 * or no, such as `email_opened`.
 */
export function isPersonalProperty(key: string, value: unknown, inPerson: boolean): boolean {
  if (typeof value === "boolean" || value === null) return false;
  const kind = kindOf(key);
  return kind.personal || (inPerson && kind.name) || (typeof value === "string" && isEmail(value));
}

/** Whether what stands under a key is about a person. */
export function isAboutPerson(key: string, inPerson: boolean): boolean {
  const { about } = kindOf(key);
  return about === undefined ? inPerson : about === "person";
}

/** Whether a text is nothing but an e-mail address. */
export const isEmail = (text: string) =>
  text.length <= 254 && text.includes("@") && /^\s*[^\s@]+@[^\s@]+\.[^\s@]+\s*$/.test(text);
