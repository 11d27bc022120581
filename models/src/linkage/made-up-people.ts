import { Random } from "../random.ts";
import type { PersonRecord } from "./people.ts";

export interface MadeUpPeople {
  records: PersonRecord[];
  /** The person behind each record, at the record's place. */
  truth: Int32Array;
  /** Pairs of records that are one person. */
  pairs: number;
}

const germanNames =
  "Anna Maria Sophie Marie Lena Lea Hannah Mia Emma Julia Laura Katharina Elisabeth Sabine Petra Monika Ursula Brigitte Andrea Claudia Stefanie Nicole Jürgen Günther Björn Jörg Thomas Michael Andreas Peter Stefan Wolfgang Klaus Werner Helmut Johannes Maximilian Friedrich Lukas Paul Felix Jonas Leon Finn Tim Philipp Sören".split(
    " ",
  );
const englishNames =
  "Olivia Amelia Isla Ava Emily Grace Charlotte Jessica Margaret Susan Elizabeth Catherine Rebecca William James Robert Richard Edward Thomas Michael David Christopher Andrew Matthew Daniel Joseph Samuel Benjamin Alexander Harry George Oliver Jack Noah".split(
    " ",
  );
const germanFamilies =
  "Müller Schmidt Schneider Fischer Weber Meyer Wagner Becker Schulz Hoffmann Schäfer Koch Bauer Richter Klein Wolf Schröder Neumann Schwarz Zimmermann Braun Krüger Hofmann Hartmann Lange Schmitt Werner Krause Meier Lehmann Köhler Weiß Groß Böhm Jäger".split(
    " ",
  );
const englishFamilies =
  "Smith Jones Taylor Brown Williams Wilson Johnson Davies Robinson Wright Thompson Evans Walker White Roberts Green Hall Wood Jackson Clarke Harris Lewis Cooper King Baker Turner Hill".split(
    " ",
  );
const starts =
  "Brand Stein Berg Wald Hohen Linden Eichen Rosen Kirch Feld Bach Sonnen Neu Alt Ober Wester Acker Grun Har Kal Tor Wit Lem Pol Ros".split(
    " ",
  );
const middles = ["", "er", "el", "en", "ing", "ber", "ken", "li", "ro", "ma"];
const ends =
  "mann meyer hofer bauer berg stein feld hausen mann er ler ton son ley ford well wood man ski".split(" ");
const streets =
  "Haupt Garten Bahnhof Schul Dorf Linden Berg Kirch Wald Ring Birken Mozart Goethe Schiller Station Church Mill Victoria Park High".split(
    " ",
  );
const cities =
  "Berlin Hamburg München Köln Frankfurt Stuttgart Düsseldorf Leipzig Dresden Hannover Nürnberg Bremen London Bristol Leeds York Hull Oxford".split(
    " ",
  );
const hosts = ["example.com", "example.org", "mail.example", "post.example", "web.example"];

/**
 * Customers of a shop as a sloppy till writes them down: households under one address, twins, common names, and people
 * who are there two or three times with slips of the pen, another e-mail, a nickname, exchanged names, or a move.
 * `duplicateShare` of the records are such repetitions. The same seed makes the same people.
 */
export function makeUpPeople(count: number, duplicateShare: number, seed: number | string): MadeUpPeople {
  const random = new Random(seed);
  const records: PersonRecord[] = [];
  const truth: number[] = [];
  let person = 0;
  while (records.length < count) {
    for (const one of household(random)) {
      const copies = random.uniform() < duplicateShare ? (random.uniform() < 0.2 ? 3 : 2) : 1;
      for (let copy = 0; copy < copies && records.length < count; copy++) {
        records.push({ ...(copy === 0 ? one : worn(one, random)), id: records.length });
        truth.push(person);
      }
      person++;
    }
  }
  // In the order of the till nobody's second record stands beside the first.
  for (let i = records.length - 1; i > 0; i--) {
    const j = random.integer(i + 1);
    [records[i], records[j]] = [records[j]!, records[i]!];
    [truth[i], truth[j]] = [truth[j]!, truth[i]!];
  }
  for (let i = 0; i < records.length; i++) records[i]!.id = i;
  const of = new Map<number, number>();
  for (const one of truth) of.set(one, (of.get(one) ?? 0) + 1);
  const pairs = [...of.values()].reduce((sum, n) => sum + (n * (n - 1)) / 2, 0);
  return { records, truth: Int32Array.from(truth), pairs };
}

const anyOf = <T>(random: Random, list: readonly T[]): T => list[random.integer(list.length)]!;
/** The first of a list much more often than the last. */
const commonOf = <T>(random: Random, list: readonly T[]): T =>
  list[Math.floor(list.length * random.uniform() ** 2)]!;

function household(random: Random): PersonRecord[] {
  const german = random.uniform() < 0.7;
  const family =
    random.uniform() < 0.35
      ? commonOf(random, german ? germanFamilies : englishFamilies)
      : `${anyOf(random, starts)}${anyOf(random, middles)}${anyOf(random, ends)}`;
  const names = german ? germanNames : englishNames;
  const street = german
    ? `${commonOf(random, streets)}${random.uniform() < 0.3 ? anyOf(random, middles) : ""}${anyOf(random, ["straße", "weg", "platz"])}`
    : `${commonOf(random, streets)} ${anyOf(random, starts)} ${anyOf(random, ["Street", "Road", "Lane"])}`;
  const home = {
    street,
    houseNumber: String(1 + random.integer(120)),
    city: commonOf(random, cities),
    postcode: String(10_000 + random.integer(8_000)),
  };
  const phone = random.uniform() < 0.3 ? phoneOf(random) : undefined;
  const size = random.uniform() < 0.4 ? 1 : 2 + random.integer(3);
  const members: PersonRecord[] = [];
  let born = 1940 + random.integer(60);
  for (let i = 0; i < size; i++) {
    if (i > 1) born = Math.max(born, 1975) + random.integer(4);
    const isTwin = i > 2 && random.uniform() < 0.1;
    const givenName = commonOf(random, names);
    if (members.some((other) => other.givenName === givenName)) continue;
    members.push({
      id: 0,
      givenName,
      familyName: family,
      birthDate: isTwin ? members.at(-1)!.birthDate! : dateOf(random, born + random.integer(6)),
      email: `${random.uniform() < 0.5 ? givenName[0] : givenName}.${family}${random.integer(400)}@${anyOf(random, hosts)}`,
      phone: phone ?? phoneOf(random),
      ...home,
    });
  }
  return members.map((member) => without(member, random, 0.12));
}

const phoneOf = (random: Random) =>
  `+49 1${50 + random.integer(30)} ${1_000_000 + random.integer(8_999_999)}`;

function dateOf(random: Random, year: number): string {
  const two = (n: number) => String(n).padStart(2, "0");
  return `${year}-${two(1 + random.integer(12))}-${two(1 + random.integer(28))}`;
}

/** Some of what a till asks for is never told; the name is. */
function without(person: PersonRecord, random: Random, share: number): PersonRecord {
  const left = { ...person };
  for (const field of ["birthDate", "email", "phone", "street", "postcode", "city"] as const)
    if (random.uniform() < share) left[field] = null;
  return left;
}

/** The same person once more, written down by somebody else, at another time. */
function worn(person: PersonRecord, random: Random): PersonRecord {
  const one = { ...person };
  const chance = (share: number) => random.uniform() < share;
  if (chance(0.15)) one.givenName = slip(one.givenName!, random);
  if (chance(0.15)) one.familyName = slip(one.familyName!, random);
  if (chance(0.15))
    one.familyName = one
      .familyName!.replace("ü", "ue")
      .replace("ö", "oe")
      .replace("ä", "ae")
      .replace("ß", "ss");
  if (chance(0.06)) [one.givenName, one.familyName] = [one.familyName!, one.givenName!];
  if (chance(0.05)) one.givenName = one.givenName![0]!;
  if (chance(0.05)) one.familyName = `${one.familyName}-${anyOf(random, germanFamilies)}`;
  if (chance(0.05)) one.givenName = `Dr. ${one.givenName}`;
  if (one.birthDate && chance(0.05)) one.birthDate = slip(one.birthDate, random, "0123456789");
  if (one.birthDate && chance(0.04))
    one.birthDate = `${one.birthDate.slice(0, 5)}${one.birthDate.slice(8)}-${one.birthDate.slice(5, 7)}`;
  if (one.email && chance(0.3)) one.email = `${one.givenName}${random.integer(900)}@${anyOf(random, hosts)}`;
  else if (one.email && chance(0.08)) one.email = slip(one.email, random);
  if (one.phone && chance(0.25)) one.phone = phoneOf(random);
  else if (one.phone && chance(0.3)) one.phone = one.phone.replace("+49 1", "01");
  if (chance(0.12)) {
    one.street = `${anyOf(random, streets)}straße`;
    one.houseNumber = String(1 + random.integer(120));
    one.postcode = String(10_000 + random.integer(8_000));
    one.city = commonOf(random, cities);
  } else if (one.street) {
    if (chance(0.3)) one.street = one.street.replace("straße", "str.").replace("Street", "St");
    if (chance(0.1)) one.street = slip(one.street, random);
    if (chance(0.2)) [one.street, one.houseNumber] = [`${one.street} ${one.houseNumber}`, null];
  }
  return without(one, random, 0.1);
}

/** One sign wrong, missing, doubled, or exchanged with its neighbour. */
function slip(text: string, random: Random, signs = "abcdefghijklmnopqrstuvwxyz"): string {
  const at = random.integer(text.length);
  const sign = signs[random.integer(signs.length)]!;
  switch (random.integer(4)) {
    case 0:
      return text.slice(0, at) + sign + text.slice(at + 1);
    case 1:
      return text.length > 2 ? text.slice(0, at) + text.slice(at + 1) : text;
    case 2:
      return text.slice(0, at) + text[at] + text.slice(at);
    default:
      return at + 1 < text.length ? text.slice(0, at) + text[at + 1] + text[at] + text.slice(at + 2) : text;
  }
}
