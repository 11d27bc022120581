import { expect, test } from "vitest";
import { namesPerson } from "./person-names.ts";

const names = namesPerson({ identifiers: [{ kind: "email", value: "ada@example.org" }], texts: [] });
const nested = (levels: number, inside: unknown) =>
  Array.from({ length: levels }).reduce<unknown>(
    (value, _level, at) => (at % 2 ? [value] : { value }),
    inside,
  );

test("a person is found in JSON of any depth, and who is not in it is not", () => {
  expect(names(nested(3, " Ada@Example.org "))).toBe(true);
  expect(names(nested(100_000, "ada@example.org"))).toBe(true);
  expect(names(nested(100_000, "eve@example.org"))).toBe(false);
});
