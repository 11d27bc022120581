import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import { parse } from "csv-parse/sync";
import { CommandFailed } from "../command.ts";

/** A table as a file has it: names of columns, and cells as text. */
export interface Table {
  path: string;
  names: string[];
  rows: string[][];
}

/** Reads a CSV file, gzipped or not, divided by commas, semicolons or tabs. Refuses file.*. */
export async function readTable(path: string): Promise<Table> {
  let bytes: Buffer;
  try {
    bytes = await readFile(path);
  } catch (error) {
    throw new CommandFailed("file.unreadable", `${path} cannot be read: ${(error as Error).message}`);
  }
  if (bytes[0] === 0x1f && bytes[1] === 0x8b) {
    try {
      bytes = gunzipSync(bytes);
    } catch (error) {
      throw new CommandFailed(
        "file.unreadable",
        `${path} is a damaged gzip file: ${(error as Error).message}`,
      );
    }
  }
  const text = bytes.toString("utf8");
  const head = text.replace(/^\uFEFF/, "").trimStart();
  if (head === "") {
    throw new CommandFailed(
      "file.empty",
      `${path} is empty. Its first line must name the columns, such as id,x,t_x,T.`,
    );
  }
  const firstLine = head.slice(0, head.search(/[\r\n]|$/));
  const delimiter = [",", ";", "\t"].reduce((most, mark) =>
    firstLine.split(mark).length > firstLine.split(most).length ? mark : most,
  );
  let cells: string[][];
  try {
    cells = parse(text, {
      bom: true,
      delimiter,
      trim: true,
      skip_empty_lines: true,
      relax_column_count: true,
    });
  } catch (error) {
    throw new CommandFailed("file.not_csv", `${path} is not CSV: ${(error as Error).message}`);
  }
  const [names, ...rows] = cells as [string[], ...string[][]];
  const twice = names.find((name, at) => name !== "" && names.indexOf(name) !== at);
  if (twice)
    throw new CommandFailed("file.column_twice", `${path} has two columns named ${twice}. Rename one.`);
  if (rows.length === 0) {
    throw new CommandFailed(
      "file.no_rows",
      `${path} has names of columns (${names.join(", ")}) but no row below them.`,
    );
  }
  return { path, names, rows };
}

/** Where a column stands, by the first of its names that the table has. */
export function columnAt(table: Table, names: readonly string[]): number | undefined {
  for (const name of names) {
    const at = table.names.indexOf(name);
    if (at >= 0) return at;
  }
  return undefined;
}

/** Line `row` of the table as an editor counts it, the names being line 1. */
export const lineOf = (row: number): number => row + 2;

/** A cell as a number, or the reason why it is none. */
export function numberIn(table: Table, row: number, at: number): number | string {
  const text = table.rows[row]![at] ?? "";
  if (text === "") return `${table.names[at]} is empty`;
  const value = Number(text);
  if (Number.isFinite(value)) return value;
  return `${table.names[at]} is "${text.slice(0, 40)}", not a number${/^-?\d+,\d+$/.test(text) ? " (write a point, not a comma)" : ""}`;
}

/** Rows that cannot be, and why; nothing is left out silently. */
export class Faults {
  private readonly found: { line: number; reason: string }[] = [];

  constructor(private readonly table: Table) {}

  add(row: number, reason: string): void {
    this.found.push({ line: lineOf(row), reason });
  }

  get count(): number {
    return this.found.length;
  }

  /** Refuses rows.invalid, naming the first ones, unless the caller leaves such rows out. */
  refuseUnless(skip: boolean): void {
    if (skip || this.count === 0) return;
    const shown = this.found.slice(0, 3).map(({ line, reason }) => `line ${line}: ${reason}`);
    const more = this.count > 3 ? `; and ${this.count - 3} more` : "";
    throw new CommandFailed(
      "rows.invalid",
      `${this.table.path} has ${this.count === 1 ? "a row" : `${this.count} rows`} that cannot be (${shown.join("; ")}${more}). ` +
        "Correct them, or leave such rows out with --skip-invalid.",
    );
  }
}
