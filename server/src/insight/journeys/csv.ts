import type { FunnelAnswer } from "./funnel.ts";
import type { FunnelAsk } from "./model.ts";
import type { PathsAnswer } from "./paths.ts";

/** A cell of CSV. A leading = + - or @ would be a formula in a spreadsheet, so it gets an apostrophe. */
function cell(value: string | number): string {
  if (typeof value === "number") return String(value);
  const safe = /^[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\n\r]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe;
}

const lines = (rows: (string | number)[][]) =>
  `${rows.map((row) => row.map(cell).join(",")).join("\r\n")}\r\n`;

/** A funnel as a table: a row a step, for everybody and for each segment. */
export function funnelCsv(ask: FunnelAsk, answer: FunnelAnswer): string {
  const rows: (string | number)[][] = [
    [
      "segment",
      "step",
      "event",
      "customers",
      "share_of_step_before",
      "share_low",
      "share_high",
      "lost",
      "pending",
    ],
  ];
  for (const { value, bars } of [{ value: "", bars: answer.bars }, ...answer.segments]) {
    bars.forEach((bar, i) => {
      const { estimate = "", low = "", high = "" } = bar.share ?? {};
      rows.push([
        value ?? "(rest)",
        i + 1,
        ask.steps[i]!.event,
        bar.customers,
        estimate,
        low,
        high,
        bar.lost,
        bar.pending,
      ]);
    });
  }
  return lines(rows);
}

/** The bands of the paths as a table. */
export function pathsCsv(answer: PathsAnswer): string {
  return lines([
    ["from_column", "from", "to_column", "to", "customers"],
    ...answer.links.map((link) => [link.fromColumn, link.from, link.toColumn, link.to, link.customers]),
  ]);
}
