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

/** An operator merged the one into the other: the survivor takes over what was scored, where it has nothing of its own. */
export async function lendNextProducts(tx: Tx, joinedId: number, survivorId: number): Promise<void> {
  await query(
    tx,
    sql`insert into next_products (customer_id, run_id, products)
      select ${survivorId}::bigint, run_id, products from next_products where customer_id = ${joinedId}
      on conflict (customer_id) do nothing`,
  );
}

/** The merge was taken back: what was only taken over goes. A run in between has scored the two as one, until the next. */
export async function returnNextProducts(tx: Tx, joinedId: number, survivorId: number): Promise<void> {
  await query(
    tx,
    sql`delete from next_products s using next_products j
      where s.customer_id = ${survivorId} and j.customer_id = ${joinedId} and s.run_id = j.run_id and s.products = j.products`,
  );
}
