import { survivorsOf } from "../../data/identity/index.ts";
import type { CustomerFilter } from "../../data/profiles/index.ts";
import { parseId } from "../../platform/ids.ts";
import { refuse } from "../../platform/refusal.ts";
import { NpsGroup, scoresOf } from "./nps.ts";
import { customersWho } from "./store.ts";

/**
 * The customers behind a number of a survey. The value names the survey (or `all`), and after a colon a
 * group or a score: `sur_000001`, `all:detractor`, `sur_000001:7`. Answers without a name have nobody behind them.
 */
export const surveyFilter: CustomerFilter = {
  key: "survey",
  title: { en: "Answered a survey", de: "Haben eine Umfrage beantwortet" },
  async where(value, ctx) {
    const [survey = "", who] = value.split(":");
    const surveyId = survey === "all" ? undefined : parseId("survey", survey);
    const bounds = boundsOf(who);
    if (!bounds || (survey !== "all" && surveyId === undefined)) {
      refuse("invalid", "filter.invalid", `There is no group of answers called ${value}.`);
    }
    const [low, high] = bounds;
    const ids = await customersWho(ctx.pool, { ...(surveyId === undefined ? {} : { surveyId }), low, high });
    const survivors = new Set((await survivorsOf(ctx.pool, ids)).values());
    return {
      sql: "select arrayJoin({survey_customers:Array(UInt64)}) as customer_id",
      params: { survey_customers: [...survivors] },
    };
  },
};

function boundsOf(who: string | undefined): readonly [number, number] | undefined {
  if (who === undefined || who === "") return [0, 10];
  const group = NpsGroup.safeParse(who);
  if (group.success) return scoresOf[group.data];
  return /^(?:\d|10)$/.test(who) ? [Number(who), Number(who)] : undefined;
}
