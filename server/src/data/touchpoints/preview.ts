import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import type { ParamValue } from "../../platform/clickhouse/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { eventsWith, type PropertyColumn } from "../events/index.ts";
import type { TouchpointRule } from "./model.ts";
import { type Binding, ruledSql, ruleSql } from "./sql.ts";

const Change = z.object({
  rule: z.number(),
  event: z.string(),
  before: z.string(),
  after: z.string(),
  mediumBefore: z.string(),
  mediumAfter: z.string(),
  events: z.number(),
  customers: z.number(),
});
export const TouchpointPreview = z.object({
  /** Events of the period, and how many of them would belong to another channel, medium or campaign. */
  events: z.number(),
  changed: z.number(),
  /** Of what changes, the most frequent first; at most 100. `rule` counts from 1. */
  changes: z.array(Change),
});
export type TouchpointPreview = z.infer<typeof TouchpointPreview>;

class Parameters implements Binding {
  readonly params: Record<string, ParamValue> = {};
  readonly properties: PropertyColumn[] = [];
  add(value: string, type: string): string {
    const name = `touchpoint${Object.keys(this.params).length}`;
    this.params[name] = value;
    return `{${name}:${type}}`;
  }
  property(path: string): string {
    const column = `touchpoint_property${this.properties.length}`;
    this.properties.push({ column, placeholder: this.add(path, "Identifier") });
    return column;
  }
}

/** What these rules would change of the events in [from, to). Changes nothing. Refuses touchpoints.period. */
export async function previewRules(
  ctx: Context,
  ask: { rules: readonly TouchpointRule[]; from: string; to: string },
): Promise<TouchpointPreview> {
  if (ask.from >= ask.to)
    refuse(
      "invalid",
      "touchpoints.period",
      "The period ends before it begins: `to` is the day after the last.",
    );
  const bound = new Parameters();
  const zone = bound.add(ctx.garden.timezone, "String");
  const number = ruleSql(ask.rules, bound);
  const [channel, medium, campaign] = (["channel", "medium", "campaign"] as const).map((of) =>
    ruledSql(ask.rules, of, "number", bound),
  );
  const start = (day: string) => `toDateTime64(concat(${bound.add(day, "String")}, ' 00:00:00'), 3, ${zone})`;
  const rows = await ctx.events.query(
    Change.extend({ isChange: z.number(), allEvents: z.number(), allChanged: z.number() }),
    bound.params,
    `select
      number as rule, name as event, channel as before, channel_after as after,
      medium as medium_before, medium_after,
      channel != channel_after or medium != medium_after or campaign != campaign_after as is_change,
      count() as events, uniqExact(customer_id) as customers,
      sum(events) over () as all_events, sumIf(events, is_change = 1) over () as all_changed
    from (
      select
        customer_id, name, toString(channel) as channel, toString(medium) as medium, toString(campaign) as campaign, number,
        ${channel} as channel_after, ${medium} as medium_after, ${campaign} as campaign_after
      from (
        select customer_id, name, channel, medium, campaign, ${number} as number
        from ${await eventsWith(ctx.events, bound.properties)}
        where customer_id > 0 and happened_at >= ${start(ask.from)} and happened_at < ${start(ask.to)}
      )
    )
    group by rule, event, before, after, medium_before, medium_after, is_change
    order by is_change desc, events desc, event, before
    limit 100
    settings max_execution_time = 60`,
  );
  return {
    events: rows[0]?.allEvents ?? 0,
    changed: rows[0]?.allChanged ?? 0,
    changes: rows
      .filter((row) => row.isChange)
      .map(({ isChange: _, allEvents: __, allChanged: ___, ...change }) => change),
  };
}
