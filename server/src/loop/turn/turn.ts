import { z } from "zod";
import { npsScore } from "../../experience/surveys/index.ts";
import type { Context } from "../../garden/index.ts";
import { countStages } from "../../insight/lifecycle/index.ts";
import { findCurrentRun } from "../../insight/runs/index.ts";
import { Effect, measureEffect } from "../../offer/experiments/index.ts";
import { type OfferCounts, offerCounts } from "../../offer/placements/index.ts";
import { periodValue } from "./filters.ts";
import { Days, Passage, Station, StationName, shareOf, stuckAt, turnDays } from "./model.ts";
import { Need, needs } from "./needs.ts";
import {
  daysToArrive,
  daysToDecision,
  daysToDisplay,
  daysToInsight,
  insightInstants,
  reached,
} from "./passages.ts";
import { acceptedByDay, boughtOnce, scoredAt } from "./people.ts";
import { type LoopPeriod, loopPeriod } from "./period.ts";
import {
  channelNote,
  stoppedByDay,
  touchpointsByChannel,
  touchpointsByDay,
  touchpointsIn,
} from "./touchpoints.ts";

const Nps = z.object({
  answers: z.number(),
  promoters: z.number(),
  passives: z.number(),
  detractors: z.number(),
  /** The score with its interval; null where nobody answered. */
  estimate: z.object({ score: z.number(), low: z.number(), high: z.number() }).nullable(),
});

export const Turn = z.discriminatedUnion("state", [
  /** Nothing ever happened in this garden. */
  z.object({ state: z.literal("empty") }),
  z.object({
    state: z.literal("turning"),
    from: z.string(),
    to: z.string(),
    anchor: z.enum(["now", "newest"]),
    stations: z.array(Station),
    passages: z.array(Passage),
    /** The station behind which the loop is stuck; null where no passage is narrow. */
    stuckAfter: StationName.nullable(),
    turn: Days.nullable(),
    effect: Effect,
    nps: Nps,
    needs: z.array(Need),
  }),
]);
export type Turn = z.infer<typeof Turn>;

/** The loop as it turned in the last days: four stations, the ways between them, and what it was worth. */
export async function turnOfTheLoop(ctx: Context, count: number): Promise<Turn> {
  const period = await loopPeriod(ctx, count);
  if (!period) return { state: "empty" };
  const before = { from: period.previousFrom, to: period.previousTo };
  const stages = await findCurrentRun(ctx, "lifecycle");
  const run = stages?.id ?? 0;

  const [now, then, days, channels, stopped, effect, counts, earlier, accepted, known] = await Promise.all([
    touchpointsIn(ctx, period),
    touchpointsIn(ctx, before),
    touchpointsByDay(ctx, period, run),
    touchpointsByChannel(ctx, period),
    stoppedDays(ctx, period),
    measureEffect(ctx),
    offerCounts(ctx, period),
    offerCounts(ctx, before),
    acceptedByDay(ctx, period),
    insightInstants(ctx),
  ]);
  const byDay = new Map(days.map((day) => [day.day, day]));
  const perDay = (of: (day: string) => number) => period.days.map(of);
  const touchpoints = (day: string) => byDay.get(day)?.touchpoints ?? 0;
  const value = periodValue(period);
  const touchedBy = { filter: "loop_touched", value };

  const experience: Station = {
    station: "experience",
    unit: "touchpoints",
    value: now.touchpoints,
    missing: null,
    of: now.customers,
    previous: then.touchpoints || null,
    days: perDay(touchpoints),
    note: channelNote(channels),
    noteFilter: null,
    customersFilter: touchedBy,
    ofFilter: touchedBy,
  };
  const keptShare = shareOf(now.touchpoints, now.touchpoints + stopped.now);
  const data: Station = {
    station: "data",
    unit: "share",
    value: keptShare,
    missing: keptShare === null ? "no_touchpoint" : null,
    of: null,
    previous: shareOf(then.touchpoints, then.touchpoints + stopped.before),
    days: perDay((day) => shareOf(touchpoints(day), touchpoints(day) + (stopped.byDay.get(day) ?? 0)) ?? 0),
    note: stopped.now > 0 ? { code: "stopped", events: stopped.now, share: 1 - (keptShare ?? 0) } : null,
    // Of what was not kept nobody knows whose it was.
    noteFilter: null,
    customersFilter: touchedBy,
    ofFilter: null,
  };
  const insight = await insightStation(
    ctx,
    period,
    run,
    perDay((day) => byDay.get(day)?.scored ?? 0),
  );
  const offer = offerStation(
    counts,
    earlier,
    perDay((day) => accepted.get(day) ?? 0),
    value,
  );
  const passages = await passagesOf(ctx, period, {
    run,
    known,
    kept: now.touchpoints,
    stopped: stopped.now,
    counts,
  });
  const [nps, waiting] = await Promise.all([npsScore(ctx, period), needs(ctx, period)]);
  return {
    state: "turning",
    from: period.from.toISOString(),
    to: period.to.toISOString(),
    anchor: period.anchor,
    stations: [experience, data, insight, offer],
    passages,
    stuckAfter: stuckAt(passages),
    turn: turnDays(passages),
    effect,
    needs: waiting,
    nps: {
      answers: nps.answers,
      promoters: nps.promoters,
      passives: nps.passives,
      detractors: nps.detractors,
      estimate: nps.estimate && { score: nps.estimate.score, low: nps.estimate.low, high: nps.estimate.high },
    },
  };
}

async function stoppedDays(ctx: Context, period: LoopPeriod) {
  const first = period.days[0]!;
  const firstBefore = new Date(Date.parse(first) - period.days.length * 86_400_000)
    .toISOString()
    .slice(0, 10);
  const rows = await stoppedByDay(ctx, firstBefore, period.days.at(-1)!);
  const sum = (of: typeof rows) => of.reduce((total, row) => total + row.events, 0);
  return {
    byDay: new Map(rows.map((row) => [row.day, row.events])),
    now: sum(rows.filter((row) => row.day >= first)),
    before: sum(rows.filter((row) => row.day < first)),
  };
}

async function insightStation(
  ctx: Context,
  period: LoopPeriod,
  run: number,
  days: number[],
): Promise<Station> {
  const station = { station: "insight", unit: "customers", days, ofFilter: null } as const;
  if (run === 0) {
    return {
      ...station,
      value: null,
      missing: "no_insight",
      of: null,
      previous: null,
      note: null,
      noteFilter: null,
      customersFilter: null,
    };
  }
  const [counts, previous, once] = await Promise.all([
    countStages(ctx, run),
    scoredAt(ctx, run, period.days[0]!),
    boughtOnce(ctx),
  ]);
  const scored = counts.reduce((sum, stage) => sum + stage.customers, 0);
  return {
    ...station,
    value: scored,
    missing: null,
    of: once.customers,
    previous: previous || null,
    note:
      once.customers > 0
        ? { code: "known_share", share: scored / once.customers, boughtOnce: once.boughtOnce }
        : null,
    noteFilter: once.boughtOnce > 0 ? { filter: "value.purchases", value: "1" } : null,
    customersFilter: { filter: "loop_scored", value: "" },
  };
}

function offerStation(counts: OfferCounts, earlier: OfferCounts, days: number[], value: string): Station {
  const station = { station: "offer", unit: "offers", days } as const;
  if (counts.decided === 0) {
    const previous = earlier.decided > 0 ? earlier.accepted : null;
    return {
      ...station,
      value: null,
      missing: "no_decision",
      of: null,
      previous,
      note: null,
      noteFilter: null,
      customersFilter: null,
      ofFilter: null,
    };
  }
  return {
    ...station,
    value: counts.accepted,
    missing: null,
    of: counts.made,
    previous: earlier.decided > 0 ? earlier.accepted : null,
    note: { code: "held_back", customers: counts.heldBackCustomers },
    noteFilter: counts.heldBackCustomers > 0 ? { filter: "offer_stage", value: `held_back,${value}` } : null,
    customersFilter: { filter: "offer_stage", value: `accepted,${value}` },
    ofFilter: { filter: "offer_stage", value: `made,${value}` },
  };
}

async function passagesOf(
  ctx: Context,
  period: LoopPeriod,
  found: { run: number; known: number[]; kept: number; stopped: number; counts: OfferCounts },
): Promise<Passage[]> {
  const { run, known, kept, stopped, counts } = found;
  const value = periodValue(period);
  const [people, arrive, insight, decision, display] = await Promise.all([
    reached(ctx, period, run),
    daysToArrive(ctx, period),
    daysToInsight(ctx, period, run, known),
    daysToDecision(ctx, period, known),
    daysToDisplay(ctx, period),
  ]);
  return [
    {
      after: "experience",
      share: shareOf(kept, kept + stopped),
      missing: kept + stopped === 0 ? "no_touchpoint" : null,
      base: kept + stopped,
      passed: kept,
      days: arrive,
      passedFilter: kept > 0 ? { filter: "loop_touched", value } : null,
      // Of what was not kept nobody knows whose it was.
      waitingFilter: null,
    },
    {
      after: "data",
      share: run === 0 ? null : shareOf(people.scored, people.seen),
      missing: run === 0 ? "no_insight" : people.seen === 0 ? "no_touchpoint" : null,
      base: people.seen,
      passed: people.scored,
      days: insight,
      passedFilter: run === 0 ? null : { filter: "loop_seen_scored", value },
      waitingFilter: { filter: "loop_unscored", value },
    },
    {
      after: "insight",
      share: run === 0 ? null : shareOf(people.decided, people.scored),
      missing: run === 0 ? "no_insight" : people.scored === 0 ? "no_touchpoint" : null,
      base: people.scored,
      passed: people.decided,
      days: decision,
      passedFilter: run === 0 ? null : { filter: "loop_decided", value },
      waitingFilter: { filter: "loop_undecided", value },
    },
    {
      after: "offer",
      share: shareOf(counts.shown, counts.made),
      missing: counts.made === 0 ? "no_decision" : null,
      base: counts.made,
      passed: counts.shown,
      days: display,
      passedFilter: counts.made > 0 ? { filter: "offer_stage", value: `shown,${value}` } : null,
      waitingFilter: counts.made > 0 ? { filter: "loop_unshown", value } : null,
    },
  ];
}
