import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";
import { Random } from "../random.ts";
import { findPersonas } from "./find-personas.ts";
import { assign, fitMixture } from "./mixture.ts";
import { adjustedRandIndex } from "./rand-index.ts";
import { InvalidMixedTable, type MixedTable } from "./table.ts";

/** Customers of so many personas, who differ in two numbers and two kinds; `apart` says by how many deviations. */
function made(
  rows: number,
  personas: number,
  apart: number,
  missing = 0,
): { table: MixedTable; truth: Int32Array } {
  const random = new Random(`made ${rows} ${personas} ${apart}`);
  const truth = Int32Array.from({ length: rows }, () => random.integer(personas));
  const number = (of: (persona: number) => number) =>
    Float64Array.from(truth, (persona) =>
      random.chance(missing) ? Number.NaN : of(persona) + random.normal(),
    );
  const kind = (of: (persona: number) => number) =>
    Int32Array.from(truth, (persona) => {
      if (random.chance(missing)) return -1;
      return apart > 0 && random.chance(0.85) ? of(persona) % 4 : random.integer(4);
    });
  return {
    truth,
    table: {
      rows,
      numbers: [
        { name: "age", values: number((persona) => 40 + apart * (persona % 2)) },
        { name: "orders", values: number((persona) => 5 + apart * Math.floor(persona / 2)) },
      ],
      kinds: [
        { name: "channel", levels: 4, values: kind((persona) => persona) },
        { name: "need", levels: 4, values: kind((persona) => persona + 1) },
      ],
    },
  };
}
const search = (more = {}) => ({ random: new Random("search"), replicates: 8, to: 6, ...more });

describe("the adjusted Rand index", () => {
  test("of what agrees, of what is renamed, and of what is drawn at random", () => {
    expect(adjustedRandIndex([1, 1, 2, 2], [5, 5, 3, 3])).toBe(1);
    // Hubert and Arabie's measure of a published example: Santos and Embrechts (2009), table 2.
    expect(adjustedRandIndex([1, 1, 1, 2, 2, 2], [1, 1, 2, 2, 3, 3])).toBeCloseTo(0.2424, 4);
    const random = new Random("rand");
    const draw = () => Int32Array.from({ length: 5_000 }, () => random.integer(4));
    expect(Math.abs(adjustedRandIndex(draw(), draw()))).toBeLessThan(0.01);
    expect(() => adjustedRandIndex([1], [])).toThrow(RangeError);
  });
});

describe("personas that are there", () => {
  test.each([2, 3, 4])("%i of them are found, with who belongs where", (personas) => {
    const { table, truth } = made(1_200, personas, 4);
    const found = findPersonas(table, search());
    if (!found.ok) throw new Error(found.reason);
    expect(found.mixture.groups).toHaveLength(personas);
    expect(adjustedRandIndex(truth, found.group)).toBeGreaterThan(0.9);
    expect(found.stability).toBeGreaterThan(0.75);
    // The most typical of each is one of its own, and near to its middle.
    found.medoids.forEach((row, group) => {
      expect(found.group[row]).toBe(group);
      const { means, deviations } = found.mixture.groups[group]!;
      expect(Math.abs(table.numbers[0]!.values[row]! - means[0]!)).toBeLessThan(deviations[0]!);
    });
  });

  test("also where a fifth of what is known of them is missing, and of whom nothing is known one is as good as the other", () => {
    const { table, truth } = made(2_000, 3, 5, 0.2);
    const found = findPersonas(table, search());
    if (!found.ok) throw new Error(found.reason);
    expect(adjustedRandIndex(truth, found.group)).toBeGreaterThan(0.75);
    const nobody: MixedTable = {
      rows: 1,
      numbers: table.numbers.map(({ name }) => ({ name, values: Float64Array.of(Number.NaN) })),
      kinds: table.kinds.map(({ name, levels }) => ({ name, levels, values: Int32Array.of(-1) })),
    };
    const largest = Math.max(...found.mixture.groups.map(({ share }) => share));
    expect(assign(nobody, found.mixture.groups).chance[0]).toBeCloseTo(largest, 6);
  });

  test("more rows than are looked at are assigned all the same, and the same seed gives the same", () => {
    const { table, truth } = made(5_000, 2, 4);
    const found = findPersonas(table, search({ rowsMax: 500 }));
    if (!found.ok) throw new Error(found.reason);
    expect(found.group).toHaveLength(5_000);
    expect(adjustedRandIndex(truth, found.group)).toBeGreaterThan(0.9);
    expect(findPersonas(table, search({ rowsMax: 500 }))).toEqual(found);
  });
});

describe("what has no personas is refused", () => {
  test.each([1, 2, 3])("a crowd without structure, drawn for the %i. time", (turn) => {
    const found = findPersonas(made(800 + turn, 1, 0).table, search());
    expect(found.ok).toBe(false);
  });
  test("too few customers, no column, only constant ones", () => {
    expect(findPersonas(made(40, 2, 5).table, search())).toMatchObject({ ok: false, reason: "too_few_rows" });
    const rows = 200;
    expect(findPersonas({ rows, numbers: [], kinds: [] }, search())).toMatchObject({ reason: "no_column" });
    const same = { name: "same", values: new Float64Array(rows).fill(3) };
    const gone = { name: "gone", values: new Float64Array(rows).fill(Number.NaN) };
    expect(findPersonas({ rows, numbers: [same, gone], kinds: [] }, search())).toMatchObject({
      reason: "no_column",
    });
  });
  test("columns of another length and levels that are none", () => {
    const { table } = made(100, 2, 4);
    const short = { ...table, numbers: [{ name: "age", values: new Float64Array(99) }] };
    expect(() => findPersonas(short, search())).toThrow(InvalidMixedTable);
    const wrong = { ...table, kinds: [{ name: "kind", levels: 2, values: new Int32Array(100).fill(2) }] };
    expect(() => findPersonas(wrong, search())).toThrow("not within 0 to 1");
    expect(() => fitMixture(made(2, 1, 0).table, { groups: 3, random: new Random(1) })).toThrow(RangeError);
  });
});

const folder = fileURLToPath(new URL("../../../../shared/data/", import.meta.url));
const telco = `${folder}telco-churn/`;
const present = existsSync(telco);
if (!present) console.warn(`Skipped: there is no real data at ${telco}`);

/** A column of a CSV without quoted commas. */
function columnsOf(text: string) {
  const [header = "", ...lines] = text.trim().split(/\r?\n/);
  const names = header.split(",").map((name) => name.replaceAll('"', ""));
  const rows = lines.map((line) => line.split(",").map((cell) => cell.replaceAll('"', "")));
  const cells = (name: string) => rows.map((row) => row[names.indexOf(name)]!);
  return {
    rows: rows.length,
    number: (name: string) => ({
      name,
      values: Float64Array.from(cells(name), (cell) => (cell.trim() === "" ? Number.NaN : Number(cell))),
    }),
    kind: (name: string) => {
      const levels = [...new Set(cells(name))].sort();
      return {
        name,
        levels: levels.length,
        values: Int32Array.from(cells(name), (cell) => levels.indexOf(cell)),
      };
    },
    cells,
  };
}

test.skipIf(!present)(
  "customers of a telephone company: those who leave are not spread evenly over the personas",
  () => {
    const { rows, number, kind, cells } = columnsOf(readFileSync(`${telco}telco_customer_churn.csv`, "utf8"));
    const found = findPersonas(
      {
        rows,
        numbers: [number("tenure"), number("MonthlyCharges")],
        kinds: ["Contract", "InternetService", "PaymentMethod", "OnlineSecurity", "Partner"].map(kind),
      },
      search({ rowsMax: 1_500, to: 5, replicates: 5 }),
    );
    if (!found.ok) throw new Error(found.reason);
    const churn = cells("Churn");
    const rates = found.mixture.groups.map((_group, persona) => {
      const own = churn.filter((_answer, row) => found.group[row] === persona);
      return own.filter((answer) => answer === "Yes").length / own.length;
    });
    expect(Math.max(...rates) / Math.min(...rates)).toBeGreaterThan(2);
  },
);

describe("what customers did, counted", () => {
  /** Customers of three tastes; the first has seldom bought, the last very often. */
  function tasted(rows: number): { table: MixedTable; truth: Int32Array } {
    const random = new Random("tasted");
    const tastes = [
      [0.7, 0.1, 0.1, 0.1],
      [0.1, 0.7, 0.1, 0.1],
      [0.1, 0.1, 0.4, 0.4],
    ];
    const truth = Int32Array.from({ length: rows }, () => random.integer(3));
    const values = new Float64Array(rows * 4);
    truth.forEach((taste, row) => {
      const times = 4 + Math.floor((60 * row) / rows);
      for (let n = 0; n < times; n++) values[row * 4 + random.pick([0, 1, 2, 3], tastes[taste]!)]!++;
    });
    return {
      truth,
      table: { rows, numbers: [], kinds: [], counts: [{ name: "bought", levels: 4, values }] },
    };
  }

  test("tells tastes apart, and a customer of whom nothing is counted is as likely as the share", () => {
    const { table, truth } = tasted(900);
    const found = findPersonas(table, search({ to: 5 }));
    if (!found.ok) throw new Error(found.reason);
    expect(found.mixture.groups).toHaveLength(3);
    expect(adjustedRandIndex(truth, found.group)).toBeGreaterThan(0.9);
    const own = found.mixture.groups.map(({ mixes }) => Math.max(...mixes[0]!));
    for (const largest of own) expect(largest).toBeGreaterThan(0.35);
    const nobody = {
      ...table,
      rows: 1,
      counts: [{ name: "bought", levels: 4, values: new Float64Array(4) }],
    };
    const largest = Math.max(...found.mixture.groups.map(({ share }) => share));
    expect(assign(nobody, found.mixture.groups).chance[0]).toBeCloseTo(largest, 6);
    for (const [group, row] of found.medoids.entries()) expect(found.group[row]).toBe(group);
  });

  test("counts of another length, and below 0, are refused", () => {
    const counted = (...values: number[]): MixedTable => ({
      ...{ rows: 1, numbers: [], kinds: [] },
      counts: [{ name: "bought", levels: 2, values: Float64Array.from(values) }],
    });
    for (const bad of [counted(1), counted(1, -1), counted(1, Number.NaN)])
      expect(() => fitMixture(bad, { groups: 1, random: new Random("x") })).toThrow(InvalidMixedTable);
  });
});
