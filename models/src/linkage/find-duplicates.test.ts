import fc from "fast-check";
import { expect, test } from "vitest";
import { findDuplicates } from "./find-duplicates.ts";
import { makeUpPeople } from "./made-up-people.ts";
import { measured } from "./measured.ts";
import type { PersonRecord } from "./people.ts";

test("people with slips of the pen are found, and households stay apart", () => {
  const { records, truth } = makeUpPeople(6_000, 0.15, "find duplicates");
  const duplicates = findDuplicates(records);
  const { pairs, clusters, automatic } = measured(duplicates, truth);
  expect(pairs.precision).toBeGreaterThan(0.96);
  expect(pairs.recall).toBeGreaterThan(0.88);
  expect(clusters.f1).toBeGreaterThan(0.93);
  expect(automatic.precision).toBeGreaterThanOrEqual(0.999);
  expect(automatic.pairs).toBeGreaterThan(50);
  expect(duplicates.model.convergence.converged).toBe(true);
  // There are many times more pairs under one roof than pairs of one person; the model sees both.
  expect(duplicates.model.expectedHouseholds).toBeGreaterThan(3 * duplicates.model.expectedMatches);
  for (const pair of duplicates.pairs) {
    expect(pair.weight).toBeCloseTo(
      pair.evidence.reduce((sum, { weight }) => sum + weight, 0),
      9,
    );
    expect(pair.a).toBeLessThan(pair.b);
  }
});

test("the probability means what it says", () => {
  const { records, truth } = makeUpPeople(10_000, 0.15, "calibration");
  const { pairs } = findDuplicates(records, { probabilityMin: 0.1 });
  const expected = pairs.reduce((sum, pair) => sum + pair.probability, 0);
  const found = pairs.filter((pair) => truth[pair.a] === truth[pair.b]).length;
  expect(Math.abs(expected / found - 1)).toBeLessThan(0.1);
});

test("where nobody is there twice, nobody is joined", () => {
  const { records } = makeUpPeople(4_000, 0, "no duplicates");
  const { pairs } = findDuplicates(records);
  expect(pairs.length).toBeLessThan(8);
  expect(pairs.filter((pair) => pair.automatic)).toEqual([]);
});

test("a handful of customers is enough", () => {
  const records: PersonRecord[] = [
    { id: 1, givenName: "Jürgen", familyName: "Groß", email: "j.gross@example.com", birthDate: "1961-04-02" },
    { id: 2, givenName: "Ada", familyName: "Lovelace", email: "ada@example.org" },
    { id: 3, name: "Dr. Juergen Gross", email: "j.gross@example.com", birthDate: "2.4.1961" },
    { id: 4, givenName: "Grace", familyName: "Hopper", birthDate: "1906-12-09" },
  ];
  const { pairs, clusters } = findDuplicates(records);
  expect(pairs.map(({ a, b }) => [a, b])).toEqual([[1, 3]]);
  expect(pairs[0]!.probability).toBeGreaterThan(0.9);
  expect(pairs[0]!.evidence.map(({ field, level }) => [field, level])).toEqual([
    ["givenName", "exact"],
    ["familyName", "exact"],
    ["birthDate", "exact"],
    ["email", "exact"],
  ]);
  expect(clusters).toEqual([[1, 3]]);
});

test("agreement on a rare name says more than on a common one", () => {
  const { records } = makeUpPeople(3_000, 0.1, "rare");
  const twice = (id: number, familyName: string) =>
    [0, 1].map((more) => ({ id: id + more, givenName: "Anna", familyName, city: "Berlin" }));
  const { pairs } = findDuplicates([...records, ...twice(10_000, "Müller"), ...twice(10_002, "Xylander")], {
    probabilityMin: 0,
  });
  const oddsOf = (id: number) => {
    const { probability } = pairs.find((pair) => pair.a === id && pair.b === id + 1)!;
    return Math.log2(probability / (1 - probability));
  };
  expect(oddsOf(10_002)).toBeGreaterThan(oddsOf(10_000) + 2);
});

const textOrNothing = fc.option(
  fc.oneof(fc.string({ unit: "binary" }), fc.constantFrom("Anna", "1980-01-02", "a@b.c")),
  {
    nil: undefined,
  },
);
const record = fc.record({
  name: textOrNothing,
  givenName: textOrNothing,
  familyName: textOrNothing,
  birthDate: textOrNothing,
  email: textOrNothing,
  phone: textOrNothing,
  street: textOrNothing,
  houseNumber: textOrNothing,
  addressExtra: textOrNothing,
  postcode: textOrNothing,
  city: textOrNothing,
});

test("any text may stand in any field", () => {
  fc.assert(
    fc.property(fc.array(record, { maxLength: 30 }), (people) => {
      const { pairs, clusters } = findDuplicates(
        people.map((one, id) => ({ ...one, id }) as PersonRecord),
        { probabilityMin: 0 },
      );
      for (const { weight, probability } of pairs) {
        expect(Number.isFinite(weight)).toBe(true);
        expect(probability >= 0 && probability <= 1).toBe(true);
      }
      // Nobody is in two clusters.
      const members = clusters.flat();
      expect(new Set(members).size).toBe(members.length);
    }),
    { numRuns: 200 },
  );
});

test("the order of the records does not matter, nor which of two comes first", () => {
  const base = makeUpPeople(400, 0.3, "order").records;
  const first = findDuplicates(base, { probabilityMin: 0.1 });
  fc.assert(
    fc.property(fc.shuffledSubarray(base, { minLength: base.length }), (shuffled) => {
      const again = findDuplicates(shuffled, { probabilityMin: 0.1 });
      expect(again.pairs).toEqual(first.pairs);
      expect(again.clusters).toEqual(first.clusters);
      expect(again.model).toEqual(first.model);
    }),
    { numRuns: 5 },
  );
  // Ids the other way around: the same people are found, with the same certainty up to which pairs were drawn.
  const turned = findDuplicates(
    base.map((one) => ({ ...one, id: base.length - 1 - one.id })),
    { probabilityMin: 0.1 },
  );
  expect(turned.pairs.map(({ a, b }) => `${base.length - 1 - b} ${base.length - 1 - a}`).sort()).toEqual(
    first.pairs.map(({ a, b }) => `${a} ${b}`).sort(),
  );
});

test("records without anything to compare are in no pair", () => {
  const empty = Array.from({ length: 50 }, (_, id) => ({
    id,
    name: " ",
    email: "",
    birthDate: null,
    city: "-",
  }));
  expect(findDuplicates(empty, { probabilityMin: 0 })).toMatchObject({
    pairs: [],
    clusters: [],
    candidates: 0,
  });
  expect(findDuplicates([])).toMatchObject({
    pairs: [],
    clusters: [],
    model: { convergence: { converged: true } },
  });
});

test("ids are whole numbers, and come once", () => {
  expect(() => findDuplicates([{ id: 1 }, { id: 1 }])).toThrow(RangeError);
  expect(() => findDuplicates([{ id: 0.5 }])).toThrow(RangeError);
});
