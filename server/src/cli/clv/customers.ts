import { historiesFromPurchases, invalidHistories, type PurchaseHistories } from "@rondell/models";
import { CommandFailed } from "../command.ts";
import { columnAt, Faults, numberIn, readTable, type Table } from "./table.ts";

export interface CustomersAsk {
  path: string;
  /** The column that names the customer, where it is not one of the usual. */
  id?: string | undefined;
  /** Last day of observation, for a log of purchases. */
  calibrationEnd?: string | undefined;
  /** Rows that cannot be are left out and counted, instead of refusing the file. */
  skipInvalid: boolean;
}

/** Customers as the models want them; entry i of each column is customer i. */
export interface Customers {
  ids: string[];
  histories: PurchaseHistories;
  /** Mean spend of the repeat purchases; undefined where the file has no spend. */
  meanSpend?: Float64Array;
  /** Sums of the logs of the gaps between purchases; only a log of purchases has them. */
  logGaps?: Float64Array;
  /** What happened after the observation, in `laterWeeks`. */
  later?: Float64Array;
  laterSpend?: Float64Array;
  laterWeeks?: number;
  /** What was left out or assumed, in sentences. */
  notes: string[];
}

const idNames = ["id", "customer_id", "customer"];
const summaryNames = {
  x: ["x", "frequency"],
  last: ["t_x", "t.x", "recency"],
  T: ["T", "T.cal"],
  zbar: ["zbar", "monetary_value"],
  later: ["x_star", "x.star"],
  laterSpend: ["spend_star"],
};

/** Reads one row for each customer, or one for each purchase. Refuses file.*, rows.invalid, columns.missing. */
export async function readCustomers(ask: CustomersAsk): Promise<Customers> {
  const table = await readTable(ask.path);
  const isLog = columnAt(table, summaryNames.x) === undefined && columnAt(table, ["date"]) !== undefined;
  return isLog ? fromLog(table, ask) : fromSummary(table, ask);
}

function idColumn(table: Table, ask: CustomersAsk): number {
  const at = columnAt(table, ask.id ? [ask.id] : idNames);
  if (at !== undefined) return at;
  throw missing(table, [ask.id ?? "id"], "Name the column of the customer with --id NAME.");
}

export function missing(table: Table, names: readonly string[], advice: string): CommandFailed {
  return new CommandFailed(
    "columns.missing",
    `${table.path} has no column ${names.join(", ")}; it has ${table.names.join(", ")}. ${advice}`,
  );
}

function fromSummary(table: Table, ask: CustomersAsk): Customers {
  const { x, last, T } = summaryNames;
  const absent = [x, last, T].filter((names) => columnAt(table, names) === undefined).map(([name]) => name!);
  if (absent.length > 0) {
    throw missing(
      table,
      absent,
      "Give one row for each customer with id,x,t_x,T,zbar (weeks), or one for each purchase with customer_id,date,value.",
    );
  }
  if (ask.calibrationEnd) {
    throw new CommandFailed(
      "calibration_end.no_dates",
      `--calibration-end is for a log of purchases with dates; ${table.path} has a row for each customer, whose T says how long each was observed.`,
    );
  }
  const at = {
    id: idColumn(table, ask),
    x: columnAt(table, x)!,
    last: columnAt(table, last)!,
    T: columnAt(table, T)!,
    zbar: columnAt(table, summaryNames.zbar),
    later: columnAt(table, summaryNames.later),
    laterSpend: columnAt(table, summaryNames.laterSpend),
  };
  const faults = new Faults(table);
  const ids: string[] = [];
  const columns: Record<"x" | "last" | "T" | "zbar" | "later" | "laterSpend", number[]> = {
    x: [],
    last: [],
    T: [],
    zbar: [],
    later: [],
    laterSpend: [],
  };
  const seen = new Set<string>();
  for (let row = 0; row < table.rows.length; row++) {
    const id = table.rows[row]![at.id] ?? "";
    const values = new Map<keyof typeof columns, number>();
    let fault =
      id === "" ? "the customer has no id" : seen.has(id) ? `the customer ${id} is there twice` : "";
    for (const name of Object.keys(columns) as (keyof typeof columns)[]) {
      if (at[name] === undefined || fault) continue;
      // A mean of no purchases may be left empty.
      if (name === "zbar" && values.get("x") === 0 && (table.rows[row]![at.zbar!] ?? "") === "") {
        values.set("zbar", 0);
        continue;
      }
      const value = numberIn(table, row, at[name]);
      if (typeof value === "string") fault = value;
      else values.set(name, value);
    }
    fault ||= faultOf(values);
    if (fault) {
      faults.add(row, fault);
      continue;
    }
    seen.add(id);
    ids.push(id);
    for (const [name, value] of values) columns[name].push(value);
  }
  faults.refuseUnless(ask.skipInvalid);
  const histories = {
    repeats: Float64Array.from(columns.x),
    lastWeek: Float64Array.from(columns.last),
    observedWeeks: Float64Array.from(columns.T),
  };
  return {
    ids,
    histories,
    ...(at.zbar === undefined ? {} : { meanSpend: Float64Array.from(columns.zbar) }),
    ...(at.later === undefined ? {} : { later: Float64Array.from(columns.later) }),
    ...(at.laterSpend === undefined ? {} : { laterSpend: Float64Array.from(columns.laterSpend) }),
    notes: faults.count > 0 ? [`${faults.count} rows that cannot be were left out.`] : [],
  };
}

const faultTexts: Record<string, string> = {
  negative: "a value is negative",
  repeats_not_whole: "x is not a whole number: it counts repeat purchases",
  last_after_end:
    "t_x is after T; both run from the first purchase, t_x to the last one and T to the end of observation, in the same unit",
  last_without_repeats: "t_x is above 0 although x is 0",
  repeats_without_last: "t_x is 0 although x is above 0; purchases on one day count once",
};

function faultOf(values: ReadonlyMap<string, number>): string {
  const x = values.get("x")!;
  const [found] = invalidHistories({
    repeats: Float64Array.of(x),
    lastWeek: Float64Array.of(values.get("last")!),
    observedWeeks: Float64Array.of(values.get("T")!),
  });
  if (found) {
    return `${faultTexts[found.fault] ?? found.fault} (x ${x}, t_x ${values.get("last")}, T ${values.get("T")})`;
  }
  const zbar = values.get("zbar") ?? 0;
  if (zbar < 0) return `zbar is ${zbar}: a mean spend is not negative; net refunds against their purchases`;
  const later = values.get("later") ?? 0;
  if (later < 0 || !Number.isInteger(later)) return `x_star is ${later}: it counts purchases`;
  return "";
}

function fromLog(table: Table, ask: CustomersAsk): Customers {
  const id = idColumn(table, ask);
  const date = columnAt(table, ["date"])!;
  const value = columnAt(table, ["value", "amount", "spend"]);
  const faults = new Faults(table);
  const numbers = new Map<string, number>();
  const customer: number[] = [];
  const day: number[] = [];
  const spend: number[] = [];
  for (let row = 0; row < table.rows.length; row++) {
    const name = table.rows[row]![id] ?? "";
    const when = dayOf(table.rows[row]![date] ?? "");
    const paid = value === undefined ? 0 : numberIn(table, row, value);
    const fault =
      name === ""
        ? "the customer has no id"
        : when === undefined
          ? `date is "${(table.rows[row]![date] ?? "").slice(0, 40)}"; write it as 2026-11-29`
          : typeof paid === "string"
            ? paid
            : paid < 0
              ? `value is ${paid}; a purchase is not negative: net refunds against their purchases`
              : "";
    if (fault) {
      faults.add(row, fault);
      continue;
    }
    let number = numbers.get(name);
    if (number === undefined) {
      number = numbers.size;
      numbers.set(name, number);
    }
    customer.push(number);
    day.push(when!);
    spend.push(paid as number);
  }
  faults.refuseUnless(ask.skipInvalid);
  const lastOfAll = day.reduce((last, one) => Math.max(last, one), Number.NEGATIVE_INFINITY);
  const end = ask.calibrationEnd ? dayOf(ask.calibrationEnd) : lastOfAll;
  if (end === undefined) {
    throw new CommandFailed(
      "calibration_end.not_a_date",
      `--calibration-end is "${ask.calibrationEnd}"; write it as 2026-11-29.`,
    );
  }
  const found = historiesFromPurchases({ customer, day, spend }, end, Math.max(end, lastOfAll));
  if (found.customer.length === 0) {
    throw new CommandFailed(
      "calibration_end.too_early",
      day.length === 0
        ? `${table.path} has no purchase that can be used.`
        : `Nobody had bought by ${textOf(end)}; the first purchase is on ${textOf(day.reduce((a, b) => Math.min(a, b)))}.`,
    );
  }
  const names = [...numbers.keys()];
  const notes = faults.count > 0 ? [`${faults.count} rows that cannot be were left out.`] : [];
  if (!ask.calibrationEnd) notes.push(`Customers are observed to the last day of the file, ${textOf(end)}.`);
  return {
    ids: Array.from(found.customer, (number) => names[number]!),
    histories: found.histories,
    logGaps: found.logGaps,
    later: found.later,
    laterSpend: found.laterSpend,
    laterWeeks: Math.max(0, lastOfAll - end) / 7,
    ...(value === undefined ? {} : { meanSpend: found.meanSpend }),
    notes,
  };
}

/** Days since 1970-01-01, from 2026-11-29, 20261129 or an instant that begins with the former. */
function dayOf(text: string): number | undefined {
  const found = /^(\d{4})-?(\d{2})-?(\d{2})(?![\d])/.exec(text);
  if (!found) return undefined;
  const [, year, month, day] = found.map(Number) as [number, number, number, number];
  const at = new Date(Date.UTC(year, month - 1, day));
  if (at.getUTCMonth() !== month - 1 || at.getUTCDate() !== day) return undefined;
  return at.getTime() / 86_400_000;
}

const textOf = (day: number) => new Date(day * 86_400_000).toISOString().slice(0, 10);
