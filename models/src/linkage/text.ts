const umlauts: Record<string, string> = {
  ä: "ae",
  ö: "oe",
  ü: "ue",
  ß: "ss",
  æ: "ae",
  ø: "oe",
  å: "aa",
  œ: "oe",
};

/**
 * Text as it is compared: lower case, umlauts and ß as two letters, other marks taken off, everything that is neither
 * letter nor digit a single space. Any text goes in, also ill-formed; text without a letter or digit gives "".
 */
export function folded(text: string): string {
  const lower = text.normalize("NFC").toLowerCase();
  // Nearly all names are plain letters already.
  if (/^[a-z]+$/.test(lower)) return lower;
  return lower
    .replace(/[äöüßæøåœ]/g, (letter) => umlauts[letter]!)
    .normalize("NFKD")
    .replace(/\p{M}/gu, "")
    .replace(/['’`´]/g, "")
    .replace(/[^\p{L}\p{N}]+/gu, " ")
    .trim();
}

const titles = new Set(
  "dr prof professor doktor doctor dipl ing kfm med phil jur rer nat mag mba herr frau hr fr mr mrs ms mx miss sir madam dame jr sr".split(
    " ",
  ),
);

/** A name as it is compared: folded, without titles; a name that is nothing but titles stays. */
export function foldedName(text: string): string {
  const plain = folded(text);
  if (!plain.includes(" ")) return plain;
  const parts = plain.split(" ").filter((part) => !titles.has(part));
  return parts.length ? parts.join(" ") : plain;
}

/**
 * Given and family name of a whole one: "Family, Given", or the last word and, before it, particles such as "van der",
 * are the family name. One word alone is the family name.
 */
export function splitName(name: string): { given: string; family: string } {
  const comma = name.indexOf(",");
  if (comma >= 0) {
    const family = foldedName(name.slice(0, comma));
    if (family) return { given: foldedName(name.slice(comma + 1)), family };
  }
  const parts = foldedName(name).split(" ");
  let from = parts.length - 1;
  while (from > 1 && particles.has(parts[from - 1]!)) from--;
  return { given: parts.slice(0, from).join(" "), family: parts.slice(from).join(" ") };
}

const particles = new Set(
  "von van vom zu zum zur der den de del della di da du la le ter ten af av bin al".split(" "),
);

/** Kinds of streets, each by the one way in which it is compared. */
const streetKinds = new Map(
  Object.entries({
    st: "street st str strasse stra",
    ave: "avenue ave av allee",
    rd: "road rd",
    pl: "place pl platz",
    ct: "court ct crt",
    cr: "crescent cres cr",
    dr: "drive dr drv",
    cl: "close cl",
    cct: "circuit cct circ",
    ln: "lane ln",
    sq: "square sq",
    tce: "terrace tce ter",
    pde: "parade pde",
    wg: "weg wg way wy",
    hwy: "highway hwy",
    gr: "grove gr",
    bd: "boulevard blvd bd",
  }).flatMap(([kind, words]) => words.split(" ").map((word) => [word, kind] as const)),
);

const grownOn = /(?<=.{3})(strasse|street|str|platz|weg|allee)$/;

/**
 * A street and its house number as they are compared. The kind of street is written in one way ("Straße", "Str.",
 * "street", "st"), also where it has grown on to the name, and spaces are left out. Where no number is given
 * separately, one at the end ("Gartenweg 12a") or at the start ("12 Garden Way") is the house number.
 */
export function streetAndNumber(street: string, houseNumber: string): { street: string; number: string } {
  let plain = folded(street);
  let number = folded(houseNumber).replaceAll(" ", "");
  if (!number) {
    const found = /^(.*\D) ?(\d{1,5} ?[a-z]?)$/.exec(plain) ?? /^()(\d{1,5} ?[a-z]?) (?=\D)/.exec(plain);
    if (found) {
      number = found[2]!.replaceAll(" ", "");
      plain = found[1] ? found[1].trim() : plain.slice(found[0].length).trim();
    }
  }
  const words = plain.split(" ").map((word, at) => {
    const kind = at > 0 ? streetKinds.get(word) : undefined;
    return kind ?? word.replace(grownOn, (kind) => streetKinds.get(kind)!);
  });
  return { street: words.join(""), number };
}

/**
 * A birth date as the eight digits YYYYMMDD; "" where the text is no date. A date with a month or day that does not exist
 * stays: a slip of the pen is still evidence. In d/m/y and m/d/y the first number is the day unless the second one
 * cannot be a month.
 */
export function birthDigits(text: string): string {
  const iso = /^\s*(\d{4})[-./ ]?(\d{2})[-./ ]?(\d{2})(?:$|[T\s])/.exec(text);
  if (iso) return real(`${iso[1]}${iso[2]}${iso[3]}`);
  const local = /^\s*(\d{1,2})[-./ ]\s?(\d{1,2})[-./ ]\s?(\d{4})\s*$/.exec(text);
  if (!local) return "";
  const [first, second] = [local[1]!.padStart(2, "0"), local[2]!.padStart(2, "0")];
  return real(Number(second) > 12 ? `${local[3]}${first}${second}` : `${local[3]}${second}${first}`);
}

const real = (digits: string) => (digits === "00000000" ? "" : digits);

/** An e-mail as it is compared: lower case, without what stands behind a "+"; "" where nothing is left to compare. */
export function foldedEmail(text: string): string {
  const email = text.trim().toLowerCase();
  const at = email.lastIndexOf("@");
  const local = (at < 0 ? email : email.slice(0, at)).replace(/(?<=.)\+.*$/, "");
  if (local.length < 2) return "";
  return at < 0 ? local : `${local}@${email.slice(at + 1)}`;
}

/**
 * The last nine digits of a phone number, which are the same with and without a country's prefix; "" where there are
 * fewer than six. Source for the form: ITU-T E.164.
 */
export function phoneTail(text: string): string {
  const digits = text.replace(/\(0\)/g, "").replace(/\D/g, "").replace(/^0+/, "");
  return digits.length < 6 || /^(\d)\1*$/.test(digits) ? "" : digits.slice(-9);
}
