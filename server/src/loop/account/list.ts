import { type Account, accountsById, membersOf, searchAccounts } from "../../data/accounts/index.ts";
import type { Context } from "../../garden/index.ts";
import { csvLines } from "../../platform/csv.ts";
import { publicId } from "../../platform/ids.ts";
import { minorText } from "../../platform/money.ts";
import { type AccountFigures, type AccountOrder, figuresOf, groundOf, inOrder } from "./figures.ts";

export interface ListedAccount extends AccountFigures {
  id: string;
  number: string;
  name: string | null;
  vouched: boolean;
  parent: { id: string; name: string } | null;
  /** Visitors who only say of themselves that they belong to it. */
  unproven: number;
}

export const nameOf = (account: Pick<Account, "name" | "externalId">) => account.name ?? account.externalId;

export interface AccountListAsk {
  search: string;
  order: AccountOrder;
  max: number;
  offset: number;
}

/** Accounts with their own figures, without those below them; all, or whom a search finds. */
export async function listAccounts(ctx: Context, ask: AccountListAsk) {
  const found = await searchAccounts(ctx.pool, ask.search.trim());
  const ids = await inOrder(ctx, found, ask.order, ask);
  return { total: found.length, items: await listed(ctx, ids) };
}

/** These accounts in this order. */
export async function listed(ctx: Context, ids: readonly number[]): Promise<ListedAccount[]> {
  const accounts = new Map((await accountsById(ctx.pool, ids)).map((one) => [one.id, one]));
  const parents = await accountsById(
    ctx.pool,
    [...accounts.values()].flatMap((one) => one.parentId ?? []),
  );
  const names = new Map(parents.map((one) => [one.id, nameOf(one)]));
  const [ground, members] = await Promise.all([groundOf(ctx, ids), membersOf(ctx.pool, ids)]);
  const unproven = new Map<number, number>();
  for (const one of members)
    if (!one.vouched && one.until === null)
      unproven.set(one.accountId, (unproven.get(one.accountId) ?? 0) + 1);
  return ids.flatMap((id) => {
    const account = accounts.get(id);
    if (!account) return [];
    const { parentId } = account;
    return {
      id: publicId("account", id),
      number: account.externalId,
      ...{ name: account.name, vouched: account.vouched, unproven: unproven.get(id) ?? 0 },
      parent:
        parentId === null ? null : { id: publicId("account", parentId), name: names.get(parentId) ?? "" },
      ...figuresOf(ground, new Set([id])),
    };
  });
}

const head = [
  ...[
    "account",
    "account_number",
    "name",
    "parent",
    "members",
    "active_members_90_days",
    "orders",
    "paid_so_far",
  ],
  ...["currency", "amounts_without_rate", "expected_12_months", "low95", "high95", "members_in_expected"],
  ...["members_left_out", "last_touchpoint"],
];

/** Accounts whose figures are worked out at once. */
const partMax = 500;

/** All accounts that a list shows as CSV, part by part in the list's order. */
export async function* accountsCsv(ctx: Context, ask: Pick<AccountListAsk, "search" | "order">) {
  const found = await searchAccounts(ctx.pool, ask.search.trim());
  const ids = await inOrder(ctx, found, ask.order, { max: found.length, offset: 0 });
  const money = (minor: number | undefined) =>
    minor === undefined ? "" : minorText(minor, ctx.garden.currency);
  // With the mark that spreadsheets need to read it as UTF-8.
  yield `\ufeff${csvLines([head])}`;
  for (let start = 0; start < ids.length; start += partMax) {
    const items = await listed(ctx, ids.slice(start, start + partMax));
    yield csvLines(
      items.map((one) => [
        ...[
          one.id,
          one.number,
          one.name ?? "",
          one.parent?.name ?? "",
          one.members,
          one.activeMembers,
          one.orders,
        ],
        ...[money(one.revenueMinor), ctx.garden.currency, one.unrated, money(one.expected?.expectedMinor)],
        ...[money(one.expected?.low95Minor), money(one.expected?.high95Minor), one.scored, one.leftOut],
        one.lastAt ?? "",
      ]),
    );
  }
}
