import { expect, test } from "vitest";
import { personOf } from "./traits.ts";

const read = (traits: Record<string, unknown>, email: string | null = null) =>
  personOf({ id: 7, traits, email });

test("traits are read by Segment's names, in snake case and in German", () => {
  expect(
    read({
      firstName: "Ada",
      last_name: "Lovelace",
      birthday: "1815-12-10",
      address: { postalCode: 10_115 },
    }),
  ).toEqual({
    id: 7,
    givenName: "Ada",
    familyName: "Lovelace",
    birthDate: "1815-12-10",
    postcode: "10115",
  });
  expect(read({ Vorname: "Ada", "E-Mail": "ada@example.org", Straße: "Gartenweg 1", PLZ: "10115" })).toEqual({
    id: 7,
    givenName: "Ada",
    email: "ada@example.org",
    street: "Gartenweg 1",
    postcode: "10115",
  });
});

test("an address in one line is read as its street, and the customer's e-mail stands above the trait", () => {
  expect(read({ address: "Gartenweg 1, 10115 Berlin", email: "Old@example.org" }, "new@example.org")).toEqual(
    {
      id: 7,
      street: "Gartenweg 1",
      email: "new@example.org",
    },
  );
});

test("what is no text is left out", () => {
  expect(read({ name: ["Ada"], phone: null, city: { name: "Berlin" }, dob: Number.NaN, zip: " " })).toEqual({
    id: 7,
  });
});
