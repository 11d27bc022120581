import type { CustomerFilter, CustomerSet } from "../../data/profiles/index.ts";
import type { Context } from "../../garden/index.ts";
import type { Params } from "../../platform/clickhouse/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { findCurrentRun } from "../runs/index.ts";
import { goneBelow } from "./model.ts";

async function among(ctx: Context, condition: string, params: Params): Promise<CustomerSet> {
  const run = await findCurrentRun(ctx, "value");
  return {
    sql: `select customer_id from value_by_customer
      where run_id = {valueRun:UInt32} and (${condition})
        and customer_id in (select customer_id from customers where profile = 1)`,
    params: { valueRun: run?.id ?? 0, ...params },
  };
}

function numberOf(text: string): number {
  const value = Number(text);
  if (text.trim() === "" || !Number.isFinite(value)) {
    refuse("invalid", "filter.value", `${text} is not a number that this filter can use.`);
  }
  return value;
}

/** The ways from the numbers of the value page to the customers behind them. */
export const valueFilters: CustomerFilter[] = [
  {
    key: "value.bought",
    title: { en: "Customers who have bought", de: "Kundinnen und Kunden, die gekauft haben" },
    where: (_value, ctx) => among(ctx, "1", {}),
  },
  {
    key: "value.gone",
    title: {
      en: "Probably gone: chance of being active below 20 %",
      de: "Wahrscheinlich gegangen: Aktiv-Wahrscheinlichkeit unter 20 %",
    },
    where: (_value, ctx) => among(ctx, "p_alive < {valueGone:Float64}", { valueGone: goneBelow }),
  },
  {
    // The value is a share in (0, 1]: 0.1 is the best tenth by expected value.
    key: "value.top",
    title: { en: "The most valuable, by expected value", de: "Die wertvollsten nach erwartetem Wert" },
    async where(value, ctx) {
      const share = numberOf(value);
      if (share <= 0 || share > 1)
        refuse("invalid", "filter.value", "The share must lie above 0 and not above 1.");
      const run = await findCurrentRun(ctx, "value");
      return {
        sql: `select customer_id from (
          select customer_id, row_number() over (order by expected_minor desc nulls last, value_minor desc, customer_id) as place,
            count() over () as customers
          from value_by_customer
          where run_id = {valueRun:UInt32} and customer_id in (select customer_id from customers where profile = 1)
        ) where place <= round(customers * {valueShare:Float64})`,
        params: { valueRun: run?.id ?? 0, valueShare: share },
      };
    },
  },
  {
    // The value is `from-to` in minor units, half-open; `from-` has no upper end.
    key: "value.expected",
    title: { en: "Customers by expected value in 12 months", de: "Nach erwartetem Wert in 12 Monaten" },
    where(value, ctx) {
      const match = /^(\d+)-(\d*)$/.exec(value);
      if (!match) refuse("invalid", "filter.value", "The value must look like 1000-2000 or 5000-.");
      return among(ctx, "expected_minor >= {valueFrom:Int64} and expected_minor < {valueTo:Int64}", {
        valueFrom: Number(match[1]),
        valueTo: match[2] ? Number(match[2]) : Number.MAX_SAFE_INTEGER,
      });
    },
  },
  {
    // The value is the number of purchase days: `3`, or `7+` for seven and more.
    key: "value.purchases",
    title: { en: "Customers by purchase days", de: "Nach Kauftagen" },
    where(value, ctx) {
      const match = /^(\d+)(\+?)$/.exec(value);
      if (!match) refuse("invalid", "filter.value", "The value must look like 3 or 7+.");
      return among(
        ctx,
        match[2] ? "purchase_days >= {valueDays:UInt32}" : "purchase_days = {valueDays:UInt32}",
        {
          valueDays: Number(match[1]),
        },
      );
    },
  },
];
