import { z } from "zod";
import { accountsAbove, accountTree, getAccount, membersOf } from "../../data/accounts/index.ts";
import { cursorAfter, type TimelineCursor, TimelineEntry } from "../../data/events/index.ts";
import { customersById, userIdsOf } from "../../data/profiles/index.ts";
import { answersOf } from "../../experience/surveys/index.ts";
import type { Context } from "../../garden/index.ts";
import { stagesOf } from "../../insight/lifecycle/index.ts";
import { valuesOf } from "../../insight/value/index.ts";
import { publicId } from "../../platform/ids.ts";
import { eventsOfAccounts, figuresOf, groundOf } from "./figures.ts";
import { nameOf } from "./list.ts";
import { branchOf } from "./model.ts";

/** One account: what is known of it, where it stands among others, and what it comes to by itself and with all below it. */
export async function accountPage(ctx: Context, id: number | undefined) {
  const account = await getAccount(ctx, id);
  const [tree, above] = await Promise.all([
    accountTree(ctx.pool, account.id),
    accountsAbove(ctx.pool, account.id),
  ]);
  const ground = await groundOf(
    ctx,
    tree.map((one) => one.id),
  );
  const short = (one: { id: number; name: string | null; externalId: string }) => ({
    id: publicId("account", one.id),
    name: nameOf(one),
  });
  return {
    ...short(account),
    ...{ number: account.externalId, vouched: account.vouched, traits: account.traits },
    createdAt: account.createdAt.toISOString(),
    above: above.map(short),
    own: figuresOf(ground, new Set([account.id])),
    whole: figuresOf(ground, new Set(tree.map((one) => one.id))),
    children: tree
      .filter((one) => one.parentId === account.id)
      .map((child) => {
        const branch = branchOf(child.id, tree);
        return { ...short(child), below: branch.size - 1, ...figuresOf(ground, branch) };
      }),
    dataUntil: ground.dataUntil,
  };
}

/** Members of an account with their stage and expected value where they allow it; those who left are last. */
export async function accountMembers(
  ctx: Context,
  id: number | undefined,
  page: { max: number; offset: number },
) {
  const account = await getAccount(ctx, id);
  const all = await membersOf(ctx.pool, [account.id]);
  const some = all.slice(page.offset, page.offset + page.max);
  const ids = [...new Set(some.map((one) => one.customerId))];
  const [people, userIds, values, stages] = await Promise.all([
    customersById(ctx.pool, ids),
    userIdsOf(ctx, ids),
    valuesOf(ctx, ids),
    stagesOf(ctx, ids),
  ]);
  const byId = new Map(people.map((one) => [one.id, one]));
  return {
    total: all.length,
    items: some.map((one) => {
      const value = values.get(one.customerId);
      return {
        member: one.id,
        customer: {
          id: publicId("customer", one.customerId),
          name: byId.get(one.customerId)?.displayName ?? null,
          userId: userIds.get(one.customerId) ?? null,
          known: byId.get(one.customerId)?.known ?? false,
        },
        ...{ role: one.role, proven: one.vouched },
        since: one.since.toISOString(),
        until: one.until?.toISOString() ?? null,
        stage: stages.get(one.customerId)?.stage ?? null,
        expected:
          value?.expectedMinor == null || value.low95Minor === null || value.high95Minor === null
            ? null
            : {
                expectedMinor: value.expectedMinor,
                low95Minor: value.low95Minor,
                high95Minor: value.high95Minor,
              },
      };
    }),
  };
}

const Entry = TimelineEntry.extend({ customerId: z.number() });

/** What the members of an account did as such, newest first. */
export async function accountTimeline(
  ctx: Context,
  id: number | undefined,
  ask: { before: TimelineCursor; max: number },
) {
  const account = await getAccount(ctx, id);
  const items = await ctx.events.query(
    Entry,
    { ids: [account.id], before: ask.before.at, id: ask.before.eventId, max: ask.max },
    `select toString(event_id) as event_id, formatDateTime(e.happened_at, '%Y-%m-%dT%H:%i:%S.%fZ') as happened_at, customer_id,
      name, channel, medium, campaign, source_id, amount_minor, currency, properties
    from events as e where event_id in (
      select event_id from (${eventsOfAccounts})
      where happened_at <= {before:DateTime64(3, 'UTC')}
        and (happened_at < {before:DateTime64(3, 'UTC')} or event_id < {id:UUID})
      order by happened_at desc, event_id desc limit {max:UInt32}
    )
    order by e.happened_at desc, e.event_id desc`,
  );
  const people = new Map(
    (await customersById(ctx.pool, [...new Set(items.map((one) => one.customerId))])).map((one) => [
      one.id,
      one,
    ]),
  );
  return {
    items: items.map(({ customerId, ...item }) => ({
      ...item,
      customer: { id: publicId("customer", customerId), name: people.get(customerId)?.displayName ?? null },
    })),
    nextBefore: items.length === ask.max ? cursorAfter(items.at(-1)!) : null,
  };
}

/** Of how many members the answers are asked for: the first ones of an account that is larger. */
const answeringMax = 200;

/** What the members of an account said to surveys, newest first. */
export async function accountAnswers(ctx: Context, id: number | undefined) {
  const account = await getAccount(ctx, id);
  const members = (await membersOf(ctx.pool, [account.id])).filter(
    (one) => one.vouched && one.until === null,
  );
  const ids = [...new Set(members.map((one) => one.customerId))].slice(0, answeringMax);
  const answers = await answersOf(ctx, ids, 50);
  const people = new Map((await customersById(ctx.pool, ids)).map((one) => [one.id, one]));
  return {
    items: answers.map((answer) => ({
      customer: {
        id: publicId("customer", answer.customerId),
        name: people.get(answer.customerId)?.displayName ?? null,
      },
      ...{ survey: answer.surveyName, score: answer.score, reason: answer.reason },
      answeredAt: answer.answeredAt.toISOString(),
    })),
  };
}
