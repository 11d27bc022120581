/** Prints the result: as JSON where a program asks for it, else as a person reads it. */
export function print(asJson: boolean, result: unknown, text: () => string): void {
  process.stdout.write(asJson ? `${JSON.stringify(result)}\n` : `${text().trimEnd()}\n`);
}

/** Lines of names and values, aligned. */
export function pairs(rows: readonly (readonly [string, string | number])[]): string {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows
    .map(([name, value]) => `${name.padEnd(width)}  ${typeof value === "number" ? count(value) : value}`)
    .join("\n");
}

/** Rows of equal columns under their names; numbers stand at the right. */
export function table(rows: readonly Record<string, unknown>[]): string {
  const names = [...new Set(rows.flatMap((row) => Object.keys(row)))];
  const cells = rows.map((row) => names.map((name) => cellOf(row[name])));
  const widths = names.map((name, at) => Math.max(name.length, ...cells.map((row) => row[at]!.length)));
  const numeric = names.map((name) =>
    rows.every((row) => row[name] === null || typeof row[name] === "number"),
  );
  const line = (row: string[]) =>
    row
      .map((cell, at) => (numeric[at] ? cell.padStart(widths[at]!) : cell.padEnd(widths[at]!)))
      .join("  ")
      .trimEnd();
  return [line(names), line(widths.map((width) => "-".repeat(width))), ...cells.map(line)].join("\n");
}

function cellOf(value: unknown): string {
  if (value === null || value === undefined) return "";
  return typeof value === "object" ? JSON.stringify(value) : String(value);
}

/** 12,345 */
export const count = (value: number) => new Intl.NumberFormat("en").format(value);

/** Seconds as 1:05 or 0.4 s. */
export function duration(seconds: number): string {
  if (seconds < 10) return `${seconds.toFixed(1)} s`;
  const whole = Math.round(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
}
