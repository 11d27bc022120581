import type { Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";

/** A customer who may no longer be profiled loses the recommendations at once. */
export async function forgetNextProducts(tx: Tx, customerIds: readonly number[]): Promise<void> {
  await query(tx, sql`delete from next_products where customer_id = any(${[...customerIds]}::bigint[])`);
}

/** The survivor takes over what was scored for the one joined into it, where it has nothing of its own. */
export async function joinNextProducts(tx: Tx, subjectId: number, customerId: number): Promise<void> {
  await query(
    tx,
    sql`insert into next_products (customer_id, run_id, products)
      select ${customerId}::bigint, run_id, products from next_products where customer_id = ${subjectId}
      on conflict (customer_id) do nothing`,
  );
  await forgetNextProducts(tx, [subjectId]);
}

/** One customer that was merged into another. */
interface Pair {
  survivorId: number;
  joinedId: number;
}

/** Operators merged customers: the survivors take over what was scored, where they have nothing of their own. */
export async function lendNextProducts(tx: Tx, pairs: readonly Pair[]): Promise<void> {
  await query(
    tx,
    sql`insert into next_products (customer_id, run_id, products)
      select distinct on (a.survivor_id) a.survivor_id, n.run_id, n.products
      from unnest(${pairs.map((one) => one.survivorId)}::bigint[], ${pairs.map((one) => one.joinedId)}::bigint[]) with ordinality as a (survivor_id, joined_id, place)
      join next_products n on n.customer_id = a.joined_id order by a.survivor_id, a.place
      on conflict (customer_id) do nothing`,
  );
}

/** Merges were taken back: what was only taken over goes. A run in between has scored the two as one, until the next. */
export async function returnNextProducts(tx: Tx, pairs: readonly Pair[]): Promise<void> {
  await query(
    tx,
    sql`delete from next_products s
      using next_products j, unnest(${pairs.map((one) => one.survivorId)}::bigint[], ${pairs.map((one) => one.joinedId)}::bigint[]) as a (survivor_id, joined_id)
      where s.customer_id = a.survivor_id and j.customer_id = a.joined_id and s.run_id = j.run_id and s.products = j.products`,
  );
}
