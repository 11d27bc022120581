import { csvLines } from "../../platform/csv.ts";
import type { FunnelAnswer } from "./funnel.ts";
import type { FunnelAsk } from "./model.ts";
import type { PathsAnswer } from "./paths.ts";

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
  return csvLines(rows);
}

/** The bands of the paths as a table. */
export function pathsCsv(answer: PathsAnswer): string {
  return csvLines([
    ["from_column", "from", "to_column", "to", "customers"],
    ...answer.links.map((link) => [link.fromColumn, link.from, link.toColumn, link.to, link.customers]),
  ]);
}
