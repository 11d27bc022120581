import { z } from "zod";
import { getCustomer } from "../../data/profiles/index.ts";
import { answersOf } from "../../experience/surveys/index.ts";
import type { Route } from "../../garden/index.ts";
import { stageHistoryOf, stagesOf } from "../../insight/lifecycle/index.ts";
import { valuesOf } from "../../insight/value/index.ts";
import { parseId } from "../../platform/ids.ts";

const Value = z.object({
  /** Chance of buying again, in [0, 1]; null where there is no individual score. */
  pAlive: z.number().nullable(),
  expectedPurchases: z.number().nullable(),
  /** Of the next 12 months, in minor units, with predictive intervals. */
  expectedMinor: z.number().nullable(),
  low95Minor: z.number().nullable(),
  high95Minor: z.number().nullable(),
  low50Minor: z.number().nullable(),
  high50Minor: z.number().nullable(),
});

/** What every station concluded about one customer: the loop from the customer's side. */
export function customerRoutes(route: Route): void {
  route({
    method: "GET",
    url: "/api/customers/:id/insight",
    access: { right: "customers:read" },
    tag: "Customers",
    summary: "Value, lifecycle stage and latest answers of one customer",
    description: "Null where no conclusion is allowed or too little is known.",
    params: z.object({ id: z.string().max(40) }),
    reply: z.object({
      value: Value.nullable(),
      stage: z.object({ stage: z.string(), since: z.string() }).nullable(),
      stages: z.array(z.object({ stage: z.string(), since: z.string(), ended: z.string().nullable() })),
      answers: z.array(
        z.object({
          survey: z.string(),
          score: z.number(),
          reason: z.string().nullable(),
          answeredAt: z.string(),
        }),
      ),
    }),
    refusals: ["customer.missing"],
    handler: async ({ ctx, params }) => {
      const { id } = await getCustomer(ctx, parseId("customer", params.id));
      const [values, stages, history, answers] = await Promise.all([
        valuesOf(ctx, [id]),
        stagesOf(ctx, [id]),
        stageHistoryOf(ctx, id),
        answersOf(ctx, [id], 10),
      ]);
      const value = values.get(id);
      const stage = stages.get(id);
      return {
        value: value ? Value.parse(value) : null,
        stage: stage ? { stage: stage.stage, since: stage.since } : null,
        stages: history.map((one) => ({ stage: one.stage, since: one.since, ended: one.ended })),
        answers: answers.map((answer) => ({
          survey: answer.surveyName,
          score: answer.score,
          reason: answer.reason,
          answeredAt: answer.answeredAt.toISOString(),
        })),
      };
    },
  });
}
