import type { Context } from "../../garden/index.ts";
import type { Params } from "../../platform/clickhouse/index.ts";

/** A set of customers as a subquery that selects `customer_id`, with its parameters. */
export interface CustomerSet {
  sql: string;
  params: Params;
}

/**
 * A named way to the customers behind a number. Later domains bring theirs; `app.ts` gathers them, and
 * the customer list shows whom they select. Parameter names start with the filter's own prefix.
 */
export interface CustomerFilter {
  key: string;
  /** What the list is headed with. */
  title: { en: string; de: string };
  where(value: string, ctx: Context): Promise<CustomerSet> | CustomerSet;
}
