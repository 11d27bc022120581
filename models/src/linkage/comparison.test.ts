import { expect, test } from "vitest";
import { Comparison, levels } from "./comparison.ts";
import { digitsOf } from "./estimate.ts";
import { type Field, fields, People, type PersonRecord } from "./people.ts";

type Person = Omit<PersonRecord, "id">;

function levelsOf(a: Person, b: Person): Partial<Record<Field, string>> {
  const people = new People();
  people.add({ ...a, id: 1 });
  people.add({ ...b, id: 2 });
  const compared = new Comparison(people);
  expect(compared.pattern(0, 1)).toBe(compared.pattern(1, 0));
  const digits = digitsOf(compared.pattern(0, 1));
  return Object.fromEntries(
    fields.flatMap((field, f) => (digits[f] ? [[field, levels[field][digits[f] - 1]]] : [])),
  );
}

test.each<[string, Person, Person, Partial<Record<Field, string>>]>([
  ["ä and ae", { familyName: "Schäfer" }, { familyName: "Schaefer" }, { familyName: "exact" }],
  ["a nickname", { givenName: "Katharina" }, { givenName: "Kathi" }, { givenName: "near" }],
  ["an initial", { givenName: "K." }, { givenName: "Kathi" }, { givenName: "near" }],
  ["a double name", { familyName: "Groß-Weber" }, { familyName: "Weber" }, { familyName: "near" }],
  ["a slip of the pen", { familyName: "Schneider" }, { familyName: "Schnieder" }, { familyName: "near" }],
  ["other names", { familyName: "Schneider" }, { familyName: "Fischer" }, { familyName: "different" }],
  [
    "exchanged names, which count once",
    { givenName: "Anna", familyName: "Weber" },
    { givenName: "Weber", familyName: "Anna" },
    { givenName: "swapped" },
  ],
  ["a name in the other field", { givenName: "Weber" }, { familyName: "Weber" }, { givenName: "swapped" }],
  ["day and month", { birthDate: "1980-03-05" }, { birthDate: "1980-05-03" }, { birthDate: "swapped" }],
  ["one digit", { birthDate: "1980-03-05" }, { birthDate: "1980-03-15" }, { birthDate: "typo" }],
  [
    "two digits of the year",
    { birthDate: "1980-03-05" },
    { birthDate: "1991-03-05" },
    { birthDate: "partly" },
  ],
  ["another host", { email: "anna.w@a.example" }, { email: "anna.w@beta.test" }, { email: "partly" }],
  ["two signs of an e-mail", { email: "anna.w@a.example" }, { email: "ana.w@b.example" }, { email: "typo" }],
  ["a phone's end", { phone: "030 1234567" }, { phone: "+49 (0)89 1234567" }, { phone: "partly" }],
  [
    "ways to write a street",
    { street: "Lindenstraße 5" },
    { street: "Linden Str.", houseNumber: "5b" },
    { street: "exact", houseNumber: "partly" },
  ],
  ["the region of a postcode", { postcode: "10115" }, { postcode: "10997" }, { postcode: "partly" }],
  ["a missing value", { city: "Köln", givenName: "Anna" }, { city: "", phone: null }, {}],
])("%s", (_, a, b, expected) => {
  const found = levelsOf(a, b);
  // Records with several names or fields are compared in those that the case names.
  for (const [field, level] of Object.entries(expected)) expect(found[field as Field]).toBe(level);
  expect(Object.keys(found).sort()).toEqual(Object.keys(expected).sort());
});
