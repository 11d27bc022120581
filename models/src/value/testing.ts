import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";
import { historiesOf } from "./histories.ts";

/**
 * The golden numbers that lie beside the project, in ../shared/data/clv. Where they are absent the tests that meet
 * them are skipped and say so; beside each stands a test that needs nothing from outside.
 */
export const folder = fileURLToPath(new URL("../../../../shared/data/clv/", import.meta.url));
export const present = existsSync(`${folder}golden_fits.json`);
if (!present) console.warn(`Skipped: the golden numbers are not at ${folder}`);

// biome-ignore lint/suspicious/noExplicitAny: golden files are data of many shapes, checked by the tests themselves.
export const golden = (file: string): any => JSON.parse(readFileSync(`${folder}${file}`, "utf8"));

/** The rows of a golden table, without its line of names. */
export function goldenRows(file: string): string[][] {
  const lines = readFileSync(`${folder}${file}`, "utf8").trim().split("\n").slice(1);
  return lines.map((line) => line.split(","));
}

/** The CDNOW sample: 39 weeks of calibration, 39 held back. */
export function sample() {
  const rows = goldenRows("cdnow_sample_cbs.csv").map((cells) => cells.map(Number));
  return {
    histories: historiesOf(
      rows.map((row) => ({ repeats: row[1]!, lastWeek: row[2]!, observedWeeks: row[3]! })),
    ),
    meanSpend: Float64Array.from(rows, (row) => row[4]!),
    later: Float64Array.from(rows, (row) => row[6]!),
    laterSpend: Float64Array.from(rows, (row) => row[7]!),
  };
}

export function near(actual: number, truth: number, relative = 1e-9): void {
  const error = Math.abs(actual - truth) / Math.max(Math.abs(truth), 1e-300);
  expect(error, `${actual} against ${truth}`).toBeLessThan(relative);
}
