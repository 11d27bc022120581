import { expect, test } from "vitest";
import { blocksOf } from "./blocking.ts";
import { clustersOf } from "./clusters.ts";
import { makeUpPeople } from "./made-up-people.ts";
import { People, type PersonRecord } from "./people.ts";

function candidatesAmong(records: Iterable<PersonRecord>, pairsPerRecord?: number) {
  const people = new People();
  for (const record of records) people.add(record);
  const blocks = blocksOf(people, pairsPerRecord === undefined ? {} : { pairsPerRecord });
  const found = new Set<string>();
  let calls = 0;
  blocks.eachPair((a, b) => {
    calls++;
    found.add(a < b ? `${a} ${b}` : `${b} ${a}`);
  });
  return { found, calls, blocks };
}

test("nearly all pairs of one person share a key, and each pair comes once", () => {
  const { records, truth, pairs } = makeUpPeople(5_000, 0.2, "blocking");
  const { found, calls } = candidatesAmong(records);
  expect(calls).toBe(found.size);
  const same = [...found].filter((pair) => {
    const [a, b] = pair.split(" ").map(Number);
    return truth[a!] === truth[b!];
  });
  expect(same.length / pairs).toBeGreaterThan(0.98);
  expect(found.size).toBeLessThan(0.05 * ((5_000 * 4_999) / 2));
});

test("a value that everybody has is left out instead of comparing all with all", () => {
  const crowd = Array.from({ length: 30_000 }, (_, id) => ({
    id,
    givenName: "Anna",
    familyName: "Müller",
    birthDate: "1970-01-01",
    email: "info@example.com",
    postcode: "10115",
    city: "Berlin",
  }));
  const { calls, blocks } = candidatesAmong(crowd);
  expect(calls).toBe(0);
  expect(blocks.report.find((one) => one.key === "e-mail")).toMatchObject({ leftOut: 30_000, pairs: 0 });
});

test("a key brings no more pairs than it may", () => {
  const { records } = makeUpPeople(60_000, 0.1, "budget");
  const people = new People();
  for (const record of records) people.add(record);
  for (const { pairs } of blocksOf(people).report) expect(pairs).toBeLessThanOrEqual(250_000);
});

test("a chain does not join what contradicts itself", () => {
  // 0 and 1 are alike, 1 and 2 are, and 3 and 4; but 0 and 2 are surely two people.
  const odds = (a: number, b: number) => (Math.abs(a - b) === 1 && a + b !== 5 ? 6 : -20);
  const pairs = [
    { a: 0, b: 1, odds: 8 },
    { a: 3, b: 4, odds: 7 },
    { a: 1, b: 2, odds: 6 },
  ];
  expect(clustersOf(pairs, odds)).toEqual({
    clusters: [
      [0, 1],
      [3, 4],
    ],
    refused: 1,
  });
  expect(clustersOf(pairs, () => 3).clusters).toEqual([
    [0, 1, 2],
    [3, 4],
  ]);
});
