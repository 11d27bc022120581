import { z } from "zod";
import { customersById, userIdsOf } from "../../data/profiles/index.ts";
import type { Route } from "../../garden/index.ts";
import { publicId } from "../../platform/ids.ts";
import { refuse } from "../../platform/refusal.ts";
import { ValueReport } from "./model.ts";
import { findValueReport, listValues, type ValueOrder, valueOrders, valuesCsv } from "./store.ts";

const CustomerRow = z.object({
  customer: z.string(),
  name: z.string().nullable(),
  /** The brand's own id of the customer, for those without a name. */
  userId: z.string().nullable(),
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

const orders = Object.keys(valueOrders) as [ValueOrder, ...ValueOrder[]];

/** Questions about what customers are worth. */
export function valueRoutes(route: Route): void {
  route({
    method: "GET",
    url: "/api/insight/value",
    access: { right: "insight:read" },
    tag: "Insight",
    summary: "What all customers are worth, with the model card, the test on held-back weeks and the curves",
    description: "`report` is null before the first run of insight.",
    reply: z.object({
      run: z.object({ id: z.number(), finishedAt: z.string().nullable() }).nullable(),
      report: ValueReport.nullable(),
    }),
    handler: async ({ ctx }) => {
      const found = await findValueReport(ctx);
      if (!found) return { run: null, report: null };
      const finishedAt = found.run.steps.value?.finishedAt ?? null;
      return { run: { id: found.run.id, finishedAt }, report: found.report };
    },
  });

  route({
    method: "GET",
    url: "/api/insight/value/customers",
    access: { right: "insight:read" },
    tag: "Insight",
    summary: "Customers with their expected value and its interval, a page at a time",
    query: z.object({
      order: z.enum(orders).default("expected"),
      limit: z.coerce.number().int().min(1).max(200).default(25),
      offset: z.coerce.number().int().min(0).max(10_000_000).default(0),
    }),
    reply: z.object({ total: z.number(), rows: z.array(CustomerRow) }),
    handler: async ({ ctx, query }) => {
      const found = await findValueReport(ctx);
      if (!found) return { total: 0, rows: [] };
      const { rows, total } = await listValues(ctx, { runId: found.run.id, ...query });
      const ids = rows.map((row) => row.customerId);
      const [people, userIds] = await Promise.all([customersById(ctx.pool, ids), userIdsOf(ctx, ids)]);
      const names = new Map(people.map((one) => [one.id, one.displayName]));
      return {
        total,
        rows: rows.map(({ customerId, runId: _runId, ...row }) => ({
          customer: publicId("customer", customerId),
          name: names.get(customerId) ?? null,
          userId: userIds.get(customerId) ?? null,
          ...row,
        })),
      };
    },
  });

  route({
    method: "GET",
    url: "/api/insight/value/customers.csv",
    access: { right: "insight:read" },
    tag: "Insight",
    summary: "The value of every customer as CSV; money in minor units of the garden's currency",
    refusals: ["insight.missing"],
    handler: async ({ ctx, reply }) => {
      const found = await findValueReport(ctx);
      if (!found) refuse("missing", "insight.missing", "There is no run of insight yet. Start one first.");
      const text = await valuesCsv(ctx, found.run.id);
      return reply
        .header("content-type", "text/csv; charset=utf-8")
        .header("content-disposition", `attachment; filename="values-${found.report.window.until}.csv"`)
        .send(text);
    },
  });
}
