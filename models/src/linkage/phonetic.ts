const german: Record<string, string> = Object.fromEntries(
  Object.entries({ 0: "aeijouy", 1: "b", 3: "fvw", 4: "gkq", 5: "l", 6: "mn", 7: "r", 8: "sz" }).flatMap(
    ([code, letters]) => [...letters].map((letter) => [letter, code]),
  ),
);

/**
 * The Cologne phonetics of a folded text: a string of digits, the same for names that sound alike in German ("Meyer",
 * "Maier": 67). Letters outside of a to z are left out.
 *
 * Source: Postel (1969), "Die Kölner Phonetik. Ein Verfahren zur Identifizierung von Personennamen auf der Grundlage der
 * Gestaltanalyse", IBM-Nachrichten 19.
 */
export function colognePhonetics(text: string): string {
  const letters = text.replace(/[^a-z]/g, "");
  let code = "";
  let last = "";
  for (let i = 0; i < letters.length; i++) {
    const sound = germanSound(letters, i);
    // The same sound twice in a row counts once, and vowels only at the start.
    for (const one of sound) {
      if (one !== last && (one !== "0" || code === "")) code += one;
      last = one;
    }
  }
  return code;
}

function germanSound(letters: string, i: number): string {
  const letter = letters[i]!;
  const before = letters[i - 1] ?? "";
  const after = letters[i + 1] ?? "";
  switch (letter) {
    case "h":
      return "";
    case "p":
      return after === "h" ? "3" : "1";
    case "d":
    case "t":
      return /[csz]/.test(after) ? "8" : "2";
    case "x":
      return /[ckq]/.test(before) ? "8" : "48";
    case "c":
      if (i === 0) return /[ahkloqrux]/.test(after) ? "4" : "8";
      return /[sz]/.test(before) || !/[ahkoqux]/.test(after) ? "8" : "4";
    default:
      return german[letter]!;
  }
}

const english: Record<string, string> = Object.fromEntries(
  Object.entries({ 1: "bpfv", 2: "cgjkqsxz", 3: "dt", 4: "l", 5: "mn", 6: "r" }).flatMap(([code, letters]) =>
    [...letters].map((letter) => [letter, code]),
  ),
);

/**
 * A four-sign code of how a folded text sounds in English ("Knight" and "Night": N230): Soundex on a spelling in which
 * silent letters are gone and the first letter says what is heard. "" for a text without a letter from a to z.
 *
 * Source: Russell (1918), US patent 1,261,167, in the form of the US National Archives: letters of one code in a row, also
 * across h and w, count once.
 */
export function englishPhonetics(text: string): string {
  const letters = text
    .replace(/[^a-z]/g, "")
    .replace(/^(?:kn|gn|pn)/, "n")
    .replace(/^wr/, "r")
    .replace(/^wh/, "w")
    .replace(/^x/, "z")
    .replace(/^(?:ck?|q)(?=[aoulrk])/, "k")
    .replace(/^c(?=[eiy])/, "s")
    .replace(/ph/g, "f")
    .replace(/gh(?=t|$)/g, "")
    .replace(/mb$/, "m")
    .replace(/^g(?=[ei])/, "j");
  if (letters === "") return "";
  let code = letters[0]!.toUpperCase();
  let last = english[letters[0]!] ?? "";
  for (let i = 1; i < letters.length && code.length < 4; i++) {
    const letter = letters[i]!;
    const sound = english[letter] ?? "";
    if (sound !== "" && sound !== last) code += sound;
    if (letter !== "h" && letter !== "w") last = sound;
  }
  return code.padEnd(4, "0");
}
