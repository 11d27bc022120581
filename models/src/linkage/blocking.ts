import type { People, Words } from "./people.ts";
import { colognePhonetics, englishPhonetics } from "./phonetic.ts";

export interface BlockingReport {
  key: string;
  /** Records that are looked up by this key, and those whose group stayed too large and was left out. */
  records: number;
  leftOut: number;
  /** The largest group that is compared. */
  largest: number;
  /** Pairs of the key, those that an earlier key brought included. */
  pairs: number;
}

export interface Blocks {
  /** Calls `visit` once for each candidate pair, by the places of its records, until `visit` gives false. */
  eachPair(visit: (a: number, b: number) => void): void;
  report: BlockingReport[];
  /** Pairs of all keys together, counted before those of several keys are taken out. */
  pairsMax: number;
}

export interface BlockingOptions {
  /** Pairs that one key may bring, for each record; small data may always bring 250,000. */
  pairsPerRecord?: number;
}

/** What is looked up: a number for each record, 0 where it has none. */
type Attribute = Int32Array;

interface Key {
  name: string;
  of: Attribute;
  /** What a group that is too large is split by, one after the other. */
  refineBy: Attribute[];
}

/**
 * The candidate pairs: records that share at least one of several keys, so that a slip in one of them costs nothing.
 * Groups of a key that are too large are split by a second and a third attribute and left out if that does not help;
 * "too large" follows from the number of pairs that a key may bring, so the work grows with the records, not with
 * their square. The result does not depend on the order of the records.
 *
 * Source of the idea: Hernández and Stolfo (1995), "The merge/purge problem for large databases" (several passes);
 * Christen (2012), "A survey of indexing techniques for scalable record linkage and deduplication".
 */
export function blocksOf(people: People, options: BlockingOptions = {}): Blocks {
  const budget = Math.max(250_000, (options.pairsPerRecord ?? 2) * people.length);
  const keys = keysOf(people);
  const report: BlockingReport[] = [];
  const codes = keys.map((key) => {
    const { code, found } = refined(key, budget);
    report.push({ key: key.name, ...found });
    return code;
  });
  return {
    report,
    pairsMax: report.reduce((sum, one) => sum + one.pairs, 0),
    eachPair(visit) {
      codes.forEach((code, k) => {
        eachGroup(code, (members) => {
          for (let i = 0; i < members.length; i++) {
            const a = members[i]!;
            next: for (let j = i + 1; j < members.length; j++) {
              const b = members[j]!;
              for (let earlier = 0; earlier < k; earlier++) {
                const mine = codes[earlier]![a]!;
                if (mine !== 0 && mine === codes[earlier]![b]!) continue next;
              }
              visit(a, b);
            }
          }
        });
      });
    },
  };
}

function keysOf(people: People): Key[] {
  const names = people.words.givenName;
  const english = ofWords(names, englishPhonetics);
  const german = ofWords(names, colognePhonetics);
  const start = ofWords(names, (text) => text.replaceAll(" ", "").slice(0, 3));
  const initial = ofWords(names, (text) => text.slice(0, 1));
  const column = (of: Int32Array, field: Parameters<People["column"]>[0]) =>
    people.column(field).map((word) => of[word]!);
  const whole = (field: Parameters<People["column"]>[0]) =>
    column(
      ofWords(people.words[field], (text) => text),
      field,
    );
  const [givenEnglish, familyEnglish] = [column(english, "givenName"), column(english, "familyName")];
  const [givenStart, familyStart] = [column(start, "givenName"), column(start, "familyName")];
  const [givenInitial, familyInitial] = [column(initial, "givenName"), column(initial, "familyName")];
  const [postcode, city, street, number] = [
    whole("postcode"),
    whole("city"),
    whole("street"),
    whole("houseNumber"),
  ];
  const birth = whole("birthDate");
  const year = column(
    ofWords(people.words.birthDate, (text) => text.slice(0, 4)),
    "birthDate",
  );
  const local = column(
    ofWords(people.words.email, (text) => text.split("@", 1)[0]!),
    "email",
  );
  const phone = column(
    ofWords(people.words.phone, (text) => text.slice(-7)),
    "phone",
  );
  const germanNames = unordered(column(german, "givenName"), column(german, "familyName"));
  const englishNames = unordered(givenEnglish, familyEnglish);
  return [
    { name: "e-mail", of: whole("email"), refineBy: [familyStart, givenStart] },
    { name: "phone", of: phone, refineBy: [familyStart, givenStart] },
    { name: "birth date", of: birth, refineBy: [familyInitial, givenStart] },
    { name: "e-mail before the @", of: local, refineBy: [familyStart, givenStart] },
    { name: "names as heard in German", of: germanNames, refineBy: [year, postcode] },
    { name: "names as heard in English", of: englishNames, refineBy: [postcode, city] },
    { name: "postcode and family name", of: both(postcode, familyStart), refineBy: [givenStart, street] },
    { name: "postcode and given name", of: both(postcode, givenStart), refineBy: [familyStart, year] },
    { name: "street and house number", of: both(street, number), refineBy: [postcode, givenStart] },
    { name: "street", of: street, refineBy: [postcode, familyInitial] },
    { name: "family name as heard", of: familyEnglish, refineBy: [year, givenInitial] },
    { name: "given name as heard", of: givenEnglish, refineBy: [year, familyInitial] },
    { name: "city and family name", of: both(city, familyStart), refineBy: [givenInitial, year] },
    { name: "city and given name", of: both(city, givenStart), refineBy: [familyInitial, year] },
  ];
}

/** One number for what `part` takes of each word; 0 where that is empty. */
function ofWords(words: Words, part: (text: string) => string): Int32Array {
  return Int32Array.from(words.texts, (text) => {
    const taken = part(text);
    return taken === "" ? 0 : hashOf(taken);
  });
}

/** FNV-1a, never 0. Two texts with one number only bring a pair more to compare. */
function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193);
  return hash | 0 || 1;
}

const mixed = (a: number, b: number) => {
  let hash = Math.imul(a, 0x85ebca6b) ^ Math.imul((b << 15) | (b >>> 17), 0xc2b2ae35);
  hash = Math.imul(hash ^ (hash >>> 15), 0x27d4eb2f);
  return (hash ^ (hash >>> 13)) | 0 || 1;
};

const both = (a: Attribute, b: Attribute): Attribute =>
  a.map((one, i) => (one === 0 || b[i] === 0 ? 0 : mixed(one, b[i]!)));

const unordered = (a: Attribute, b: Attribute): Attribute =>
  a.map((one, i) => {
    const other = b[i]!;
    return one === 0 || other === 0 ? 0 : mixed(Math.min(one, other), Math.max(one, other));
  });

/** The key with its large groups split until its pairs fit into `budget`. */
function refined(key: Key, budget: number): { code: Int32Array; found: Omit<BlockingReport, "key"> } {
  const code = new Int32Array(key.of.length);
  // A code and a record's place must fit into the 53 bits of a number.
  const mask = 2 ** Math.min(32, 52 - Math.ceil(Math.log2(key.of.length + 1))) - 1;
  let open = key.of.map((value) => (value === 0 ? 0 : value & mask || 1));
  const found = { records: 0, leftOut: 0, largest: 0, pairs: 0 };
  for (let step = 0; ; step++) {
    // Each step may use half of what is left, so that rare second attributes still find room.
    const isLast = step === key.refineBy.length;
    const room = (budget - found.pairs) * (isLast ? 1 : 0.6);
    const largest = largestWithin(open, room);
    const by = key.refineBy[step];
    const rest = new Int32Array(open.length);
    let waiting = 0;
    eachGroup(open, (members) => {
      if (members.length <= largest) {
        found.pairs += (members.length * (members.length - 1)) / 2;
        found.records += members.length;
        found.largest = Math.max(found.largest, members.length);
        for (const member of members) code[member] = open[member]!;
        return;
      }
      for (const member of members) {
        const value = by?.[member] ?? 0;
        if (value === 0) found.leftOut++;
        else {
          rest[member] = mixed(open[member]!, value) & mask || 1;
          waiting++;
        }
      }
    });
    if (waiting === 0) return { code, found };
    open = rest;
  }
}

/** The largest size of group up to which all groups together have no more than `room` pairs. */
function largestWithin(code: Int32Array, room: number): number {
  const ofSize = new Map<number, number>();
  eachGroup(code, (members) => ofSize.set(members.length, (ofSize.get(members.length) ?? 0) + 1));
  let pairs = 0;
  let largest = 1;
  for (const size of [...ofSize.keys()].sort((a, b) => a - b)) {
    pairs += (ofSize.get(size)! * size * (size - 1)) / 2;
    if (pairs > room) break;
    largest = size;
  }
  return largest;
}

/** Calls `visit` for each group of at least two records with one code that is not 0; members in the order of their places. */
function eachGroup(code: Int32Array, visit: (members: Uint32Array) => void): void {
  const count = code.length;
  // Code and place in one number of at most 53 bits, so that the fast sort of numbers groups them.
  const packed = new Float64Array(count);
  let used = 0;
  for (let i = 0; i < count; i++) if (code[i] !== 0) packed[used++] = (code[i]! >>> 0) * count + i;
  const sorted = packed.subarray(0, used).sort();
  const members = new Uint32Array(used);
  let from = 0;
  let last = -1;
  let group = -1;
  for (let at = 0; at <= used; at++) {
    const value = at < used ? sorted[at]! : -1;
    const here = value < 0 ? -2 : Math.floor(value / count);
    if (here !== group) {
      if (last >= 0 && at - from > 1) visit(members.subarray(from, at));
      from = at;
      group = here;
    }
    if (value >= 0) members[at] = value - here * count;
    last = at;
  }
}
