import type { CustomerFilter, CustomerSet } from "../../data/profiles/index.ts";
import type { Context } from "../../garden/index.ts";
import type { Params } from "../../platform/clickhouse/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { findCurrentRun } from "../runs/index.ts";
import { Stage } from "./model.ts";

async function staying(ctx: Context, condition: string, params: Params): Promise<CustomerSet> {
  const run = await findCurrentRun(ctx, "lifecycle");
  return {
    sql: `select customer_id from lifecycle_stages
      where run_id = {lifecycleRun:UInt32} and ${condition}
        and customer_id in (select customer_id from customers where profile = 1)`,
    params: { lifecycleRun: run?.id ?? 0, ...params },
  };
}

function stageOf(text: string | undefined): string {
  const stage = Stage.safeParse(text);
  if (!stage.success) refuse("invalid", "filter.value", `${text} is no stage of the lifecycle.`);
  return stage.data;
}

/** The ways from the numbers of the lifecycle page to the customers behind them. */
export const lifecycleFilters: CustomerFilter[] = [
  {
    // `at_risk` for now, `at_risk@2026-03-31` for the end of a day.
    key: "lifecycle.stage",
    title: { en: "Customers by lifecycle stage", de: "Nach Lebensphase" },
    where(value, ctx) {
      const [stage, day] = value.split("@");
      if (day === undefined) {
        return staying(ctx, "ended is null and stage = {lifecycleStage:String}", {
          lifecycleStage: stageOf(stage),
        });
      }
      return staying(
        ctx,
        "stage = {lifecycleStage:String} and since <= {lifecycleDay:Date} and (ended is null or ended > {lifecycleDay:Date})",
        { lifecycleStage: stageOf(stage), lifecycleDay: dayOf(day) },
      );
    },
  },
  {
    // `repeat>at_risk@2026-03-01..2026-03-28`, both days included.
    key: "lifecycle.moved",
    title: { en: "Customers who moved between stages", de: "Mit Wechsel der Lebensphase" },
    where(value, ctx) {
      const match = /^([a-z_]+)>([a-z_]+)@([\d-]{10})\.\.([\d-]{10})$/.exec(value);
      if (!match)
        refuse("invalid", "filter.value", "The value must look like repeat>at_risk@2026-03-01..2026-03-28.");
      return staying(
        ctx,
        `previous = {lifecyclePrevious:String} and stage = {lifecycleStage:String}
          and since >= {lifecycleFrom:Date} and since <= {lifecycleTo:Date}`,
        {
          lifecyclePrevious: stageOf(match[1]),
          lifecycleStage: stageOf(match[2]),
          lifecycleFrom: dayOf(match[3]!),
          lifecycleTo: dayOf(match[4]!),
        },
      );
    },
  },
];

function dayOf(text: string): string {
  if (!/^\d{4}-\d\d-\d\d$/.test(text) || Number.isNaN(Date.parse(text))) {
    refuse("invalid", "filter.value", `${text} is no day: write it as 2026-03-31.`);
  }
  return text;
}
