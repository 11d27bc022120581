/** A cell of CSV. A text that a spreadsheet would take for a formula gets an apostrophe; a number stays one. */
export function csvCell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const isFormula = /^[=+\-@\t\r\n＝＋－＠]/.test(value) && !/^[+-]?\d+([.,]\d+)*$/.test(value);
  const safe = isFormula ? `'${value}` : value;
  return /[",\n\r]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as lines of CSV, each with its end. */
export const csvLines = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");
