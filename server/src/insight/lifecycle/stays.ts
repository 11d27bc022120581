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
    -- Each level below is a question of its own on purpose: a name that is used where it is made is worked out anew
    -- for every use of it, which took four fifths of the statement's time.
    aged as (
      select
        customer_id, first_day, lead_day, days,
        arrayEnumerate(days) as nos,
        if(empty(days), 2147483647, days[1]) as first_purchase,
        arrayMap(day -> (day - days[1]) / 7., days) as ages,
        if(empty(days), [], arrayPushBack(arrayPopFront(days), toInt32(toUInt16({until:Date})) + 1)) as nexts
      from facts
    ),
    lapsing as (
      select
        *,
        arrayMap((age, i) ->
          if({modelled:UInt8} = 0, {silenceLapsed:Float64},
            least({silenceLapsed:Float64}, greatest(2 * {grace:Float64},
              if({earlyExits:UInt8} = 0 and i = 1, inf,
                ({alpha:Float64} + age) * (pow({lapsedOdds:Float64} * ({b:Float64} + i - 2 + {earlyExits:UInt8}) / {a:Float64}, 1 / ({r:Float64} + i - 1)) - 1))))),
          ages, nos) as lapsed_weeks
      from aged
    ),
    risking as (
      select
        *,
        arrayMap((age, i, lapsed) ->
          if({modelled:UInt8} = 0, {silenceRisk:Float64},
            least({silenceRisk:Float64}, lapsed, greatest({grace:Float64},
              if({earlyExits:UInt8} = 0 and i = 1, inf,
                ({alpha:Float64} + age) * (pow({riskOdds:Float64} * ({b:Float64} + i - 2 + {earlyExits:UInt8}) / {a:Float64}, 1 / ({r:Float64} + i - 1)) - 1))))),
          ages, nos, lapsed_weeks) as risk_weeks
      from lapsing
    ),
    dated as (
      select
        *,
        arrayMap((day, weeks) -> day + toInt32(ceil(weeks * 7)), days, lapsed_weeks) as lapsed_on,
        arrayMap((day, weeks) -> day + toInt32(ceil(weeks * 7)), days, risk_weeks) as risk_on
      from risking
    ),
    broken as (
      select *, arrayMap((on, next) -> on < next, lapsed_on, nexts) as lapses from dated
    ),
    marked as (
      select
        customer_id,
        -- The middle number orders marks of one day as the rule does: before, bought, at risk, lapsed.
        arraySort(mark -> (mark.1, mark.2), arrayConcat(
          if(first_day < first_purchase and (lead_day = 0 or first_day < lead_day), [(first_day, 0, 'prospect')], []),
          if(lead_day > 0 and lead_day < first_purchase, [(lead_day, 0, 'lead')], []),
          arrayMap((day, i) -> (day, 1, multiIf(i > 1 and lapses[i - 1], 'won_back', i = 1, 'new', i >= {loyalFrom:UInt8}, 'loyal', 'repeat')), days, nos),
          arrayMap(on -> (on, 2, 'at_risk'),
            arrayFilter((on, next, lapsed) -> on < next and on < lapsed, risk_on, nexts, lapsed_on)),
          arrayMap(on -> (on, 3, 'lapsed'), arrayFilter((on, is) -> is, lapsed_on, lapses))
        )) as ordered
      from broken
    ),
    changed as (
      select
        customer_id,
        arrayFilter((mark, i) -> i = 1 or mark.3 != ordered[i - 1].3, ordered, arrayEnumerate(ordered)) as changes
      from marked
    ),
    stays as (
      select
        customer_id,
        arrayJoin(arrayZip(
          changes.3,
          arrayPushFront(arrayPopBack(changes.3), ''),
          changes.1,
          arrayPushBack(arrayPopFront(arrayMap(day -> toNullable(day), changes.1)), null)
        )) as stay
      from changed
    )
  select
    {run:UInt32},
    customer_id,
    stay.1,
    stay.2,
    toDate(toUInt16(stay.3)),
    if(stay.4 is null, null, toDate(toUInt16(assumeNotNull(stay.4))))
  from stays`;

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
