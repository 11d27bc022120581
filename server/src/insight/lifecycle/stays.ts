import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { atRiskBelow, intentEvents, type LifecycleRule, lapsedBelow, loyalFrom } from "./model.ts";

const Gaps = z.object({
  gaps: z.number(),
  medianWeeks: z.number(),
  q80Weeks: z.number(),
  q95Weeks: z.number(),
});

/** How many weeks lie between two purchases of a customer, over all customers of a run? */
export async function gapQuantiles(ctx: Context, runId: number): Promise<z.infer<typeof Gaps>> {
  const [row] = await ctx.events.query(
    Gaps,
    { run: runId },
    `select
      count() as gaps,
      if(gaps = 0, 0, quantileExact(0.5)(gap) / 7) as median_weeks,
      if(gaps = 0, 0, quantileExact(0.8)(gap) / 7) as q80_weeks,
      if(gaps = 0, 0, quantileExact(0.95)(gap) / 7) as q95_weeks
    from (
      select arrayJoin(arraySlice(arrayDifference(arrayMap(day -> toInt32(toUInt16(day)), days)), 2)) as gap
      from value_histories where run_id = {run:UInt32}
    )`,
    { lane: "work" },
  );
  return row!;
}

/**
 * Writes every stay of every customer in a stage, in one statement: the SQL of `staysOf`, which is told
 * the same in `model.ts` and held equal by a test. Stays are told by the run's rule for the past too, so
 * counts of different months compare.
 */
const staysSql = `
  insert into lifecycle_stages
  with
    people as (
      select customer_id, toUInt16(toDate(created_at, {zone:String})) as created_day, known
      from customers where profile = 1
    ),
    contacts as (
      select
        customer_id,
        toUInt16(toDate(min(happened_at), {zone:String})) as contact_day,
        toUInt16(toDate(minIf(happened_at, name in {intents:Array(String)}), {zone:String})) as intent_day
      from events
      where customer_id > 0
      group by customer_id
    ),
    buyers as (
      select customer_id, arrayMap(day -> toInt32(toUInt16(day)), days) as days
      from value_histories where run_id = {run:UInt32}
    ),
    facts as (
      select
        people.customer_id as customer_id,
        toInt32(if(contact_day = 0, created_day, contact_day)) as first_day,
        -- Named people are leads from the day they came to be known; intent may have come earlier.
        toInt32(if(known = 1, if(intent_day = 0, greatest(first_day, created_day), least(intent_day, greatest(first_day, created_day))), intent_day)) as lead_day,
        days
      from people
      left join contacts using (customer_id)
      left join buyers using (customer_id)
    ),
    marked as (
      select
        customer_id,
        if(empty(days), 2147483647, days[1]) as first_purchase,
        arrayMap(day -> (day - days[1]) / 7., days) as ages,
        arrayMap((age, i) ->
          if({modelled:UInt8} = 0, {silenceLapsed:Float64},
            least({silenceLapsed:Float64}, greatest(2 * {grace:Float64},
              if({earlyExits:UInt8} = 0 and i = 1, inf,
                ({alpha:Float64} + age) * (pow({lapsedOdds:Float64} * ({b:Float64} + i - 2 + {earlyExits:UInt8}) / {a:Float64}, 1 / ({r:Float64} + i - 1)) - 1))))),
          ages, arrayEnumerate(ages)) as lapsed_weeks,
        arrayMap((age, i) ->
          if({modelled:UInt8} = 0, {silenceRisk:Float64},
            least({silenceRisk:Float64}, lapsed_weeks[i], greatest({grace:Float64},
              if({earlyExits:UInt8} = 0 and i = 1, inf,
                ({alpha:Float64} + age) * (pow({riskOdds:Float64} * ({b:Float64} + i - 2 + {earlyExits:UInt8}) / {a:Float64}, 1 / ({r:Float64} + i - 1)) - 1))))),
          ages, arrayEnumerate(ages)) as risk_weeks,
        arrayMap(weeks -> toInt32(ceil(weeks * 7)), lapsed_weeks) as lapsed_days,
        arrayMap(weeks -> toInt32(ceil(weeks * 7)), risk_weeks) as risk_days,
        arrayMap(i -> if(i < length(days), days[i + 1], toInt32(toUInt16({until:Date})) + 1), arrayEnumerate(days)) as nexts,
        arrayMap((day, next, limit) -> day + limit < next, days, nexts, lapsed_days) as lapses,
        arrayConcat(
          if(first_day < first_purchase and (lead_day = 0 or first_day < lead_day), [(first_day, 0, 'prospect')], []),
          if(lead_day > 0 and lead_day < first_purchase, [(lead_day, 0, 'lead')], []),
          arrayMap((day, i) -> (day, 1, multiIf(i > 1 and lapses[i - 1], 'won_back', i = 1, 'new', i >= {loyalFrom:UInt8}, 'loyal', 'repeat')), days, arrayEnumerate(days)),
          arrayMap(i -> (days[i] + risk_days[i], 2, 'at_risk'),
            arrayFilter(i -> days[i] + risk_days[i] < nexts[i] and risk_days[i] < lapsed_days[i], arrayEnumerate(days))),
          arrayMap(i -> (days[i] + lapsed_days[i], 3, 'lapsed'), arrayFilter(i -> lapses[i], arrayEnumerate(days)))
        ) as marks,
        -- The middle number orders marks of one day as the rule does: before, bought, at risk, lapsed.
        arraySort(mark -> (mark.1, mark.2), marks) as ordered,
        arrayFilter((mark, i) -> i = 1 or mark.3 != ordered[i - 1].3, ordered, arrayEnumerate(ordered)) as changes
      from facts
    )
  select
    {run:UInt32},
    customer_id,
    changes[i].3,
    if(i = 1, '', changes[i - 1].3),
    toDate(toUInt16(changes[i].1)),
    if(i = length(changes), null, toDate(toUInt16(changes[i + 1].1)))
  from marked
  array join arrayEnumerate(changes) as i`;

export async function writeStays(
  ctx: Context,
  ask: { runId: number; until: string; rule: LifecycleRule },
): Promise<void> {
  const { rule } = ask;
  const odds = (chance: number) => (1 - chance) / chance;
  await ctx.events.command(
    staysSql,
    {
      run: ask.runId,
      zone: ctx.garden.timezone,
      until: ask.until,
      intents: intentEvents,
      loyalFrom,
      grace: rule.graceWeeks,
      silenceRisk: rule.silenceRiskWeeks,
      silenceLapsed: rule.silenceLapsedWeeks,
      modelled: rule.model ? 1 : 0,
      earlyExits: rule.model?.earlyExits ?? 0,
      r: rule.model?.r ?? 1,
      alpha: rule.model?.alpha ?? 1,
      a: rule.model?.a ?? 1,
      b: rule.model?.b ?? 1,
      riskOdds: odds(atRiskBelow),
      lapsedOdds: odds(lapsedBelow),
    },
    { lane: "work" },
  );
}
