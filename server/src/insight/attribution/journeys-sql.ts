import { eventsWith } from "../../data/events/index.ts";
import type { CustomerFilter } from "../../data/profiles/index.ts";
import { loadTouchpointRules, ruledSql, ruleSql } from "../../data/touchpoints/index.ts";
import type { Context } from "../../garden/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { amongSql, type Bound, observedSql, startSql } from "../journeys/index.ts";
import { type AttributionAsk, noTouches, sameTouchMinutes, touchesMax } from "./model.ts";

const dayMs = 86_400_000;

/**
 * One row a journey: whose, how it ended (`kind`, `last_at`, `value`), and its touches (`path`, `touched_at`).
 *
 * A conversion ends a journey, and so does a silence longer than the window. A visit is one touch, by what brought it; so
 * is the same channel again within half an hour. What lies further before the end than the window does not count.
 */
export async function journeysSql(
  ctx: Context,
  filters: readonly CustomerFilter[],
  ask: AttributionAsk,
  bound: Bound,
): Promise<string> {
  if (ask.from >= ask.to)
    refuse(
      "invalid",
      "attribution.period",
      "The period ends before it begins: `to` is the day after the last.",
    );
  const zone = bound.add(ctx.garden.timezone, "String");
  const from = startSql(bound.add(ask.from, "String"), zone);
  const to = startSql(bound.add(ask.to, "String"), zone);
  const windowMs = bound.add(ask.windowDays * dayMs, "Int64");
  const days = bound.add(ask.windowDays, "UInt16");
  const conversion = bound.add(ask.conversion, "String");
  const observed = await observedSql(ctx, ask, zone, bound);
  const among = await amongSql(ctx, filters, ask.customers, bound);
  const sameMs = sameTouchMinutes * 60_000;
  const rules = await loadTouchpointRules(ctx.pool);
  const rule = ruleSql(rules, bound);
  const channel = ruledSql(rules, "channel", "rule", bound);
  const reported = bound.add(
    rules.flatMap(({ selfReported }, at) => (selfReported ? [at + 1] : [])),
    "Array(UInt8)",
  );
  // An item is (time in ms, channel, whether it is the conversion, value, session, whether it tells where all began).
  return `
    select
      customer_id,
      journey[-1] as ending,
      ending.1 as last_at,
      ending.4 as value,
      arrayFilter(one -> one.3 = 0 and one.1 >= last_at - ${windowMs}, journey) as met,
      length(met) > ${touchesMax} as is_long,
      if(is_long, arrayPushFront(arraySlice(met, -${touchesMax - 1}), met[1]), met) as touches,
      arrayMap(one -> one.2, touches) as path,
      arrayMap(one -> one.1, touches) as touched_at,
      multiIf(
        ending.3 = 1 and empty(met), 'untouched',
        ending.3 = 1, 'converted',
        ${observed ? `last_at + ${windowMs} > toUnixTimestamp64Milli(${observed}), 'waiting',` : ""}
        'null') as kind
    from (
      select
        customer_id,
        arrayJoin(arraySplit(
          (one, before) -> before.3 = 1 or one.1 - before.1 > ${windowMs},
          items, arrayPushFront(arrayPopBack(items), items[1])
        )) as journey
      from (
        select
          customer_id,
          arrayFilter(
            (one, before, place) -> one.3 = 1 or place = 1 or before.3 = 1 or one.2 != before.2 or one.1 - before.1 > ${sameMs},
            visits, arrayPushFront(arrayPopBack(visits), visits[1]), arrayEnumerate(visits)
          ) as items
        from (
          select
            customer_id,
            arraySort(one -> (one.1, one.3), groupArray((
              toUnixTimestamp64Milli(happened_at), toString(channel_ruled), toUInt8(name = ${conversion}),
              toInt64(ifNull(amount_garden_minor, 0)), session_id,
              toUInt8(has(${reported}, rule))
            ))) as sent,
            arraySort(one -> (one.1, one.3), arrayMap(
              one -> if(one.6 = 1, (sent[1].1 - 1, one.2, one.3, one.4, toUInt64(0), one.6), one), sent
            )) as told,
            arrayFilter(
              (one, nth) -> one.3 = 1 or one.5 = 0 or nth = 1,
              told, arrayEnumerateUniq(arrayMap(one -> (one.5, one.3), told))
            ) as visits
          from (
            select *, ${channel} as channel_ruled
            from (
              select customer_id, happened_at, name, channel, amount_garden_minor, session_id, ${rule} as rule
              from ${await eventsWith(ctx.events, bound.properties)}
            )
          )
          where customer_id > 0
            and happened_at >= ${from} - toIntervalDay(${days}) and happened_at < ${to} + toIntervalDay(${days})
            and (name = ${conversion} or (channel_ruled != '' and (rule > 0 or name not in ${bound.add(noTouches, "Array(String)")})))
            ${among}
          group by customer_id
        )
      )
    )
    where last_at >= toUnixTimestamp64Milli(${from}) and last_at < toUnixTimestamp64Milli(${to})`;
}
