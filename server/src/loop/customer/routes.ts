import { z } from "zod";
import { idsOf } from "../../data/identity/index.ts";
import { getCustomer, orderSums } from "../../data/profiles/index.ts";
import { answersOf } from "../../experience/surveys/index.ts";
import type { Route } from "../../garden/index.ts";
import { stageHistoryOf, stagesOf } from "../../insight/lifecycle/index.ts";
import { valuesOf } from "../../insight/value/index.ts";
import { parseId } from "../../platform/ids.ts";
import { StageState, scoreGround, stageState, ValueState, valueState } from "./scores.ts";

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
    description: "Value and stage are null where none is known; `valueState` and `stageState` say why.",
    params: z.object({ id: z.string().max(40) }),
    reply: z.object({
      value: Value.nullable(),
      valueState: ValueState,
      stageState: StageState,
      /** The last day of data that the conclusions saw, YYYY-MM-DD; null before the first run. */
      dataUntil: z.string().nullable(),
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
      const [values, stages, history, answers, ground, sums] = await Promise.all([
        valuesOf(ctx, [id]),
        stagesOf(ctx, [id]),
        stageHistoryOf(ctx, id),
        answersOf(ctx, [id], 10),
        scoreGround(ctx, id),
        orderSums(ctx, await idsOf(ctx.pool, id)),
      ]);
      const value = values.get(id);
      const stage = stages.get(id);
      return {
        value: value ? Value.parse(value) : null,
        valueState: valueState({
          mayProfile: ground.mayProfile,
          hasRun: ground.valueRun !== undefined,
          value,
          report: ground.report,
          orders: sums.orders,
          unrated: sums.unrated,
        }),
        stageState: stageState({
          mayProfile: ground.mayProfile,
          hasRun: ground.stageRun !== undefined,
          hasStage: stage !== undefined,
        }),
        dataUntil: ground.valueRun?.dataUntil ?? null,
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
