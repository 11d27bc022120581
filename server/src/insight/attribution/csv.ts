import { csvLines } from "../../platform/csv.ts";
import type { AttributionAnswer } from "./model.ts";

/** All models as a table: a row for each channel in each model, money in minor units. */
export function attributionCsv({ models, currency }: AttributionAnswer): string {
  return csvLines([
    [
      ...["model", "order", "channel", "conversions", "conversions_low", "conversions_high"],
      ...["value_minor", "value_minor_low", "value_minor_high", "currency", "removal_effect"],
    ],
    ...models.flatMap(({ model, order, channels }) =>
      channels.map(({ channel, conversions: c, value: v, removalEffect }) => [
        ...[model, order ?? "", channel, c.estimate, c.low, c.high],
        ...[v.estimate, v.low, v.high, currency, removalEffect ?? ""],
      ]),
    ),
  ]);
}
