import { describe, expect, test } from "vitest";
import { Random } from "../random.ts";
import { bundles } from "./bundles.ts";
import { ease, popularity } from "./ease.ts";
import { best, evaluateRanking } from "./evaluate.ts";
import { basketOf, basketsOf, checkedPurchases, InvalidPurchases, type ItemPurchases } from "./purchases.ts";

const purchases = (
  rows: readonly (readonly [customer: number, item: number, time: number])[],
): ItemPurchases => ({
  customer: Int32Array.from(rows, ([customer]) => customer),
  item: Int32Array.from(rows, ([, item]) => item),
  time: Float64Array.from(rows, ([, , time]) => time),
  customers: Math.max(0, ...rows.map(([customer]) => customer + 1)),
  items: Math.max(0, ...rows.map(([, item]) => item + 1)),
});

/** Customers of three tastes with ten items each; one item of them all is bought by half of everybody. */
function shop(customers: number): ItemPurchases {
  const random = new Random(`shop ${customers}`);
  return purchases(
    Array.from({ length: customers }, (_, customer) => {
      const taste = customer % 3;
      const own = Array.from(
        { length: 6 },
        (_one, time) => [customer, taste * 10 + random.integer(10), time] as const,
      );
      return random.chance(0.5) ? [...own, [customer, 30, random.integer(6)] as const] : own;
    }).flat(),
  );
}

describe("what to offer next", () => {
  test("fits the taste, and is better than what everybody buys", () => {
    const all = shop(1_500);
    const before = basketsOf(all, { to: 4 });
    const after = basketsOf(all, { from: 4 });
    const model = evaluateRanking(ease(before, 50), before, after, 5)!;
    const plain = evaluateRanking(popularity(before), before, after, 5)!;
    expect(model.customers).toBe(plain.customers);
    expect(model.recall).toBeGreaterThan(plain.recall * 1.5);
    expect(model.ndcg).toBeGreaterThan(plain.ndcg * 1.3);
    expect(model.recall).toBeLessThanOrEqual(1);
    const offered = best(ease(before, 50).score(basketOf(before, 1)), new Set(basketOf(before, 1)), 3);
    for (const item of offered) expect([...Array(10).keys()].map((n) => 10 + n).concat(30)).toContain(item);
  });

  test("two items in closed form", () => {
    // 3 customers have both, 1 has the first alone; penalty 2: P = (G + 2I)⁻¹, G = [[4,3],[3,3]], so B12 = 3 / 6 and B21 = 3 / 5.
    const baskets = basketsOf(
      purchases([
        [0, 0, 0],
        [0, 1, 0],
        [1, 0, 0],
        [1, 1, 0],
        [2, 0, 0],
        [2, 1, 0],
        [3, 0, 0],
      ]),
    );
    const model = ease(baskets, 2);
    expect(model.score(Int32Array.of(0))[1]).toBeCloseTo(3 / 6, 12);
    expect(model.score(Int32Array.of(1))[0]).toBeCloseTo(3 / 5, 12);
    expect(model.score(Int32Array.of(0))[0]).toBe(0);
  });

  test("a perfect order of offers has an NDCG of 1, and customers without a past or a future do not count", () => {
    const all = purchases([
      [0, 0, 0],
      [0, 1, 5],
      [0, 2, 5],
      [1, 0, 0],
      [2, 1, 5],
    ]);
    const [before, after] = [basketsOf(all, { to: 1 }), basketsOf(all, { from: 1 })];
    const oracle = { name: "ease" as const, score: () => Float64Array.of(0, 9, 8) };
    expect(evaluateRanking(oracle, before, after, 2)).toEqual({
      ...{ name: "ease", k: 2, recall: 1, ndcg: 1, error: 0, customers: 1 },
    });
    expect(evaluateRanking(oracle, before, before, 2)).toBeUndefined();
  });
});

describe("bundles", () => {
  test("what is bought together more often than by chance, and nothing of what is not", () => {
    const random = new Random("bundles");
    const rows = Array.from({ length: 4_000 }, (_, customer) => {
      const own = Array.from({ length: 12 }, (_one, item) => item).filter(() => random.chance(0.15));
      // Whoever has item 0 takes item 1 three times as often as others do.
      if (own.includes(0) && !own.includes(1) && random.chance(0.35)) own.push(1);
      return own.map((item) => [customer, item, 0] as const);
    }).flat();
    const found = bundles(basketsOf(purchases(rows)));
    expect(found.map(({ first, second }) => [first, second])).toEqual([[0, 1]]);
    expect(found[0]!.low).toBeGreaterThan(1.5);
    expect(found[0]!.high).toBeGreaterThan(found[0]!.lift);
  });
  test("a shop with nothing in it has none", () => {
    expect(bundles(basketsOf(purchases([])))).toEqual([]);
    expect(bundles(basketsOf(purchases([[0, 0, 0]])))).toEqual([]);
  });
});

test("purchases of nobody, of nothing and at no time are refused", () => {
  const good = purchases([
    [0, 0, 0],
    [1, 1, 1],
  ]);
  expect(checkedPurchases(good)).toBe(good);
  expect(() => checkedPurchases({ ...good, items: 1 })).toThrow(InvalidPurchases);
  expect(() => checkedPurchases({ ...good, time: Float64Array.of(0, Number.NaN) })).toThrow("Row 1");
  expect(() => checkedPurchases({ ...good, time: new Float64Array(1) })).toThrow("differ in length");
  const wide = { offsets: new Int32Array(1), items: new Int32Array(0), size: 5_000 };
  expect(() => ease(wide, 10)).toThrow(RangeError);
});
