import { parse } from "csv-parse/sync";
import { z } from "zod";
import { refuse } from "../../platform/refusal.ts";
import { refuseOther } from "./other-formats.ts";
import { isJson, sniffJson } from "./sniff-json.ts";

/** What a file is by its content: columns divided by a mark, or a JSON object in each line, or Parquet. */
export const FileFormat = z.enum(["csv", "json", "parquet"]);
export type FileFormat = z.infer<typeof FileFormat>;

/** What the first bytes of a file say about how it is written. */
export interface Sniffed {
  format: FileFormat;
  delimiter: string;
  encoding: "utf-8" | "windows-1252";
  bom: boolean;
  /** Lines end in a lone carriage return, as very old programs write them. */
  oldLineEnds: boolean;
  header: string[];
  rows: string[][];
}

/** Bytes that are looked at. */
export const headBytes = 256 * 1024;

const delimiters = [",", ";", "\t", "|"];

/**
 * Reads encoding, delimiter and header from the head of a file.
 * Refuses file.empty, file.not_csv, file.utf16, file.no_rows, file.header_twice.
 */
export function sniff(head: Buffer, name: string, rowsMax = 20): Sniffed {
  if ((head[0] === 0xff && head[1] === 0xfe) || (head[0] === 0xfe && head[1] === 0xff)) {
    refuse(
      "invalid",
      "file.utf16",
      `The file ${name} is written in UTF-16. Save it as “CSV UTF-8” and send that.`,
      { name },
    );
  }
  refuseOther(head, name);
  if (head.subarray(0, 4096).includes(0)) notCsv(name);
  const bom = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf;
  const bytes = bom ? head.subarray(3) : head;
  const encoding = isUtf8(bytes) ? "utf-8" : "windows-1252";
  const text = new TextDecoder(encoding).decode(bytes);
  if (text.trim() === "")
    refuse("invalid", "file.empty", `The file ${name} is empty. Export it again.`, { name });
  if (isJson(text)) return { ...sniffJson(text, name, rowsMax), encoding, bom };
  const oldLineEnds = !text.includes("\n") && text.includes("\r");

  const delimiter = bestDelimiter(text);
  if (!delimiter) notCsv(name);
  const [header = [], ...rows] = records(text, delimiter, rowsMax + 1);
  const names = header.map((column) => column.trim());
  const filled = names.filter(Boolean);
  if (filled.length < 2) notCsv(name);
  const twice = filled.find((column, at) => filled.indexOf(column) !== at);
  if (twice !== undefined) {
    refuse(
      "invalid",
      "file.header_twice",
      `The header of ${name} names the column “${twice}” twice. Rename one of them.`,
      { name, column: twice },
    );
  }
  if (filled.every((column) => /^[\d.,:\-/ ]+$/.test(column))) {
    refuse(
      "invalid",
      "file.no_header",
      `The first line of ${name} holds values, not the names of columns. Add a header line.`,
      { name },
    );
  }
  if (!rows.length)
    refuse("invalid", "file.no_rows", `The file ${name} has a header and no lines.`, { name });
  return { format: "csv", delimiter, encoding, bom, oldLineEnds, header: names, rows };
}

function notCsv(name: string): never {
  refuse(
    "invalid",
    "file.not_csv",
    `The file ${name} is no CSV: no delimiter divides its lines into columns. Export it as CSV.`,
    { name },
  );
}

/** Valid UTF-8; a character that the end of the head cuts in two does not count. */
function isUtf8(bytes: Buffer): boolean {
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

/** Records of the head's text. The last one may be cut, so it is left out unless it is alone. */
function records(text: string, delimiter: string, max: number): string[][] {
  const lastBreak = Math.max(text.lastIndexOf("\n"), text.lastIndexOf("\r"));
  const whole = lastBreak > 0 && text.length > headBytes / 4 ? text.slice(0, lastBreak + 1) : text;
  try {
    return parse(whole, {
      delimiter,
      to: max,
      relax_quotes: true,
      relax_column_count: true,
      skip_empty_lines: true,
      skip_records_with_error: true,
    }) as string[][];
  } catch {
    return [];
  }
}

/** The delimiter that divides the most lines into as many columns as the header has. */
function bestDelimiter(text: string): string | undefined {
  let best: { delimiter: string; score: number } | undefined;
  for (const delimiter of delimiters) {
    const [header, ...rows] = records(text, delimiter, 50);
    if (!header || header.length < 2) continue;
    const even = rows.length ? rows.filter((row) => row.length === header.length).length / rows.length : 1;
    const score = even * 1000 + header.length;
    if (!best || score > best.score) best = { delimiter, score };
  }
  return best?.delimiter;
}

export type DateFormat = "iso" | "dmy" | "mdy" | "unix";

/** Patterns of dates, for the engine (RE2) and for here; the first tells the kinds apart. */
export const datePatterns = {
  /** 2011-03-01, 2011/3/1 8:05, 2011-03-01T08:05:00.123Z. */
  iso: "^(\\d{4})([-/.])(\\d{1,2})[-/.](\\d{1,2})(?:[T ]+(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,](\\d{1,9}))?)?)? ?(AM|PM|am|pm)?(Z|[+-]\\d{2}:?\\d{2})?$",
  /** 20110301, which counts as iso once it is written with marks. */
  compact: "^(\\d{4})(\\d{2})(\\d{2})(?:[T ]|$)",
  /** 1.3.2011 8:05, 01/03/2011, 01-03-11 08:05:00 PM. */
  parts:
    "^(\\d{1,2})([./-])(\\d{1,2})[./-](\\d{4}|\\d{2})(?:[T, ]+(\\d{1,2}):(\\d{2})(?::(\\d{2})(?:[.,](\\d{1,9}))?)?)? ?(AM|PM|am|pm)?(Z|[+-]\\d{2}:?\\d{2})?$",
  /** Seconds, milliseconds or microseconds since 1970. */
  unix: "^(\\d{9,10}|\\d{12,13}|\\d{16})(?:\\.\\d+)?$",
} as const;

const iso = new RegExp(datePatterns.iso);
const parts = new RegExp(datePatterns.parts);

export interface ColumnKind {
  type: "empty" | "integer" | "decimal" | "date" | "text";
  /** For dates: how they are written; undefined when day and month cannot be told apart. */
  dates?: DateFormat | "ambiguous" | "mixed";
}

/** What the values of a column look like. */
export function kindOf(values: readonly string[]): ColumnKind {
  const filled = values.map((value) => value.trim()).filter(Boolean);
  if (!filled.length) return { type: "empty" };
  if (filled.every((value) => iso.test(value))) return { type: "date", dates: "iso" };
  if (filled.every((value) => parts.test(value) || iso.test(value))) {
    return { type: "date", dates: orderOf(filled) };
  }
  if (filled.every((value) => /^[+-]?\d+$/.test(value))) return { type: "integer" };
  if (filled.every((value) => /^[+-]?[\d.,]*\d[\d.,]*$/.test(value))) return { type: "decimal" };
  return { type: "text" };
}

function orderOf(values: readonly string[]): ColumnKind["dates"] {
  let dayFirst = 0;
  let monthFirst = 0;
  let other = 0;
  for (const value of values) {
    const match = parts.exec(value);
    if (!match) other++;
    else if (match[2] === "." || Number(match[1]) > 12) dayFirst++;
    else if (Number(match[3]) > 12) monthFirst++;
  }
  if (other > 0 || (dayFirst > 0 && monthFirst > 0)) return "mixed";
  if (dayFirst > 0) return "dmy";
  return monthFirst > 0 ? "mdy" : "ambiguous";
}
