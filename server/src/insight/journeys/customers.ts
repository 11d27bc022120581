import type { CustomerFilter } from "../../data/profiles/index.ts";
import type { Context } from "../../garden/index.ts";
import { refuse } from "../../platform/refusal.ts";
import type { Bound } from "./conditions.ts";

/** A condition that keeps a question to a set of customers, found by a registered filter. */
export async function amongSql(
  ctx: Context,
  filters: readonly CustomerFilter[],
  ask: { filter: string; value: string } | undefined,
  bound: Bound,
): Promise<string> {
  if (!ask) return "";
  const filter = filters.find((one) => one.key === ask.filter);
  if (!filter) refuse("invalid", "customers.filter_unknown", `There is no customer filter ${ask.filter}.`);
  const set = await filter.where(ask.value, ctx);
  bound.join(set.params);
  return `and customer_id in (${set.sql})`;
}
