import type { Person, PersonStore, Tx } from "../../garden/index.ts";
import { execute, query, sql } from "../../platform/postgres/index.ts";

/** The log keeps its entries, with who made them and when, and forgets whom they were about. */
const forgetWho = (tx: Tx, { ids }: Person) => {
  const own = [...ids];
  return execute(
    tx,
    sql`update merges set survivor_id = case when survivor_id = any(${own}::bigint[]) then null else survivor_id end,
        joined_id = case when joined_id = any(${own}::bigint[]) then null else joined_id end,
        proposal_id = null
      where survivor_id = any(${own}::bigint[]) or joined_id = any(${own}::bigint[])`,
  );
};

export const mergeStores: PersonStore[] = [
  {
    name: "merges",
    engine: "postgres",
    read: (ctx, { ids }) =>
      query(
        ctx.pool,
        sql`select at, kind from merges
          where survivor_id = any(${[...ids]}::bigint[]) or joined_id = any(${[...ids]}::bigint[]) order by id`,
      ),
    erase: (tx, _ctx, person) => forgetWho(tx, person),
  },
];
