import { readFile } from "node:fs/promises";
import { gunzipSync } from "node:zlib";
import {
  InvalidJourneys,
  type Journeys,
  journeysFromPaths,
  journeysFromTouches,
  type Path,
  type Touch,
} from "@rondell/models";
import { parse } from "csv-parse/sync";
import { CommandFailed, UsageError } from "./command.ts";

/** Names that columns have in the exports of common tools, the first being ours. */
const names = {
  path: ["path"],
  conversions: ["total_conversions", "conversions"],
  pathValue: ["total_conversion_value", "conversion_value", "value"],
  nulls: ["total_null", "nulls"],
  customer: ["customer", "customer_id", "user_id", "id"],
  time: ["time", "timestamp", "ts", "date"],
  channel: ["channel"],
  converted: ["converted", "conversion"],
  value: ["value", "conversion_value"],
} as const;
type Column = keyof typeof names;

/** A file of rows that hold text, under the names of its first line. */
interface Sheet {
  header: string[];
  rows: string[][];
}

/**
 * Journeys from a CSV file, plain or gzip: a path a row with its counts, or a touch a row with customer and time. Throws
 * UsageError for a file that is neither, CommandFailed with the line for what cannot be.
 */
export async function readJourneys(
  file: string,
  options: { lookbackDays: number | undefined },
): Promise<Journeys> {
  const sheet = await readSheet(file);
  const at = (column: Column) =>
    names[column].map((name) => sheet.header.indexOf(name)).find((index) => index >= 0);
  if (!sheet.rows.length) throw new CommandFailed("file.empty", `${file} has no row below its header.`);
  try {
    if (at("path") !== undefined) return journeysFromPaths(pathsIn(sheet, at));
    if (at("customer") !== undefined && at("time") !== undefined && at("channel") !== undefined)
      return journeysFromTouches(touchesIn(sheet, at), {
        ...(options.lookbackDays === undefined ? {} : { lookbackDays: options.lookbackDays }),
      });
  } catch (error) {
    if (!(error instanceof InvalidJourneys)) throw error;
    throw new CommandFailed(
      `journeys.${error.fault}`,
      `Line ${error.row + 2}: ${error.message.replace(/^Row \d+: /, "")}`,
    );
  }
  throw new UsageError(
    `${file} has the columns ${sheet.header.join(", ")}. It needs path and total_conversions (with total_conversion_value and total_null where they are known), or customer, time, channel and converted (with value).`,
  );
}

async function readSheet(file: string): Promise<Sheet> {
  let bytes: Buffer;
  try {
    bytes = await readFile(file);
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${(error as Error).message}`);
  }
  let all: string[][];
  try {
    const text = (bytes[0] === 0x1f && bytes[1] === 0x8b ? gunzipSync(bytes) : bytes).toString("utf8");
    const firstLine = text.slice(0, text.indexOf("\n") >>> 0);
    const delimiter = [",", ";", "\t"].reduce((best, one) =>
      firstLine.split(one).length > firstLine.split(best).length ? one : best,
    );
    all = parse(text, { bom: true, delimiter, skip_empty_lines: true, trim: true });
  } catch (error) {
    throw new CommandFailed("file.unreadable", `${file} cannot be read as CSV: ${(error as Error).message}`);
  }
  const [header = [], ...rows] = all;
  return { header: header.map((name) => name.toLowerCase()), rows };
}

type At = (column: Column) => number | undefined;

function pathsIn({ rows }: Sheet, at: At): Path[] {
  const [path, conversions, value, nulls] = [at("path")!, at("conversions"), at("pathValue"), at("nulls")];
  if (conversions === undefined)
    throw new UsageError(
      "The column total_conversions is missing: how many journeys of each path converted.",
    );
  return rows.map((row) => ({
    touches: row[path]!.split(">").map((name) => name.trim()),
    conversions: numberIn(row, conversions),
    value: value === undefined ? 0 : numberIn(row, value),
    nulls: nulls === undefined ? 0 : numberIn(row, nulls),
  }));
}

function touchesIn({ rows }: Sheet, at: At): Touch[] {
  const [customer, time, channel] = [at("customer")!, at("time")!, at("channel")!];
  const [converted, value] = [at("converted"), at("value")];
  if (converted === undefined)
    throw new UsageError("The column converted is missing: 1 on the touch with which a customer converted.");
  return rows.map((row) => {
    const isConverted = /^(1|true|yes|ja)$/i.test(row[converted]!);
    return {
      ...{ customer: row[customer]!, channel: row[channel]!, day: dayOf(row[time]!), converted: isConverted },
      value: value === undefined ? 0 : numberIn(row, value),
    };
  });
}

/** An empty field counts for nothing; what is no number is told by the model, with its row. */
const numberIn = (row: readonly string[], at: number): number => (row[at] ? Number(row[at]) : 0);

const daySeconds = 86_400;

/** Days since 1970, of a time in ISO 8601, in seconds, or in milliseconds where the number is that large. */
function dayOf(text: string): number {
  const number = text === "" ? Number.NaN : Number(text);
  if (Number.isFinite(number)) return (number > 1e11 ? number / 1000 : number) / daySeconds;
  const withZone = /(Z|[+-]\d\d:?\d\d|^\d{4}-\d\d-\d\d)$/i.test(text) ? text : `${text}Z`;
  return new Date(withZone).getTime() / 1000 / daySeconds;
}
