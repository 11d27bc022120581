import { describe, expect, test } from "vitest";
import { Random } from "../random.ts";
import { logistic } from "../special.ts";
import { findDrivers } from "./drivers.ts";
import { correlation, type DriverTable } from "./table.ts";

const drawing = (replicates = 0) => ({ replicates, random: new Random("drawing") });

/** Customers with three correlated scores; a shared mood stands behind the first two. */
function made(
  rows: number,
  outcomeOf: (a: number, b: number, c: number, random: Random) => number,
): DriverTable {
  const random = new Random(`drivers ${rows}`);
  const columns = [0, 1, 2].map(() => new Float64Array(rows));
  const outcome = new Float64Array(rows);
  for (let row = 0; row < rows; row++) {
    const mood = random.normal();
    const [a, b, c] = [mood + random.normal(), mood + random.normal(), random.normal()];
    [a, b, c].forEach((value, at) => {
      columns[at]![row] = value;
    });
    outcome[row] = outcomeOf(a, b, c, random);
  }
  return { names: ["delivery", "advice", "price"], columns, outcome };
}
const found = (table: DriverTable, replicates = 0, confounders: string[] = []) => {
  const drivers = findDrivers(table, drawing(replicates), confounders);
  if (!drivers.ok) throw new Error(drivers.reason);
  return { ...drivers, of: (name: string) => drivers.drivers.find((one) => one.name === name)! };
};

describe("a score as outcome", () => {
  const table = made(4_000, (a, b, _c, random) => 3 + 0.8 * a + 0.2 * b + random.normal());
  test("effects hold the truth, and weights add up", () => {
    const { of, drivers } = found(table, 50);
    for (const [name, truth] of [
      ["delivery", 0.8],
      ["advice", 0.2],
      ["price", 0],
    ] as const) {
      expect(of(name).low, name).toBeLessThan(truth);
      expect(of(name).high, name).toBeGreaterThan(truth);
      expect(of(name).weight).toBeGreaterThanOrEqual(of(name).weightLow - 0.02);
      expect(of(name).weight).toBeLessThanOrEqual(of(name).weightHigh + 0.02);
    }
    expect(drivers.map(({ name }) => name)).toEqual(["delivery", "advice", "price"]);
    expect(drivers.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 12);
  });

  test("two weights are what dominance analysis gives them", () => {
    // For two columns both are the same: half of what it explains alone, and half of what it adds to the other. Johnson (2000).
    const [a, b] = table.columns as [Float64Array, Float64Array, Float64Array];
    const pair = found({ names: ["a", "b"], columns: [a, b], outcome: table.outcome });
    const [ofA, ofB] = [correlation(a, table.outcome) ** 2, correlation(b, table.outcome) ** 2];
    const dominance = (ofA + (pair.explained - ofB)) / 2;
    expect(pair.of("a").weight).toBeCloseTo(dominance / pair.explained, 10);
  });

  test("what is held equal takes its part, and is not shown", () => {
    const { drivers, of } = found(table, 0, ["delivery"]);
    expect(drivers.map(({ name }) => name)).toEqual(["advice", "price"]);
    expect(of("advice").effect).toBeCloseTo(0.2, 1);
  });
});

test("a chance as outcome: the effect is the difference that one more makes to it", () => {
  const chance = (a: number, b: number) => logistic(-1 + 0.9 * a + 0.3 * b);
  const table = made(20_000, (a, b, _c, random) => Number(random.chance(chance(a, b))));
  const { of, explained } = found(table, 20);
  const [a, b] = table.columns as [Float64Array, Float64Array, Float64Array];
  let truth = 0;
  for (let row = 0; row < a.length; row++)
    truth += (chance(a[row]! + 1, b[row]!) - chance(a[row]!, b[row]!)) / a.length;
  expect(of("delivery").low).toBeLessThan(truth);
  expect(of("delivery").high).toBeGreaterThan(truth);
  expect(of("delivery").high - of("delivery").low).toBeLessThan(0.03);
  expect(of("delivery").weight).toBeGreaterThan(0.6);
  expect(of("price").weight).toBeLessThan(0.01);
  expect(explained).toBeGreaterThan(0.1);
});

test("intervals hold the truth in about 95 of 100 worlds", () => {
  let [held, worlds] = [0, 0];
  for (let seed = 0; seed < 200; seed++) {
    const random = new Random(`world ${seed}`);
    const column = Float64Array.from({ length: 120 }, () => random.normal());
    const outcome = column.map((value) => 0.5 * value + random.normal());
    const { low, high } = found({ names: ["score"], columns: [column], outcome }).of("score");
    worlds++;
    if (low <= 0.5 && high >= 0.5) held++;
  }
  expect(held / worlds).toBeGreaterThan(0.9);
});

describe("what can say nothing, says why", () => {
  const table = made(300, (a, _b, _c, random) => a + random.normal());
  const why = (other: Partial<DriverTable>) => {
    const drivers = findDrivers({ ...table, ...other }, drawing());
    return drivers.ok ? "ok" : drivers.reason;
  };
  test("too few rows, one customer, none", () => {
    const few = (rows: number) => ({
      columns: table.columns.map((column) => column.slice(0, rows)),
      outcome: table.outcome.slice(0, rows),
    });
    for (const rows of [20, 1, 0]) expect(why(few(rows)), String(rows)).not.toBe("ok");
  });
  test("an outcome that never varies", () => {
    expect(why({ outcome: table.outcome.map(() => 7) })).toBe("constant_outcome");
    expect(why({ outcome: table.outcome.map(() => 1) })).toBe("constant_outcome");
  });
  test("a score that tells the outcome without fail", () => {
    expect(why({ outcome: table.columns[0]!.map((value) => Number(value > 0)) })).toBe("separated");
  });
  test("scores that determine each other", () => {
    const [a, b] = table.columns as [Float64Array, Float64Array, Float64Array];
    expect(why({ columns: [a, b, a.map((value, row) => value + b[row]!)] })).toBe("collinear");
  });
  test("constant, doubled and mostly missing scores are left out, and named", () => {
    const [a, b] = table.columns as [Float64Array, Float64Array, Float64Array];
    const wide = {
      names: ["a", "b", "always 4", "a again", "hardly known"],
      columns: [
        a,
        b,
        a.map(() => 4),
        a.map((value) => 2 * value + 1),
        a.map((value, row) => (row % 100 ? Number.NaN : value)),
      ],
      outcome: table.outcome,
    };
    const { leftOut, drivers } = found(wide);
    expect(leftOut).toEqual([
      { name: "hardly known", reason: "mostly_missing" },
      { name: "always 4", reason: "constant" },
      { name: "a again", reason: "same_as_another" },
    ]);
    expect(drivers).toHaveLength(2);
  });
  test("rows with a missing value are counted", () => {
    const [a, b, c] = table.columns as [Float64Array, Float64Array, Float64Array];
    const gaps = { ...table, columns: [a.map((value, row) => (row % 10 ? value : Number.NaN)), b, c] };
    expect(found(gaps)).toMatchObject({ rowsLeftOut: 30, customers: 270 });
  });
});
