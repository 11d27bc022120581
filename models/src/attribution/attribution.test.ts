import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { Random } from "../random.ts";
import { attribute, attributionModels } from "./attribute.ts";
import { ChainFailed, chainOf, type Order, outcome } from "./chain.ts";
import { chooseOrder } from "./choose-order.ts";
import {
  distinctPaths,
  type InvalidJourneys,
  type Journeys,
  journeysFromPaths,
  journeysFromTouches,
  type Path,
  totalsOfJourneys,
} from "./journeys.ts";
import { markovCredit } from "./markov.ts";
import { creditByRule, lastNonDirect, positionBased } from "./rules.ts";
import { shapleyOfRate } from "./shapley.ts";

const path = (text: string, conversions: number, nulls: number, value = conversions * 10): Path => ({
  touches: text.split(" > "),
  ...{ conversions, nulls, value },
});
const byName = ({ channels }: Journeys, credit: Float64Array) =>
  Object.fromEntries(channels.map((channel, at) => [channel, credit[at]!]));

/** Journeys of a handful of channels, as anybody may bring them. */
const some = fc
  .array(
    fc.record({
      touches: fc.array(fc.constantFrom("search", "mail", "shop", "direct"), { minLength: 1, maxLength: 7 }),
      conversions: fc.nat(5),
      nulls: fc.nat(5),
      value: fc.nat(100),
    }),
    { minLength: 1, maxLength: 12 },
  )
  .map((rows) => rows.map((row) => ({ ...row, value: row.conversions ? row.value : 0 })));

describe("attribution, whatever the journeys", () => {
  test("all conversions and their value are given, under each model, and no number is none", () => {
    fc.assert(
      fc.property(some, fc.constantFrom(...attributionModels), (rows, model) => {
        const journeys = journeysFromPaths(rows);
        const found = attribute(journeys, model, { replicates: 3 });
        const totals = totalsOfJourneys(journeys);
        const sum = (credit: Float64Array) => credit.reduce((all, one) => all + one, 0);
        for (const numbers of [found.conversions, found.value, found.range!.value.high])
          expect([...numbers].every(Number.isFinite)).toBe(true);
        // A game of rates may be worth nothing to any single channel; then there is nothing to divide by.
        if (model === "shapley" && sum(found.conversions) === 0) return;
        expect(sum(found.conversions)).toBeCloseTo(totals.conversions, 6);
        if (model !== "shapley") expect(sum(found.value)).toBeCloseTo(totals.value, 6);
      }),
      { numRuns: 300 },
    );
  });

  test("the chain of every order foretells the rate that was observed", () => {
    fc.assert(
      fc.property(some, fc.constantFrom<Order>(1, 2, 3, 4), (rows, order) => {
        const journeys = journeysFromPaths(rows);
        const { conversions, nulls, value } = totalsOfJourneys(journeys);
        fc.pre(conversions + nulls > 0);
        const chain = chainOf(journeys, order);
        const whole = outcome(chain, new Uint8Array(chain.states.length));
        expect(whole.conversion).toBeCloseTo(conversions / (conversions + nulls), 11);
        expect(whole.value).toBeCloseTo(value / (conversions + nulls), 8);
      }),
      { numRuns: 300 },
    );
  });

  test("other names, another order of rows, and rows told apart change nothing", () => {
    fc.assert(
      fc.property(
        some,
        fc.constantFrom("first", "linear", "position", "markov", "shapley"),
        (rows, model) => {
          const settings = { order: 2, replicates: 0 } as const;
          const journeys = journeysFromPaths(rows);
          const before = byName(journeys, attribute(journeys, model, settings).conversions);
          const apart = rows.toReversed().flatMap((row) => [
            { ...row, touches: row.touches.map((name) => `to ${name}`), nulls: 0 },
            { ...row, touches: row.touches.map((name) => `to ${name}`), conversions: 0, value: 0 },
          ]);
          const other = journeysFromPaths(apart);
          const after = byName(other, attribute(other, model, settings).conversions);
          for (const [name, credit] of Object.entries(before))
            expect(after[`to ${name}`]).toBeCloseTo(credit, 6);
        },
      ),
      { numRuns: 200 },
    );
  });

  test("distinct paths are the same journeys", () => {
    fc.assert(
      fc.property(some, (rows) => {
        const journeys = journeysFromPaths([...rows, ...rows]);
        const distinct = distinctPaths(journeys);
        expect(distinct.offsets.length - 1).toBe(new Set(rows.map((row) => row.touches.join(" > "))).size);
        expect(totalsOfJourneys(distinct)).toEqual(totalsOfJourneys(journeys));
      }),
    );
  });
});

describe("a chain that can be reckoned by hand", () => {
  // Half of the journeys go from search to mail. Of search alone 1 of 4 converts, of mail after it 2 of 4.
  const journeys = journeysFromPaths([path("search", 1, 3), path("search > mail", 2, 2)]);

  test("removal effects", () => {
    const found = markovCredit(journeys, 1);
    // From search: 4 of 8 go on to mail, 1 of 8 converts; from mail 2 of 4 convert.
    expect(found.conversionChance).toBeCloseTo(3 / 8, 14);
    // Without mail only 1 of 8 converts, without search none.
    expect(byName(journeys, found.removalEffects).mail).toBeCloseTo(1 - 1 / 8 / (3 / 8), 14);
    expect(byName(journeys, found.removalEffects).search).toBe(1);
    expect(byName(journeys, found.conversions)).toEqual({
      search: expect.closeTo(1.8, 12),
      mail: expect.closeTo(1.2, 12),
    });
  });

  test("the Shapley value of the rate", () => {
    // v(search) = 1/4, v(mail) = 0, v(both) = 3/8.
    const found = shapleyOfRate(journeys, { orders: 0, random: new Random(1) });
    expect(byName(journeys, found.raw)).toEqual({
      search: expect.closeTo((1 / 4 + 3 / 8) / 2, 14),
      mail: expect.closeTo((3 / 8 - 1 / 4) / 2, 14),
    });
  });

  test("many states are solved as exactly as few", () => {
    const random = new Random("many states");
    const channels = Array.from({ length: 30 }, (_, n) => `channel ${n}`);
    const rows = Array.from({ length: 400 }, () => ({
      touches: Array.from({ length: 1 + random.integer(9) }, () => random.pick(channels)),
      ...{ conversions: 1 + random.integer(3), nulls: random.integer(9), value: 1 },
    }));
    const many = journeysFromPaths(rows);
    const chain = chainOf(many, 2);
    expect(chain.states.length).toBeGreaterThan(64);
    const { conversions, nulls } = totalsOfJourneys(many);
    const whole = outcome(chain, new Uint8Array(chain.states.length));
    expect(Math.abs(whole.conversion - conversions / (conversions + nulls))).toBeLessThan(1e-12);
  });
});

describe("rules", () => {
  test("the last touch that is not direct, and the last where all are", () => {
    const journeys = journeysFromPaths([path("mail > direct > direct", 3, 0), path("direct > direct", 1, 0)]);
    const direct = journeys.channels.indexOf("direct");
    expect(byName(journeys, creditByRule(journeys, lastNonDirect(direct)).conversions)).toEqual({
      mail: 3,
      direct: 1,
    });
  });

  test("shares by position hold for one, two and three touches", () => {
    const shares = (text: string) => {
      const journeys = journeysFromPaths([path(text, 1, 0)]);
      return byName(journeys, creditByRule(journeys, positionBased(0.5, 0.3)).conversions);
    };
    expect(shares("a")).toEqual({ a: 1 });
    expect(shares("a > b")).toEqual({ a: expect.closeTo(0.625), b: expect.closeTo(0.375) });
    expect(shares("a > b > c")).toEqual({
      ...{ a: expect.closeTo(0.5), b: expect.closeTo(0.2), c: expect.closeTo(0.3) },
    });
  });

  test("a conversion ends a journey, and the look-back leaves the converting touch", () => {
    const touch = (day: number, channel: string, converted = false) => ({
      ...{ customer: "ada", day, channel, converted, value: converted ? 5 : 0 },
    });
    const journeys = journeysFromTouches(
      [touch(40, "mail", true), touch(1, "search"), touch(39, "shop"), touch(50, "search")],
      { lookbackDays: 30 },
    );
    expect(journeys.offsets.length - 1).toBe(2);
    expect([...journeys.touches].map((one) => journeys.channels[one])).toEqual(["shop", "mail", "search"]);
    expect([...journeys.daysBefore!]).toEqual([1, 0, Number.NaN]);
    expect(totalsOfJourneys(journeys)).toEqual({ conversions: 1, value: 5, nulls: 1 });
  });
});

describe("the order of the chain", () => {
  /** Whether a visitor converts depends on the last touch only, or on the two before it as well. */
  const made = (depth: 1 | 2) => {
    const random = new Random(`depth ${depth}`);
    return journeysFromPaths(
      Array.from({ length: 4_000 }, () => {
        const touches = [random.pick(["a", "b", "c"])];
        for (;;) {
          const last = touches.at(-1);
          const hot = depth === 1 ? last === "c" : last === "c" && touches.at(-2) === "a";
          if (random.chance(hot ? 0.7 : 0.05)) return { touches, conversions: 1, value: 1, nulls: 0 };
          if (random.chance(0.3)) return { touches, conversions: 0, value: 0, nulls: 1 };
          touches.push(random.pick(["a", "b", "c"]));
        }
      }),
    );
  };
  test.each([1, 2] as const)("is found where %i touches count", (depth) => {
    const choice = chooseOrder(distinctPaths(made(depth)), new Random("folds"))!;
    expect(choice.order).toBe(depth);
    expect(choice.scores).toHaveLength(4);
  });
  test("is not chosen from a handful of journeys", () => {
    expect(chooseOrder(journeysFromPaths([path("a > b", 2, 3)]), new Random(1))).toBeUndefined();
  });
});

describe("what cannot be", () => {
  test.each([
    ["no_touch", { ...path("a", 1, 1), touches: [] }],
    ["no_channel", path(" > a".trimStart(), 1, 1)],
    ["not_a_number", path("a", Number.NaN, 1, 0)],
    ["negative", path("a", 1, -1)],
    ["value_without_conversion", path("a", 0, 1, 4)],
  ] as const)("is refused with its row: %s", (fault, row) => {
    const rows = [path("a", 1, 1), fault === "no_channel" ? { ...row, touches: ["a", ""] } : row];
    expect(() => journeysFromPaths(rows)).toThrow(
      expect.objectContaining({ row: 1, fault } as InvalidJourneys),
    );
  });

  test("a journey of 10,000 touches, a single channel, and no conversion at all", () => {
    const long = Array.from({ length: 10_000 }, (_, n) => ["a", "b", "c"][n % 3]!);
    const journeys = journeysFromPaths([
      { touches: long, conversions: 1, nulls: 0, value: 1 },
      path("a", 0, 1),
    ]);
    const found = attribute(journeys, "markov", { order: 3, replicates: 0 });
    expect(found.conversions.reduce((sum, one) => sum + one, 0)).toBeCloseTo(1, 9);
    const alone = journeysFromPaths([path("a", 3, 4)]);
    for (const model of attributionModels)
      expect([...attribute(alone, model, { replicates: 0 }).conversions]).toEqual([3]);
    const none = journeysFromPaths([path("a > b", 0, 4)]);
    for (const model of attributionModels)
      expect([...attribute(none, model, { replicates: 0 }).conversions]).toEqual([0, 0]);
  });

  test("a chain of too many states says so", () => {
    const channels = Array.from({ length: 9_000 }, (_, n) => `c${n}`);
    const journeys = journeysFromPaths(
      Array.from({ length: 9_000 }, (_, n) => ({
        touches: [channels[n]!, channels[(n * 7) % 9_000]!, channels[(n * 11) % 9_000]!],
        ...{ conversions: 1, nulls: 0, value: 1 },
      })),
    );
    expect(() => markovCredit(journeys, 3)).toThrow(ChainFailed);
  });

  test("beyond 20 channels the Shapley value is drawn, and its error holds the truth", () => {
    const channels = Array.from({ length: 24 }, (_, n) => `c${n}`);
    // The rate is the same for every coalition that has a journey: each channel adds nothing but by coming first.
    const journeys = journeysFromPaths(channels.map((name) => path(name, 1, 3)));
    const { raw, halfWidths, ofAll } = shapleyOfRate(journeys, {
      orders: 3_000,
      random: new Random("drawn"),
    });
    expect(ofAll).toBeCloseTo(0.25, 12);
    expect(raw.reduce((sum, one) => sum + one, 0)).toBeCloseTo(0.25, 9);
    const misses = [...raw].filter((one, at) => Math.abs(one - 0.25 / 24) > halfWidths[at]! * 1.5);
    expect(misses.length).toBeLessThanOrEqual(2);
    expect(Math.max(...halfWidths)).toBeLessThan(0.003);
  });
});
