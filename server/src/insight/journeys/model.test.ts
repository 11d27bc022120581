import { expect, test } from "vitest";
import { barsOf, foldedLabel, foldPaths, wilson } from "./model.ts";

test("bars tell who reached a step, who was lost and who may still come", () => {
  const bars = barsOf(
    [
      { level: 1, segment: "", pending: false, customers: 40 },
      { level: 1, segment: "", pending: true, customers: 10 },
      { level: 2, segment: "", pending: false, customers: 20 },
      { level: 3, segment: "", pending: false, customers: 30 },
    ],
    3,
  );
  expect(bars.map(({ customers, lost, pending }) => [customers, lost, pending])).toEqual([
    [100, 40, 10],
    [50, 20, 0],
    [30, 0, 0],
  ]);
  expect(bars[1]!.share!.estimate).toBe(0.5);
});

test("Wilson's interval holds at the ends, and for the published example", () => {
  expect(wilson(0, 0)).toBeNull();
  expect(wilson(0, 10)!.low).toBe(0);
  expect(wilson(10, 10)!.high).toBe(1);
  // Newcombe (1998), table I: 81 of 263 has 0.2553 to 0.3662.
  expect(wilson(81, 263)!.low).toBeCloseTo(0.2553, 4);
  expect(wilson(81, 263)!.high).toBeCloseTo(0.3662, 4);
});

test("small nodes are folded into one, and nobody is lost by it", () => {
  const labels = ["a", "b", "c", "d", "e"];
  const links = labels.map((from, i) => ({
    fromColumn: 0,
    from,
    toColumn: 1,
    to: "bought",
    customers: 50 - i * 10,
  }));
  const { nodes, links: folded } = foldPaths(links, 1, 2);
  expect(nodes.filter((node) => node.column === 0)).toEqual([
    { column: 0, label: foldedLabel, customers: 60 },
    { column: 0, label: "a", customers: 50 },
    { column: 0, label: "b", customers: 40 },
  ]);
  expect(folded.reduce((sum, link) => sum + link.customers, 0)).toBe(150);
  expect(nodes.find((node) => node.column === 1)).toEqual({ column: 1, label: "bought", customers: 150 });
  // One label too many stays, for folding it alone would only hide its name.
  expect(foldPaths(links, 1, 4).nodes.filter((node) => node.column === 0).length).toBe(5);
});
