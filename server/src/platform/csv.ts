/** What a spreadsheet takes for the start of a formula; the wide forms count, as some of them read them as the narrow ones. */
const formulaStart = /^[=+\-@\t\r\n＝＋－＠]/;

/**
 * The same behind what may end a cell. In many countries spreadsheets part cells at semicolons, whatever a file means by
 * them, and to such a reader a quotation mark within a line is a letter like others.
 */
const formulaWithin = /([;\t\r\n]"*)(?=[=+\-@＝＋－＠])/g;

/** A cell of CSV. A text that a spreadsheet would take for a formula gets an apostrophe; a number stays one. */
export function csvCell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const isFormula = formulaStart.test(value) && !/^[+-]?\d+([.,]\d+)*$/.test(value);
  const safe = (isFormula ? `'${value}` : value).replace(formulaWithin, "$1'");
  return /[",\n\r]/.test(safe) || safe !== safe.trim() ? `"${safe.replaceAll('"', '""')}"` : safe;
}

/** Rows as lines of CSV, each with its end. */
export const csvLines = (rows: readonly (readonly (string | number)[])[]): string =>
  rows.map((row) => `${row.map(csvCell).join(",")}\r\n`).join("");
