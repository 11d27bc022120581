import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import type { Params } from "../../platform/clickhouse/index.ts";
import { findCurrentRun, findReport, type InsightRun } from "../runs/index.ts";
import { type CustomerValue, ValueReport } from "./model.ts";

const ValueRow = z.object({
  customerId: z.number(),
  runId: z.number(),
  purchaseDays: z.number(),
  orders: z.number(),
  firstDay: z.string(),
  lastDay: z.string(),
  valueMinor: z.number(),
  pAlive: z.number().nullable(),
  expectedPurchases: z.number().nullable(),
  expectedMinor: z.number().nullable(),
  low95Minor: z.number().nullable(),
  high95Minor: z.number().nullable(),
  low50Minor: z.number().nullable(),
  high50Minor: z.number().nullable(),
});

const columns = `customer_id, run_id, purchase_days, orders, first_day, last_day, value_minor, p_alive,
  expected_purchases, expected_minor, low95_minor, high95_minor, low50_minor, high50_minor`;

/** Only rows of customers who allow conclusions about themselves now, whatever the run knew. */
const shown =
  "run_id = {run:UInt32} and customer_id in (select customer_id from customers where profile = 1)";

/** What is known about the value of these customers; who may not be profiled, or never bought, is missing. */
export async function valuesOf(ctx: Context, ids: readonly number[]): Promise<Map<number, CustomerValue>> {
  const run = ids.length ? await findCurrentRun(ctx, "value") : undefined;
  if (!run) return new Map();
  const rows = await ctx.events.query(
    ValueRow,
    { run: run.id, ids },
    `select ${columns} from value_by_customer
    where run_id = {run:UInt32} and customer_id in {ids:Array(UInt64)}
      and customer_id in (select customer_id from customers where profile = 1 and customer_id in {ids:Array(UInt64)})`,
  );
  return new Map(rows.map((row) => [row.customerId, row]));
}

/** The report of the run that is shown, or undefined before the first. */
export async function findValueReport(
  ctx: Context,
): Promise<{ run: InsightRun; report: ValueReport } | undefined> {
  const run = await findCurrentRun(ctx, "value");
  if (!run) return undefined;
  const report = await findReport(ctx, run.id, "value", ValueReport);
  return report && { run, report };
}

export const valueOrders = {
  expected: "expected_minor desc nulls last, value_minor desc",
  value: "value_minor desc",
  alive: "p_alive desc nulls last, value_minor desc",
  risk: "p_alive asc nulls last, value_minor desc",
  purchases: "purchase_days desc, value_minor desc",
  recent: "last_day desc, value_minor desc",
} as const;
export type ValueOrder = keyof typeof valueOrders;

/** A page of customers with their values, best first. */
export async function listValues(
  ctx: Context,
  ask: { runId: number; order: ValueOrder; limit: number; offset: number },
): Promise<{ rows: CustomerValue[]; total: number }> {
  const params: Params = { run: ask.runId, limit: ask.limit, offset: ask.offset };
  const [rows, [count]] = await Promise.all([
    ctx.events.query(
      ValueRow,
      params,
      `select ${columns} from value_by_customer where ${shown}
      order by ${valueOrders[ask.order]}, customer_id limit {limit:UInt32} offset {offset:UInt32}`,
    ),
    ctx.events.query(
      z.object({ total: z.number() }),
      { run: ask.runId },
      `select count() as total from value_by_customer where ${shown}`,
    ),
  ]);
  return { rows, total: count?.total ?? 0 };
}

/** All of them as CSV, ready to send. Customers are named by their public ids. */
export function valuesCsv(ctx: Context, runId: number): Promise<string> {
  return ctx.events.text(
    { run: runId },
    `select
      ${publicIdSql("customer_id")} as customer, purchase_days, orders, first_day, last_day, value_minor,
      round(p_alive, 6) as p_alive, round(expected_purchases, 6) as expected_purchases_12_months,
      expected_minor as expected_minor_12_months, low95_minor, high95_minor, low50_minor, high50_minor
    from value_by_customer where ${shown}
    order by expected_minor desc nulls last, value_minor desc, customer_id`,
    "CSVWithNames",
  );
}

/** `publicId("customer", …)` of `platform/ids`, for exports that never pass through Node: base 36 from six digits. */
export function publicIdSql(column: string): string {
  const digits = "0123456789abcdefghijklmnopqrstuvwxyz";
  const digit = (place: number) =>
    `substring('${digits}', 1 + intDiv(${column}, toUInt64(${36 ** place})) % 36, 1)`;
  // Leading zeros beyond the sixth digit are dropped, as padStart(6) leaves longer numbers alone.
  const high = [10, 9, 8, 7, 6].map(digit).join(", ");
  const low = [5, 4, 3, 2, 1, 0].map(digit).join(", ");
  return `concat('cus_', replaceRegexpOne(concat(${high}), '^0+', ''), ${low})`;
}
