import { expect, test } from "vitest";
import { areNicknames } from "./nicknames.ts";
import { colognePhonetics, englishPhonetics } from "./phonetic.ts";
import { edits, jaroWinkler } from "./similarity.ts";
import {
  birthDigits,
  folded,
  foldedEmail,
  foldedName,
  phoneTail,
  splitName,
  streetAndNumber,
} from "./text.ts";

test("umlauts, ß, marks, apostrophes and signs do not tell names apart", () => {
  expect(folded("MÜLLER")).toBe(folded("Mueller"));
  expect(folded("Groß")).toBe(folded("Gross"));
  expect(folded("Mu\u0308ller")).toBe("mueller");
  expect(folded("  Renée   O’Brien-Smith ")).toBe("renee obrien smith");
  expect(folded("--")).toBe("");
});

test("titles are no names, unless nothing else is there", () => {
  expect(foldedName("Prof. Dr. Anna")).toBe("anna");
  expect(foldedName("Herr")).toBe("herr");
});

test("a whole name is split before the family name and its particles", () => {
  expect(splitName("Ludwig van Beethoven")).toEqual({ given: "ludwig", family: "van beethoven" });
  expect(splitName("Müller, Dr. Anna Maria")).toEqual({ given: "anna maria", family: "mueller" });
  expect(splitName("Cher")).toEqual({ given: "", family: "cher" });
});

test.each([
  ["Hauptstraße 12a", "", "hauptst", "12a"],
  ["Hauptstr.", "12 a", "hauptst", "12a"],
  ["Haupt Strasse", "12", "hauptst", "12"],
  ["12 Garden Road", "", "gardenrd", "12"],
  ["Garden rd", "12", "gardenrd", "12"],
  ["Straße des 17. Juni 135", "", "strassedes17juni", "135"],
])("%s %s is the street %s and the number %s", (street, houseNumber, is, number) => {
  expect(streetAndNumber(street, houseNumber)).toEqual({ street: is, number });
});

test("birth dates are read in the ways that they are written", () => {
  for (const text of [
    "1980-03-31",
    "19800331",
    "31.3.1980",
    "31/03/1980",
    "3/31/1980",
    "1980-03-31T00:00:00Z",
  ])
    expect(birthDigits(text)).toBe("19800331");
  expect(birthDigits("in spring")).toBe("");
});

test("phone numbers meet with and without the prefix of the country", () => {
  expect(phoneTail("+49 (0)170 1234567")).toBe(phoneTail("0170/1234567"));
  expect(phoneTail("000000000")).toBe("");
  expect(phoneTail("call me")).toBe("");
});

test("what stands behind a plus sign does not make another mailbox", () => {
  expect(foldedEmail(" Anna+shop@Example.com ")).toBe("anna@example.com");
});

test.each([
  // Winkler (1990), table 1, to the three digits that it prints.
  ["martha", "marhta", 0.961],
  ["dixon", "dicksonx", 0.813],
  ["dwayne", "duane", 0.84],
  ["jones", "johnson", 0.832],
])("Jaro and Winkler of %s and %s is %s", (a, b, similarity) => {
  expect(jaroWinkler(a, b)).toBeCloseTo(similarity, 3);
});

test("edits count exchanged neighbours as one, up to a limit", () => {
  expect(edits("marie", "maire", 2)).toBe(1);
  expect(edits("marie", "mary", 2)).toBe(2);
  expect(edits("marie", "otto", 2)).toBe(3);
});

test.each([
  // The examples of Postel (1969) and those that later descriptions share.
  ["Müller-Lüdenscheidt", "65752682"],
  ["Breschnew", "17863"],
  ["Wikipedia", "3412"],
  ["Meyer", "67"],
  ["Maier", "67"],
])("%s sounds as %s in German", (name, code) => {
  expect(colognePhonetics(folded(name))).toBe(code);
});

test.each([
  ["Robert", "Rupert"],
  ["Knight", "Night"],
  ["Philip", "Filip"],
  ["Catherine", "Kathryn"],
  ["Wright", "Rite"],
  ["Geoffrey", "Jeffrey"],
])("%s sounds like %s in English", (a, b) => {
  expect(englishPhonetics(folded(a))).toBe(englishPhonetics(folded(b)));
});

test("nicknames are known both ways, and only those", () => {
  expect(areNicknames("hans", "johannes")).toBe(true);
  expect(areNicknames("robert", "bob")).toBe(true);
  expect(areNicknames("bob", "hans")).toBe(false);
});
