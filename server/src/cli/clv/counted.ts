import type { ContractCohort, OpportunityHistories } from "@rondell/models";
import { CommandFailed } from "../command.ts";
import { type CustomersAsk, missing } from "./customers.ts";
import { columnAt, Faults, lineOf, numberIn, readTable } from "./table.ts";

/** Customers with counted opportunities: columns x, t_x and n (or T), perhaps id, perhaps how many customers a row is. */
export async function readOpportunities(
  ask: CustomersAsk,
): Promise<{ ids: string[]; histories: OpportunityHistories; notes: string[] }> {
  const table = await readTable(ask.path);
  const wanted = [
    ["x", "frequency"],
    ["t_x", "t.x", "recency"],
    ["n", "n.cal", "T"],
  ];
  const absent = wanted.filter((names) => columnAt(table, names) === undefined).map(([name]) => name!);
  if (absent.length > 0) {
    throw missing(
      table,
      absent,
      "BG/BB wants x,t_x,n in counted opportunities, and may have id and customers.",
    );
  }
  const id = columnAt(table, ask.id ? [ask.id] : ["id", "customer_id"]);
  const columns = [...wanted.map((names) => columnAt(table, names)!), columnAt(table, ["customers"])];
  const faults = new Faults(table);
  const kept: number[][] = [];
  const ids: string[] = [];
  for (let row = 0; row < table.rows.length; row++) {
    const cells = columns.map((at) => (at === undefined ? 1 : numberIn(table, row, at)));
    const text = cells.find((cell) => typeof cell === "string");
    const [x, last, n, customers] = cells as number[];
    const whole = [x, last, n].every(Number.isInteger);
    const possible =
      whole && x! >= 0 && x! <= last! && last! <= n! && (x! > 0 || last === 0) && customers! > 0;
    if (text !== undefined || !possible) {
      faults.add(row, String(text ?? `x ${x}, t_x ${last}, n ${n} are not whole numbers with x <= t_x <= n`));
      continue;
    }
    kept.push(cells as number[]);
    ids.push(id === undefined ? String(lineOf(row)) : (table.rows[row]![id] ?? ""));
  }
  faults.refuseUnless(ask.skipInvalid);
  const column = (at: number) => Float64Array.from(kept, (cells) => cells[at]!);
  return {
    ids,
    histories: {
      repeats: column(0),
      lastOpportunity: column(1),
      opportunities: column(2),
      weights: column(3),
    },
    notes: faults.count > 0 ? [`${faults.count} rows that cannot be were left out.`] : [],
  };
}

/**
 * Cohorts of contracts: the first column counts renewals 0, 1, 2 …, each other column is a cohort's survivors. A cohort
 * that is younger than others ends in empty cells.
 */
export async function readCohorts(
  path: string,
  wanted: readonly string[] | undefined,
): Promise<ContractCohort[]> {
  const table = await readTable(path);
  const absent = (wanted ?? []).filter((name) => table.names.indexOf(name) < 1);
  if (absent.length > 0) throw missing(table, absent, "Name cohorts as the file does.");
  if (table.names.length < 2) {
    throw missing(
      table,
      ["survivors"],
      "sBG wants a column of renewals (0, 1, 2 …) and one of survivors for each cohort.",
    );
  }
  table.rows.forEach((_, row) => {
    if (numberIn(table, row, 0) !== row) {
      throw new CommandFailed(
        "rows.invalid",
        `${path}, line ${lineOf(row)}: ${table.names[0]} is ${table.rows[row]![0] || "empty"}, not ${row}. Renewals are counted from 0 without gaps.`,
      );
    }
  });
  return (wanted ?? table.names.slice(1)).map((name) => {
    const at = table.names.indexOf(name);
    const survivors: number[] = [];
    let ended = false;
    table.rows.forEach((cells, row) => {
      if ((cells[at] ?? "") === "") {
        ended = true;
        return;
      }
      const value = numberIn(table, row, at);
      if (ended || typeof value === "string") {
        throw new CommandFailed(
          "rows.invalid",
          `${path}, line ${lineOf(row)}: ${typeof value === "string" ? value : `${name} goes on after an empty cell`}.`,
        );
      }
      survivors.push(value);
    });
    if (survivors.length === 0) {
      throw new CommandFailed(
        "rows.invalid",
        `${path}: the cohort ${name} has no survivors; its first cell is its size.`,
      );
    }
    return { survivors };
  });
}
