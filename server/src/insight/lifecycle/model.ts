import { z } from "zod";

/** Where a customer stands in their life with the brand, from first sight to leaving and coming back. */
export const stages = [
  "prospect",
  "lead",
  "new",
  "repeat",
  "loyal",
  "at_risk",
  "lapsed",
  "won_back",
] as const;
export const Stage = z.enum(stages);
export type Stage = z.infer<typeof Stage>;

/** Events by which somebody who has not bought shows that they want to. */
export const intentEvents = [
  "Product Added",
  "Product Added to Wishlist",
  "Checkout Started",
  "Signed Up",
  "Newsletter Subscribed",
  "Trial Started",
  "Ticket Opened",
  "Lead Submitted",
] as const;

/** Purchase days from which a customer who is not silent counts as loyal. */
export const loyalFrom = 4;

/** Gaps between purchases below which the brand's own rhythm cannot be told. */
export const gapsMin = 30;

/** Quantiles of the weeks between two purchases of a customer, over all customers. */
export interface GapQuantiles {
  gaps: number;
  medianWeeks: number;
  q80Weeks: number;
  q95Weeks: number;
}

/** Parameters of the purchase model, for P(active) on any day; see `models/value`. */
export interface ActiveModel {
  name: "BG/NBD" | "MBG/NBD";
  earlyExits: 0 | 1;
  r: number;
  alpha: number;
  a: number;
  b: number;
}

/** How long a customer may be silent. Weeks. */
export interface LifecycleRule {
  /** With a model: nobody is at risk before this, however low P(active) is. */
  graceWeeks: number;
  /** Silence after which everybody is at risk, or has lapsed, whatever the model says. */
  silenceRiskWeeks: number;
  silenceLapsedWeeks: number;
  /** Absent when too few customers buy again for a model: then silence alone decides. */
  model?: ActiveModel;
}

/** P(active) below which a customer is at risk, and below which they have lapsed. */
export const atRiskBelow = 0.5;
export const lapsedBelow = 0.2;

const clamp = (value: number, low: number, high: number) => Math.min(high, Math.max(low, value));

/**
 * The rule of a brand, from its customers' own rhythm.
 *
 * Without a model, silence decides: at risk after the gap that 80 % of repeat purchases beat (4 to 52
 * weeks), lapsed after the one that 95 % beat (at least twice as long, at most 3 years). Where fewer than
 * 30 gaps were seen: 26 and 52 weeks. With a model P(active) decides, and silence is only the last word:
 * it never waits less than half a year and a year, since P(active) of one-time buyers falls very slowly.
 */
export function ruleOf(gaps: GapQuantiles, model?: ActiveModel): LifecycleRule {
  const known = gaps.gaps >= gapsMin;
  const risk = known ? clamp(gaps.q80Weeks, 4, 52) : 26;
  const lapsed = known ? clamp(gaps.q95Weeks, 2 * risk, 156) : 52;
  if (!model) return { graceWeeks: 0, silenceRiskWeeks: risk, silenceLapsedWeeks: lapsed };
  return {
    graceWeeks: known ? clamp(gaps.medianWeeks, 1, 26) : 4,
    silenceRiskWeeks: Math.max(26, risk),
    silenceLapsedWeeks: Math.max(52, lapsed),
    model,
  };
}

/**
 * Weeks of silence after which P(active) has fallen to `chance`, for a customer with `repeats` purchases
 * after the first and the last one at age `lastWeek`. Infinity where it never falls (one-time buyers in
 * BG/NBD). Solves the odds of having left, a / (b + x + e - 1) ((alpha + T) / (alpha + t_x))^(r + x).
 */
export function weeksUntil(chance: number, model: ActiveModel, repeats: number, lastWeek: number): number {
  const { r, alpha, a, b, earlyExits } = model;
  if (earlyExits === 0 && repeats === 0) return Number.POSITIVE_INFINITY;
  const odds = (1 - chance) / chance;
  const growth = ((odds * (b + repeats + earlyExits - 1)) / a) ** (1 / (r + repeats));
  return (alpha + lastWeek) * (growth - 1);
}

/** Whole days of silence after which a customer is at risk, and has lapsed. */
export function silenceLimits(
  rule: LifecycleRule,
  repeats: number,
  lastWeek: number,
): { riskDays: number; lapsedDays: number } {
  const { graceWeeks, silenceRiskWeeks, silenceLapsedWeeks, model } = rule;
  if (!model)
    return { riskDays: Math.ceil(silenceRiskWeeks * 7), lapsedDays: Math.ceil(silenceLapsedWeeks * 7) };
  const lapsed = Math.min(
    silenceLapsedWeeks,
    Math.max(2 * graceWeeks, weeksUntil(lapsedBelow, model, repeats, lastWeek)),
  );
  const risk = Math.min(
    silenceRiskWeeks,
    lapsed,
    Math.max(graceWeeks, weeksUntil(atRiskBelow, model, repeats, lastWeek)),
  );
  return { riskDays: Math.ceil(risk * 7), lapsedDays: Math.ceil(lapsed * 7) };
}

/** What a customer's stages follow from. Days are counted from 1970-01-01. */
export interface LifeFacts {
  /** First contact. */
  firstDay: number;
  /** First sign of wanting to buy, or being known by name; undefined without. */
  leadDay?: number;
  /** Distinct purchase days, ascending. */
  purchaseDays: readonly number[];
}

/** A stay in a stage. `ended` is the first day in the next one. */
export interface Stay {
  stage: Stage;
  since: number;
  ended?: number;
}

/**
 * All stages of a customer up to the day `until`, in order.
 *
 * Before the first purchase: prospect from the first contact, lead from the first sign of interest.
 * After a purchase: new (the first), repeat, loyal (from the fourth); won back when it ended a lapse,
 * until the next purchase. Between purchases silence leads to at risk, then lapsed.
 */
export function staysOf(facts: LifeFacts, rule: LifecycleRule, until: number): Stay[] {
  const marks: { day: number; stage: Stage }[] = [];
  const firstPurchase = facts.purchaseDays[0] ?? Number.POSITIVE_INFINITY;
  const { firstDay, leadDay, purchaseDays } = facts;
  if (firstDay < firstPurchase && (leadDay === undefined || firstDay < leadDay)) {
    marks.push({ day: firstDay, stage: "prospect" });
  }
  if (leadDay !== undefined && leadDay < firstPurchase) marks.push({ day: leadDay, stage: "lead" });
  let lapsedBefore = false;
  purchaseDays.forEach((day, i) => {
    marks.push({
      day,
      stage: lapsedBefore ? "won_back" : i === 0 ? "new" : i + 1 >= loyalFrom ? "loyal" : "repeat",
    });
    const { riskDays, lapsedDays } = silenceLimits(rule, i, (day - purchaseDays[0]!) / 7);
    const next = purchaseDays[i + 1] ?? until + 1;
    if (day + riskDays < next && riskDays < lapsedDays) marks.push({ day: day + riskDays, stage: "at_risk" });
    lapsedBefore = day + lapsedDays < next;
    if (lapsedBefore) marks.push({ day: day + lapsedDays, stage: "lapsed" });
  });
  const changes = marks.filter((mark, i) => i === 0 || mark.stage !== marks[i - 1]!.stage);
  return changes.map((mark, i) => ({
    stage: mark.stage,
    since: mark.day,
    ...(changes[i + 1] ? { ended: changes[i + 1]!.day } : {}),
  }));
}
