/**
 * What is known of each customer: columns of numbers side by side, one row a customer. NaN is a missing value.
 */
export interface DriverTable {
  readonly names: readonly string[];
  readonly columns: readonly Float64Array[];
  /** What they may move: any number, or 0 and 1. NaN where it is not known. */
  readonly outcome: Float64Array;
}

/** Why a column takes no part. */
export type LeftOut = "constant" | "mostly_missing" | "same_as_another";

/** The rows and columns that a regression can use, and what was left out of it. */
export interface UsableTable {
  names: string[];
  columns: Float64Array[];
  outcome: Float64Array;
  leftOut: { name: string; reason: LeftOut }[];
  /** Rows without an outcome, or with a missing value in a column that takes part. */
  rowsLeftOut: number;
}

/** A column of which more than this share is missing takes no part: its rows would be the only ones left. */
const missingMax = 0.5;
/** Correlation from which a column says the same as one before it. */
const sameFrom = 0.9999;

/** Throws RangeError for columns of unequal length. */
export function usableTable({ names, columns, outcome }: DriverTable): UsableTable {
  const rows = outcome.length;
  if (names.length !== columns.length || columns.some((column) => column.length !== rows))
    throw new RangeError(
      "Names and columns do not fit each other, or columns differ in length from the outcome.",
    );
  const leftOut: UsableTable["leftOut"] = [];
  const isKnown = Uint8Array.from(outcome, (value) => Number(Number.isFinite(value)));
  const dense = [...names.keys()].filter((at) => {
    let [missing, known] = [0, 0];
    for (let row = 0; row < rows; row++) {
      if (!isKnown[row]) continue;
      known++;
      if (!Number.isFinite(columns[at]![row]!)) missing++;
    }
    if (missing <= known * missingMax) return true;
    leftOut.push({ name: names[at]!, reason: "mostly_missing" });
    return false;
  });
  const kept = [...isKnown.keys()].filter(
    (row) => isKnown[row] && dense.every((at) => Number.isFinite(columns[at]![row]!)),
  );
  const pick = (column: Float64Array) => Float64Array.from(kept, (row) => column[row]!);
  const used: { name: string; column: Float64Array }[] = [];
  for (const at of dense) {
    const column = pick(columns[at]!);
    const { deviation } = momentsOf(column);
    const reason = !(deviation > 0)
      ? "constant"
      : used.some((other) => Math.abs(correlation(other.column, column)) > sameFrom)
        ? "same_as_another"
        : undefined;
    if (reason) leftOut.push({ name: names[at]!, reason });
    else used.push({ name: names[at]!, column });
  }
  return {
    names: used.map(({ name }) => name),
    columns: used.map(({ column }) => column),
    outcome: pick(outcome),
    leftOut,
    rowsLeftOut: rows - kept.length,
  };
}

/** Mean and standard deviation (n - 1). */
export function momentsOf(column: Float64Array): { mean: number; deviation: number } {
  let [mean, squares] = [0, 0];
  column.forEach((value, at) => {
    const difference = value - mean;
    mean += difference / (at + 1);
    squares += difference * (value - mean);
  });
  // Rounding alone makes a constant of large numbers vary a little.
  const isConstant = squares <= column.length * (1e-12 * Math.abs(mean)) ** 2;
  return { mean, deviation: column.length > 1 && !isConstant ? Math.sqrt(squares / (column.length - 1)) : 0 };
}

export function correlation(a: Float64Array, b: Float64Array): number {
  const [ofA, ofB] = [momentsOf(a), momentsOf(b)];
  if (ofA.deviation === 0 || ofB.deviation === 0) return 0;
  let sum = 0;
  for (let row = 0; row < a.length; row++) sum += (a[row]! - ofA.mean) * (b[row]! - ofB.mean);
  return sum / (a.length - 1) / ofA.deviation / ofB.deviation;
}
