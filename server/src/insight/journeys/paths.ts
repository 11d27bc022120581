import { z } from "zod";
import type { CustomerFilter, CustomerSet } from "../../data/profiles/index.ts";
import type { Context } from "../../garden/index.ts";
import { Bound } from "./conditions.ts";
import { amongSql } from "./customers.ts";
import { foldPaths, type PathLink, type PathNode, type PathsAsk } from "./model.ts";
import { observedSql, requirePeriod, startSql } from "./period.ts";

const LinkRow = z.object({
  fromColumn: z.number(),
  from: z.string(),
  toColumn: z.number(),
  to: z.string(),
  customers: z.number(),
});

export interface PathsAnswer {
  /** Customers first met in the period. */
  customers: number;
  bought: number;
  boughtAgain: number;
  /** Columns: first contact, the further touches, first purchase, second purchase. */
  columns: number;
  nodes: PathNode[];
  links: PathLink[];
}

/*
 * Each event of a customer is packed into one number: the time in ms, the place of its label among all
 * labels, and whether it is a purchase. Sorting and walking numbers takes a fourth of the time that
 * tuples take. 41 bits of time and 12 of labels leave room until the year 2100 and beyond.
 */
const labelBits = 12;
/** A label beyond these has no place, and counts as unknown. */
const labelsMax = 2 ** labelBits - 1;

/**
 * The path of each customer as nodes `(column, label)`: the first contact; the labels met after it, each
 * at its first time, up to the first purchase; then whether they bought in time, and again in time.
 *
 * `bought` in the column after the touches is the first purchase, in the last column the second (on a
 * later day). Who did not is `left` when the window is over, and `waiting` while it is not.
 */
async function stepsSql(
  ctx: Context,
  filters: readonly CustomerFilter[],
  ask: PathsAsk,
  bound: Bound,
): Promise<string> {
  requirePeriod(ask);
  const zone = bound.add(ctx.garden.timezone, "String");
  const from = startSql(bound.add(ask.from, "String"), zone);
  const to = startSql(bound.add(ask.to, "String"), zone);
  const windowMs = bound.add(Math.round(ask.windowDays * 86_400_000), "Int64");
  const touches = bound.add(ask.touches, "UInt8");
  const firstOutcome = bound.add(ask.touches + 1, "UInt8");
  const observed = await observedSql(ctx, ask, zone, bound);
  const among = await amongSql(ctx, filters, ask.customers, bound);
  const label = ask.by === "channel" ? "channel" : "name";
  const bit = 2 ** labelBits;
  return `
    with
      (select groupArray(toString(label)) from (select ${label} as label from events group by label limit ${labelsMax})) as labels
    select
      customer_id,
      arrayConcat(
        arrayMap((place, i) -> (toUInt8(i - 1), if(place = 0, '', labels[place])), places, arrayEnumerate(places)),
        [(toUInt8(${firstOutcome}), first_outcome)],
        if(first_outcome = 'bought', [(toUInt8(${firstOutcome} + 1), second_outcome)], [])
      ) as nodes
    from (
      select
        customer_id,
        arraySort(groupArray(
          toUInt64(toUnixTimestamp64Milli(happened_at)) * ${2 * bit} + indexOf(labels, ${label}) * 2 + (name = 'Order Completed')
        )) as touched,
        intDiv(touched[1], ${2 * bit}) as first_at,
        arrayFirst(touch -> bitTest(touch, 0), touched) as purchase,
        intDiv(purchase, ${2 * bit}) as purchase_at,
        -- The second purchase is the first one on a later day.
        toUInt64(toUnixTimestamp(toStartOfDay(fromUnixTimestamp64Milli(toInt64(purchase_at)), ${zone}) + toIntervalDay(1))) * 1000 * ${2 * bit} as next_day,
        if(purchase = 0, 0, intDiv(arrayFirst(touch -> touch >= next_day and bitTest(touch, 0), touched), ${2 * bit})) as again_at,
        ${observed ? `toUnixTimestamp64Milli(${observed})` : "toInt64(9223372036854775807)"} as observed_at,
        multiIf(
          purchase_at > 0 and purchase_at <= first_at + ${windowMs}, 'bought',
          first_at + ${windowMs} > observed_at, 'waiting',
          'left') as first_outcome,
        multiIf(
          again_at > 0 and again_at <= purchase_at + ${windowMs}, 'bought',
          purchase_at + ${windowMs} > observed_at, 'waiting',
          'left') as second_outcome,
        least((first_at + ${windowMs} + 1) * ${2 * bit}, if(purchase = 0, 18446744073709551615, purchase)) as touched_until,
        arrayMap(touch -> intDiv(touch % ${2 * bit}, 2), arrayConcat([touched[1]], arrayFilter(touch -> touch < touched_until and not bitTest(touch, 0), touched))) as met,
        arraySlice(arrayDistinct(met), 1, 1 + ${touches}) as places
      from events
      where customer_id > 0 ${among}
      group by customer_id
    )
    where first_at >= toUnixTimestamp64Milli(${from}) and first_at < toUnixTimestamp64Milli(${to})`;
}

/** The ways from the first contact to the first purchase and the second, with where they end. One statement. */
export async function paths(
  ctx: Context,
  filters: readonly CustomerFilter[],
  ask: PathsAsk,
): Promise<PathsAnswer> {
  const bound = new Bound("paths");
  const steps = await stepsSql(ctx, filters, ask, bound);
  const rows = await ctx.events.query(
    LinkRow,
    bound.params,
    `select
      (link.1).1 as from_column, toString((link.1).2) as \`from\`,
      (link.2).1 as to_column, toString((link.2).2) as \`to\`,
      count() as customers
    from (select arrayJoin(arrayZip(arrayPopBack(nodes), arrayPopFront(nodes))) as link from (${steps}))
    group by from_column, \`from\`, to_column, \`to\`
    settings max_execution_time = 60`,
  );
  const firstOutcome = ask.touches + 1;
  const sum = (keep: (row: PathLink) => boolean) =>
    rows.reduce((total, row) => total + (keep(row) ? row.customers : 0), 0);
  return {
    customers: sum((row) => row.fromColumn === 0),
    bought: sum((row) => row.toColumn === firstOutcome && row.to === "bought"),
    boughtAgain: sum((row) => row.toColumn === firstOutcome + 1 && row.to === "bought"),
    columns: firstOutcome + 2,
    ...foldPaths(rows, firstOutcome),
  };
}

/** A node of the picture: a label of a column, or, where small ones are folded into one, all but these. */
export interface PathPlace {
  column: number;
  label?: string | undefined;
  not?: string[] | undefined;
}

/** The customers who stand at a node, or who go from one node to another. */
export async function pathCustomers(
  ctx: Context,
  filters: readonly CustomerFilter[],
  ask: PathsAsk,
  at: PathPlace,
  next?: PathPlace,
): Promise<CustomerSet> {
  const bound = new Bound("paths");
  const steps = await stepsSql(ctx, filters, ask, bound);
  const isAt = (node: string, { column, label, not }: PathPlace) =>
    `${node}.1 = ${bound.add(column, "UInt8")} and ${
      label === undefined
        ? `${node}.2 not in ${bound.add(not ?? [], "Array(String)")}`
        : `${node}.2 = ${bound.add(label, "String")}`
    }`;
  const condition = next
    ? `arrayExists((one, other) -> ${isAt("one", at)} and ${isAt("other", next)}, arrayPopBack(nodes), arrayPopFront(nodes))`
    : `arrayExists(one -> ${isAt("one", at)}, nodes)`;
  return { sql: `select customer_id from (${steps}) where ${condition}`, params: bound.params };
}
