import {
  birthDigits,
  folded,
  foldedEmail,
  foldedName,
  phoneTail,
  splitName,
  streetAndNumber,
} from "./text.ts";

/** A person as a source wrote them down. What is not known is left out, null or empty. */
export interface PersonRecord {
  /** A whole number at or above 0, different for each record. */
  id: number;
  /** The whole name; read where neither `givenName` nor `familyName` is there. */
  name?: string | null;
  givenName?: string | null;
  familyName?: string | null;
  /** YYYY-MM-DD, YYYYMMDD, DD.MM.YYYY or D/M/YYYY. */
  birthDate?: string | null;
  email?: string | null;
  phone?: string | null;
  /** With or without the house number. */
  street?: string | null;
  houseNumber?: string | null;
  /** A second line: a building, a flat, a part of the town. */
  addressExtra?: string | null;
  postcode?: string | null;
  city?: string | null;
}

/** The parts of a record that are compared. */
export const fields = [
  "givenName",
  "familyName",
  "birthDate",
  "email",
  "phone",
  "street",
  "houseNumber",
  "addressExtra",
  "postcode",
  "city",
] as const;
export type Field = (typeof fields)[number];

/** Distinct texts, each by a number; 0 is the empty text, which stands for a missing value. */
export class Words {
  readonly texts: string[] = [""];
  readonly #numbers = new Map<string, number>([["", 0]]);

  of(text: string): number {
    const known = this.#numbers.get(text);
    if (known !== undefined) return known;
    const number = this.texts.length;
    this.#numbers.set(text, number);
    this.texts.push(text);
    return number;
  }
}

/** A column of whole numbers that grows. */
class Column {
  #values = new Int32Array(1024);
  length = 0;

  push(value: number): void {
    if (this.length === this.#values.length) {
      const more = new Int32Array(this.length * 2);
      more.set(this.#values);
      this.#values = more;
    }
    this.#values[this.length++] = value;
  }

  get values(): Int32Array {
    return this.#values.subarray(0, this.length);
  }
}

/**
 * Records in columns, folded for comparison, each distinct text kept once: what a million people need is some hundred
 * megabytes. Records are added page by page; nothing of the record itself is kept.
 */
export class People {
  /** Given and family names share their numbers, so that exchanged ones are seen; so do street and second line. */
  readonly words: Record<Field, Words>;
  readonly #columns: Record<Field, Column>;
  #ids = new Float64Array(1024);
  length = 0;

  constructor() {
    const names = new Words();
    const places = new Words();
    this.words = Object.fromEntries(fields.map((field) => [field, new Words()])) as Record<Field, Words>;
    this.words.givenName = names;
    this.words.familyName = names;
    this.words.street = places;
    this.words.addressExtra = places;
    this.#columns = Object.fromEntries(fields.map((field) => [field, new Column()])) as Record<Field, Column>;
  }

  /** Throws RangeError for an id that is no whole number at or above 0. */
  add(record: PersonRecord): void {
    if (!Number.isSafeInteger(record.id) || record.id < 0)
      throw new RangeError(`The id of a record is a whole number at or above 0, not ${record.id}.`);
    if (this.length === this.#ids.length) {
      const more = new Float64Array(this.length * 2);
      more.set(this.#ids);
      this.#ids = more;
    }
    this.#ids[this.length++] = record.id;
    let given = foldedName(bounded(record.givenName));
    let family = foldedName(bounded(record.familyName));
    if (!given && !family) ({ given, family } = splitName(bounded(record.name)));
    const address = streetAndNumber(bounded(record.street), bounded(record.houseNumber));
    const values: Record<Field, string> = {
      givenName: given,
      familyName: family,
      birthDate: birthDigits(bounded(record.birthDate)),
      email: foldedEmail(bounded(record.email)),
      phone: phoneTail(bounded(record.phone)),
      street: address.street,
      houseNumber: address.number,
      addressExtra: streetAndNumber(bounded(record.addressExtra), "-").street,
      postcode: folded(bounded(record.postcode)).replaceAll(" ", ""),
      city: folded(bounded(record.city)),
    };
    for (const field of fields) this.#columns[field].push(this.words[field].of(values[field]));
  }

  get ids(): Float64Array {
    return this.#ids.subarray(0, this.length);
  }

  /** The number of each record's word; 0 where the value is missing. */
  column(field: Field): Int32Array {
    return this.#columns[field].values;
  }
}

/** No name or address is longer; what is longer is a mistake, and must not cost time. */
const bounded = (text: string | null | undefined) => (text ?? "").slice(0, 200);
