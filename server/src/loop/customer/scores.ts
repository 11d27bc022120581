import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { findCurrentRun, findReport } from "../../insight/runs/index.ts";
import { type CustomerValue, ValueReport } from "../../insight/value/index.ts";

/** Whether there is a value, and if not, why. */
export const ValueState = z.enum([
  "known",
  /** How likely the customer stays is known; how much an order is worth could not be told. */
  "no_spend",
  /** The customer does not allow conclusions. */
  "no_consent",
  /** Insight has never run. */
  "no_run",
  "never_bought",
  /** The run is older than what it would need: the first order, or the consent, came after it. */
  "since_run",
  /** Every order waits for an exchange rate. */
  "without_rate",
  /** Too few customers bought again for a model of this brand. */
  "too_few",
  /** The history of all orders is too short for one. */
  "too_short",
  /** The model could not be fitted to this brand's orders. */
  "not_fitted",
]);
export type ValueState = z.infer<typeof ValueState>;

/** The same for the lifecycle stage. */
export const StageState = z.enum(["known", "no_consent", "no_run", "since_run"]);
export type StageState = z.infer<typeof StageState>;

export interface ScoreFacts {
  mayProfile: boolean;
  hasRun: boolean;
  /** What the run says of the customer; undefined where it says nothing. */
  value: Pick<CustomerValue, "pAlive" | "expectedMinor"> | undefined;
  /** What the run says about value as a whole. */
  report: ValueReport["state"] | undefined;
  orders: number;
  unrated: number;
}

/** Why a customer has no value, the reason that must go first before any other. */
export function valueState(facts: ScoreFacts): ValueState {
  const { value, report } = facts;
  if (!facts.mayProfile) return "no_consent";
  if (!facts.hasRun) return "no_run";
  if (facts.orders === 0) return "never_bought";
  if (value === undefined) return facts.unrated >= facts.orders ? "without_rate" : "since_run";
  if (value.expectedMinor !== null) return "known";
  if (value.pAlive !== null) return "no_spend";
  return report === "too_short" || report === "not_fitted" ? report : "too_few";
}

export function stageState(facts: { mayProfile: boolean; hasRun: boolean; hasStage: boolean }): StageState {
  if (!facts.mayProfile) return "no_consent";
  if (!facts.hasRun) return "no_run";
  return facts.hasStage ? "known" : "since_run";
}

/** The runs that are shown, what they say as a whole, and whether this customer allows conclusions now. */
export async function scoreGround(ctx: Context, customerId: number) {
  const [valueRun, stageRun, [row]] = await Promise.all([
    findCurrentRun(ctx, "value"),
    findCurrentRun(ctx, "lifecycle"),
    ctx.events.query(
      z.object({ profile: z.number() }),
      { id: customerId },
      "select profile from customers where customer_id = {id:UInt64}",
    ),
  ]);
  const report = valueRun && (await findReport(ctx, valueRun.id, "value", ValueReport));
  return {
    mayProfile: row?.profile === 1,
    valueRun,
    stageRun,
    report: report?.state,
  };
}
