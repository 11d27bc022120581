import { areNicknames } from "./nicknames.ts";
import { type Field, fields, type People } from "./people.ts";
import { edits, jaroWinkler } from "./similarity.ts";

/**
 * How two values may compare, by field, from the same to not at all. Level 0 stands for a value that is missing on
 * either side and is not among these; the first one here is level 1.
 *
 * - `near`: a nickname, one of two names, an initial, or nearly the same letters; `alike`: similar letters.
 * - `swapped`: given and family name, or day and month, or street and second line, are exchanged.
 * - `typo`: one sign is wrong, missing, too many, or exchanged with its neighbour; of e-mails up to two.
 * - `partly`: of a date two of year, month and day; of an e-mail what stands before the "@"; of a phone number its end;
 *   of a house number the digits; of a postcode its beginning.
 */
export const levels = {
  givenName: ["exact", "near", "alike", "swapped", "different"],
  familyName: ["exact", "near", "alike", "swapped", "different"],
  birthDate: ["exact", "typo", "swapped", "partly", "different"],
  email: ["exact", "typo", "partly", "different"],
  phone: ["exact", "typo", "partly", "different"],
  street: ["exact", "near", "swapped", "different"],
  houseNumber: ["exact", "partly", "typo", "different"],
  addressExtra: ["exact", "near", "swapped", "different"],
  postcode: ["exact", "typo", "partly", "different"],
  city: ["exact", "near", "different"],
} as const satisfies Record<Field, readonly string[]>;
export type Level = "exact" | "near" | "alike" | "swapped" | "typo" | "partly" | "different";

export const fieldCount = fields.length;
const at = Object.fromEntries(fields.map((field, index) => [field, index])) as Record<Field, number>;
const [given, family] = [at.givenName, at.familyName];
const [street, extra] = [at.street, at.addressExtra];
const [nameAlike, nameSwapped] = [3, 4];
const [placeDifferent, placeSwapped] = [4, 3];

/** How far apart two levels of all fields are in a pattern: a pattern is one number in which each field has its digit. */
export const patternBase = 6;

/** Compares records by their place among the people. Fields are compared once for each pair of words, then remembered. */
export class Comparison {
  readonly #columns: Int32Array[];
  readonly #compare: ((a: number, b: number) => number)[];
  readonly #level = new Uint8Array(fieldCount);

  constructor(people: People) {
    this.#columns = fields.map((field) => people.column(field));
    const names = remembered(people.words.givenName.texts, nameLevel);
    const places = remembered(people.words.street.texts, placeLevel);
    const own: Partial<Record<Field, (a: string, b: string) => number>> = {
      birthDate: birthLevel,
      email: emailLevel,
      phone: phoneLevel,
      houseNumber: houseLevel,
      postcode: postcodeLevel,
      city: cityLevel,
    };
    this.#compare = fields.map((field) => {
      const compare = own[field];
      if (compare) return remembered(people.words[field].texts, compare);
      return field === "givenName" || field === "familyName" ? names : places;
    });
  }

  /** The level of each field for two records, as one number; the same whichever comes first. */
  pattern(a: number, b: number): number {
    const level = this.#level;
    for (let f = 0; f < fieldCount; f++) {
      const column = this.#columns[f]!;
      const [wordA, wordB] = [column[a]!, column[b]!];
      level[f] = wordA === 0 || wordB === 0 ? 0 : wordA === wordB ? 1 : this.#compare[f]!(wordA, wordB);
    }
    this.#exchanged(a, b, given, family, nameAlike, nameSwapped);
    this.#exchanged(a, b, street, extra, placeDifferent, placeSwapped);
    let pattern = 0;
    for (let f = fieldCount - 1; f >= 0; f--) pattern = pattern * patternBase + level[f]!;
    return pattern;
  }

  /** Where two fields differ as they stand, from the level `from` on, and agree crosswise, they were exchanged. */
  #exchanged(a: number, b: number, x: number, y: number, from: number, swapped: number): void {
    const level = this.#level;
    const [before, behind] = [level[x]!, level[y]!];
    const fits = (one: number) => one === 0 || one >= from;
    if (!fits(before) || !fits(behind)) return;
    const crossed = this.#crossed(a, b, x, y);
    const back = this.#crossed(a, b, y, x);
    if (crossed > 2 || back > 2) return;
    // Where a value is missing only one way across is left, and only the same word will do there.
    if ((crossed === 0 || back === 0) && crossed + back !== 1) return;
    // One exchange is one piece of evidence: the first field that both have carries it.
    level[x] = before === 0 && behind !== 0 ? 0 : swapped;
    level[y] = level[x] === 0 ? swapped : 0;
  }

  #crossed(a: number, b: number, x: number, y: number): number {
    const [wordA, wordB] = [this.#columns[x]![a]!, this.#columns[y]![b]!];
    if (wordA === 0 || wordB === 0) return 0;
    return wordA === wordB ? 1 : this.#compare[x]!(wordA, wordB);
  }
}

/** A comparison that remembers what it found for two words, in a table of fixed size. */
function remembered(
  texts: readonly string[],
  compare: (a: string, b: string) => number,
): (a: number, b: number) => number {
  const bits = Math.min(18, Math.max(8, Math.ceil(Math.log2(texts.length + 1)) + 2));
  const firsts = new Int32Array(1 << bits);
  const seconds = new Int32Array(1 << bits);
  const found = new Uint8Array(1 << bits);
  return (a, b) => {
    const [low, high] = a < b ? [a, b] : [b, a];
    const slot = (Math.imul(low, 0x9e3779b1) ^ Math.imul(high, 0x85ebca6b)) >>> (32 - bits);
    if (firsts[slot] === low && seconds[slot] === high) return found[slot]!;
    const level = compare(texts[low]!, texts[high]!);
    firsts[slot] = low;
    seconds[slot] = high;
    found[slot] = level;
    return level;
  };
}

/** Where letters agree this much, two names are `near`, or `alike`. The usual marks of Winkler (1990) and after. */
const nearMin = 0.92;
const alikeMin = 0.82;

function nameLevel(a: string, b: string): number {
  if (areNicknames(a, b)) return 2;
  const [partsA, partsB] = [a.split(" "), b.split(" ")];
  if (partsA.length > 1 || partsB.length > 1) {
    const joinedA = partsA.join("");
    const joinedB = partsB.join("");
    if (joinedA === joinedB) return 2;
    // Of a double name one may be left out, or the two stand the other way around.
    const shared = partsA.filter((part) => part.length > 2 && partsB.includes(part)).length;
    if (shared > 0) return 2;
    if (areNicknames(partsA[0]!, partsB[0]!)) return 2;
    return letterLevel(joinedA, joinedB);
  }
  if (a.length === 1 || b.length === 1) return a[0] === b[0] ? 2 : 5;
  return letterLevel(a, b);
}

function letterLevel(a: string, b: string): number {
  const similarity = jaroWinkler(a, b);
  if (similarity >= nearMin || (a.length > 4 && b.length > 4 && edits(a, b, 1) === 1)) return 2;
  if (similarity >= alikeMin) return 3;
  return 5;
}

function birthLevel(a: string, b: string): number {
  if (a.slice(0, 4) === b.slice(0, 4) && a.slice(4, 6) === b.slice(6) && a.slice(6) === b.slice(4, 6))
    return 3;
  if (edits(a, b, 1) === 1) return 2;
  const same =
    (a.slice(0, 4) === b.slice(0, 4) ? 1 : 0) +
    (a.slice(4, 6) === b.slice(4, 6) ? 1 : 0) +
    (a.slice(6) === b.slice(6) ? 1 : 0);
  return same === 2 ? 4 : 5;
}

function emailLevel(a: string, b: string): number {
  if (edits(a, b, 2) <= 2) return 2;
  const [localA, localB] = [a.slice(0, a.indexOf("@") >>> 0), b.slice(0, b.indexOf("@") >>> 0)];
  if (localA === localB || (Math.min(localA.length, localB.length) > 5 && edits(localA, localB, 1) === 1))
    return 3;
  return 4;
}

function phoneLevel(a: string, b: string): number {
  if (edits(a, b, 1) === 1) return 2;
  return a.slice(-7) === b.slice(-7) ? 3 : 4;
}

function placeLevel(a: string, b: string): number {
  return jaroWinkler(a, b) >= nearMin || (Math.min(a.length, b.length) > 5 && edits(a, b, 2) <= 2) ? 2 : 4;
}

function houseLevel(a: string, b: string): number {
  if (a.replace(/\D/g, "") === b.replace(/\D/g, "")) return 2;
  return edits(a, b, 1) === 1 ? 3 : 4;
}

function postcodeLevel(a: string, b: string): number {
  if (edits(a, b, 1) === 1) return 2;
  return a.slice(0, 2) === b.slice(0, 2) ? 3 : 4;
}

function cityLevel(a: string, b: string): number {
  return jaroWinkler(a, b) >= nearMin - 0.02 || (Math.min(a.length, b.length) > 4 && edits(a, b, 2) <= 2)
    ? 2
    : 3;
}
