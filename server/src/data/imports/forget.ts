import { z } from "zod";
import type { Context, Tx } from "../../garden/index.ts";
import { query, Sql, sql } from "../../platform/postgres/index.ts";
import { holdPipeline } from "../collect/index.ts";
import {
  type Answer,
  eraseAnswers,
  type Retracted,
  recordAnswers,
  retractStatements,
  whoAnswered,
} from "../consent/index.ts";
import { flushOutbox } from "../events/index.ts";
import { removeCustomers, survivorsOf, takeBack, whoIsLinked } from "../identity/index.ts";
import { queueCustomerRows, queueRemovedRows, retractTraits } from "../profiles/index.ts";
import { StatedBasis } from "./model.ts";
import { shownImports } from "./records.ts";

/** Customers in one transaction. */
const atOnce = 5_000;

const Named = z.object({ customerId: z.number(), made: z.boolean() });
const Id = z.object({ customerId: z.number() });

/**
 * Takes back what an import that nobody sees has left about people: whom it made and nothing else knows is
 * removed, with consents; of the others what the brand stated with it is taken back, and the words of its
 * reviews go. May be cut short and called again. Gives how many customers were removed.
 */
export async function forgetPeople(ctx: Context, importId: number): Promise<number> {
  let removed = 0;
  for (;;) {
    const done = await ctx.inTransaction(async (tx) => {
      const named = await query(
        tx,
        sql`delete from import_customers where (customer_id, import_id) in (
            select customer_id, import_id from import_customers where import_id = ${importId} order by customer_id limit ${atOnce}
          ) returning customer_id, made`,
        Named,
      );
      if (!named.length) return true;
      // What was accepted of them meanwhile is in the event store, or still in the inbox, where nobody is looked up.
      await holdPipeline(tx, ctx.garden.id);
      await flushOutbox(ctx);
      const made = named.filter((one) => one.made).map((one) => one.customerId);
      const all = named.map((one) => one.customerId);
      await retractTraits(tx, importId, all);
      await takeBack(tx, await givenOnlyBy(tx, importId, all));
      const known = await knownElsewhere(ctx, tx, importId, made);
      const gone = made.filter((id) => !known.has(id));
      const isGone = new Set(gone);
      const staying = named.map((one) => one.customerId).filter((id) => !isGone.has(id));
      const retracted = await retractStatements(tx, importId, staying);
      await recordAnswers(tx, await statedByOthers(tx, retracted), { rowsFollow: true });
      const changed = retracted.map((one) => one.customerId);
      // Of a merged customer it is the whole that is shown.
      const shown = [...(await survivorsOf(tx, changed)).values()];
      await queueCustomerRows(tx, [...new Set([...changed, ...shown])], ctx.garden.synthetic);
      await eraseAnswers(tx, gone);
      await removeCustomers(tx, gone);
      await queueRemovedRows(tx, gone, ctx.now());
      // Of two imports that name a customer, the one that stays answers for it from now on.
      await query(
        tx,
        sql`update import_customers set made = true where (customer_id, import_id) in (
            select customer_id, min(import_id) from import_customers
            where customer_id = any(${made.filter((id) => known.has(id))}::bigint[]) group by customer_id)`,
      );
      removed += gone.length;
      return named.length < atOnce;
    });
    if (done) break;
  }
  await query(ctx.pool, sql`delete from review_texts where import_id = ${importId}`);
  await flushOutbox(ctx);
  return removed;
}

/** The identifiers that an import gave to these customers; one that another import names too is that one's from now on. */
async function givenOnlyBy(tx: Tx, importId: number, customerIds: readonly number[]) {
  return query(
    tx,
    sql`with gone as (
        delete from import_identifiers where import_id = ${importId} and customer_id = any(${[...customerIds]}::bigint[])
        returning kind, value, customer_id
      )
      select kind, value, customer_id from gone
      where not exists (select 1 from import_identifiers o
        where o.kind = gone.kind and o.value = gone.value and o.import_id <> ${importId})`,
    z.object({ kind: z.string(), value: z.string(), customerId: z.number() }),
  );
}

/** Those of the customers whom anything but this import knows: another import, an event, an identity, an answer. */
async function knownElsewhere(
  ctx: Context,
  tx: Tx,
  importId: number,
  ids: readonly number[],
): Promise<Set<number>> {
  const known = new Set<number>();
  if (!ids.length) return known;
  const add = (found: readonly number[]) => {
    for (const id of found) known.add(id);
  };
  add(await whoIsLinked(tx, ids));
  add(await whoAnswered(tx, ids));
  for (const { table, column } of await tablesOfOthers(tx)) {
    const rows = await query(
      tx,
      new Sql(
        [
          `select distinct "${column}" as customer_id from "${table}" where "${column}" = any(`,
          "::bigint[])",
        ],
        [[...ids]],
      ),
      Id,
    );
    add(rows.map((row) => row.customerId));
  }
  const events = await ctx.events.query(
    Id,
    { ids: [...ids], id: importId },
    `select distinct arrayJoin([customer_id, subject_id, visitor_id]) as customer_id from events_stored
      where (customer_id in {ids:Array(UInt64)} or subject_id in {ids:Array(UInt64)} or visitor_id in {ids:Array(UInt64)})
        and import_id != {id:UInt32} and (import_id = 0 or import_id in ${shownImports})`,
    { lane: "work" },
  );
  add(events.map((row) => row.customerId));
  return known;
}

/** Tables of which the rows say nothing by themselves, or are asked about in words of their own. */
const ownTables = [
  "customers",
  "identifiers",
  "customer_links",
  "merge_proposals",
  "consent_answers",
  "consent_current",
  "consent_requests",
  "review_texts",
];

/** Where later stations keep something about a customer: every such column counts, so that none can be forgotten here. */
function tablesOfOthers(tx: Tx): Promise<{ table: string; column: string }[]> {
  return query(
    tx,
    sql`select c.table_name as "table", c.column_name as "column" from information_schema.columns c
      join information_schema.tables t on t.table_schema = c.table_schema and t.table_name = c.table_name and t.table_type = 'BASE TABLE'
      where c.table_schema = current_schema() and c.column_name in ('customer_id', 'subject_id', 'visitor_id')
        and c.data_type = 'bigint' and c.table_name <> all(${ownTables}::text[])
      order by 1, 2`,
    z.object({ table: z.string(), column: z.string() }),
  );
}

/** What the newest other import that names a customer states, where nothing else is said by now. */
async function statedByOthers(tx: Tx, retracted: readonly Retracted[]): Promise<Answer[]> {
  if (!retracted.length) return [];
  const rows = await query(
    tx,
    sql`select distinct on (g.customer_id, g.purpose) g.customer_id, g.purpose, i.id, i.basis, i.started_at
      from unnest(${retracted.map((one) => one.customerId)}::bigint[], ${retracted.map((one) => one.purpose)}::text[]) as g (customer_id, purpose)
      join import_customers n on n.customer_id = g.customer_id
      join imports i on i.id = n.import_id and i.state = 'done'
      where case when exists (select from customer_parts p where p.customer_id = g.customer_id)
        then not exists (select from own_answers o where o.customer_id = g.customer_id and o.purpose = g.purpose)
        else not exists (select from consent_current c where c.customer_id = g.customer_id and c.purpose = g.purpose) end
      order by g.customer_id, g.purpose, i.version desc`,
    z.object({
      customerId: z.number(),
      purpose: z.string(),
      id: z.number(),
      basis: StatedBasis,
      startedAt: z.date(),
    }),
  );
  return rows.flatMap(({ customerId, purpose, id, basis, startedAt }) => {
    const stated = basis[purpose];
    if (!stated) return [];
    const said = { granted: true, basis: stated, origin: "import", importId: id, at: startedAt };
    return [{ customerId, purpose, ...said }];
  });
}
