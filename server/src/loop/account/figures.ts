import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { findCurrentRun } from "../../insight/runs/index.ts";
import type { Params } from "../../platform/clickhouse/index.ts";
import { type MemberSum, type MemberValue, sumMembers } from "./model.ts";

/** A member is active with an event in these days. */
export const activeDays = 90;

/**
 * Events of the accounts `ids`: those that say so, and of those that say nothing those of customers who were members then,
 * of several accounts the latest. So orders from files count too, and what somebody did before they were made a member.
 */
export const eventsOfAccounts = `
  select account_id as account, customer_id, event_id, name, happened_at, amount_minor, amount_garden_minor
  from events where account_id in {ids:Array(UInt64)}
  union all
  select account, customer_id, event_id, name, happened_at, amount_minor, amount_garden_minor from (
    select m.account_id as account, e.customer_id as customer_id, e.event_id as event_id, e.name as name,
      e.happened_at as happened_at, e.amount_minor as amount_minor, e.amount_garden_minor as amount_garden_minor
    from (
      select customer_id, event_id, name, happened_at, amount_minor, amount_garden_minor from events
      where account_id = 0 and customer_id in (select customer_id from account_members where account_id in {ids:Array(UInt64)})
    ) as e
    inner join account_members as m on m.customer_id = e.customer_id
    where e.happened_at >= m.since and (m.until is null or e.happened_at < m.until)
    order by m.since desc, m.account_id desc limit 1 by e.event_id
  ) where account in {ids:Array(UInt64)}`;

/** Who belongs to the accounts `ids` at `now`. */
const current = `
  select distinct account_id as account, customer_id from account_members
  where account_id in {ids:Array(UInt64)} and (until is null or until > {now:DateTime64(3, 'UTC')})
    and customer_id in (select customer_id from customers)`;

const EventSums = z.object({
  account: z.number(),
  orders: z.number(),
  revenueMinor: z.number(),
  /** Orders and refunds that wait for an exchange rate: in no sum. */
  unrated: z.number(),
  lastAt: z.string().nullable(),
});
const MemberRow = z.object({
  account: z.number(),
  customerId: z.number(),
  allows: z.number(),
  active: z.number(),
  expectedMinor: z.number().nullable(),
  low95Minor: z.number().nullable(),
  high95Minor: z.number().nullable(),
});

export interface AccountFigures extends MemberSum {
  orders: number;
  revenueMinor: number;
  unrated: number;
  lastAt: string | null;
}

export interface Ground {
  sums: Map<number, z.infer<typeof EventSums>>;
  members: MemberValue[];
  /** The last day of data that the expected values saw; null before the first run. */
  dataUntil: string | null;
}

async function asked(ctx: Context, ids: readonly number[]) {
  const run = await findCurrentRun(ctx, "value");
  const now = ctx.now();
  const params: Params = {
    ids,
    now,
    run: run?.id ?? 0,
    activeSince: new Date(now.getTime() - activeDays * 86_400_000),
  };
  return { run, params };
}

/** Everything that the figures of these accounts are made of: sums of their events, and their members one by one. */
export async function groundOf(ctx: Context, ids: readonly number[]): Promise<Ground> {
  if (!ids.length) return { sums: new Map(), members: [], dataUntil: null };
  const { run, params } = await asked(ctx, ids);
  const [sums, members] = await Promise.all([
    ctx.events.query(
      EventSums,
      params,
      `select account, countIf(name = 'Order Completed') as orders,
        coalesce(sumIf(amount_garden_minor, name in ('Order Completed', 'Order Refunded')), 0) as revenue_minor,
        countIf(name in ('Order Completed', 'Order Refunded') and amount_minor is not null and amount_garden_minor is null) as unrated,
        formatDateTime(max(happened_at), '%Y-%m-%dT%H:%i:%SZ') as last_at
      from (${eventsOfAccounts}) group by account`,
    ),
    ctx.events.query(
      MemberRow,
      params,
      `select c.account as account, c.customer_id as customer_id, p.profile as allows, c.customer_id in (
          select customer_id from (${eventsOfAccounts}) where happened_at >= {activeSince:DateTime64(3, 'UTC')}
        ) as active,
        if(p.profile = 1, v.expected_minor, null) as expected_minor, if(p.profile = 1, v.low95_minor, null) as low95_minor,
        if(p.profile = 1, v.high95_minor, null) as high95_minor
      from (${current}) as c
      left join (select customer_id, profile from customers) as p on p.customer_id = c.customer_id
      left join (
        select customer_id, expected_minor, low95_minor, high95_minor from value_by_customer where run_id = {run:UInt32}
      ) as v on v.customer_id = c.customer_id
      order by account, customer_id`,
    ),
  ]);
  return {
    sums: new Map(sums.map((one) => [one.account, one])),
    members: members.map(({ account, allows, active, ...one }) => ({
      ...one,
      ...{ accountId: account, allows: allows === 1, active: active === 1 },
    })),
    dataUntil: run?.dataUntil ?? null,
  };
}

/** What these accounts come to together. An event is of one account, so sums add; a person is one person. */
export function figuresOf(ground: Ground, accountIds: ReadonlySet<number>): AccountFigures {
  const figures = {
    ...sumMembers(ground.members.filter((one) => accountIds.has(one.accountId))),
    ...{ orders: 0, revenueMinor: 0, unrated: 0, lastAt: null as string | null },
  };
  for (const id of accountIds) {
    const sum = ground.sums.get(id);
    if (!sum) continue;
    figures.orders += sum.orders;
    figures.revenueMinor += sum.revenueMinor;
    figures.unrated += sum.unrated;
    if (sum.lastAt && (figures.lastAt === null || sum.lastAt > figures.lastAt)) figures.lastAt = sum.lastAt;
  }
  return figures;
}

export const accountOrders = ["revenue", "expected", "members", "last"] as const;
export type AccountOrder = (typeof accountOrders)[number];

const keys: Record<AccountOrder, string> = {
  revenue: `select account, toFloat64(coalesce(sumIf(amount_garden_minor, name in ('Order Completed', 'Order Refunded')), 0)) as key
    from (${eventsOfAccounts}) group by account`,
  expected: `select account, toFloat64(coalesce(sum(expected_minor), 0)) as key from (${current}) as c
    inner join (select customer_id, expected_minor from value_by_customer where run_id = {run:UInt32}
      and customer_id in (select customer_id from customers where profile = 1)) as v on v.customer_id = c.customer_id
    group by account`,
  members: `select account, toFloat64(count()) as key from (${current}) group by account`,
  last: `select account, toFloat64(toUnixTimestamp64Milli(max(happened_at))) as key from (${eventsOfAccounts}) group by account`,
};

/** A page of these accounts in an order, the largest first; those with nothing last, in the order of their ids. */
export async function inOrder(
  ctx: Context,
  ids: readonly number[],
  order: AccountOrder,
  page: { max: number; offset: number },
): Promise<number[]> {
  if (!ids.length) return [];
  const { params } = await asked(ctx, ids);
  const rows = await ctx.events.query(
    z.object({ account: z.number() }),
    { ...params, ...page },
    `select a.account as account from (select arrayJoin({ids:Array(UInt64)}) as account) as a
      left join (${keys[order]}) as k on k.account = a.account
      order by k.key desc, a.account limit {max:UInt32} offset {offset:UInt32}`,
  );
  return rows.map((row) => row.account);
}
