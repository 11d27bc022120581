import { type Person, type PersonStore, rowsInPostgres, type Tx } from "../../garden/index.ts";
import { execute, sql } from "../../platform/postgres/index.ts";

/**
 * Names of events and properties are the brand's own words. One in which an identifier stands is a sender's mistake, and goes
 * with all that was counted under it. A plain word is nobody's, even where somebody chose it as a name for themselves.
 */
async function eraseNames(tx: Tx, { identifiers }: Person): Promise<number> {
  const texts = identifiers
    .map((one) => one.value)
    .filter((value) => value.length >= 6 && /[\d@]/.test(value));
  if (!texts.length) return 0;
  const holds = (columns: string) =>
    sql`exists (select from unnest(${texts}::text[]) as a (text) where position(a.text in ${sql.raw(columns)}) > 0)`;
  const counts = [
    await execute(tx, sql`delete from event_names as t where ${holds("t.name")}`),
    await execute(tx, sql`delete from event_days as t where ${holds("t.name")}`),
    await execute(tx, sql`delete from event_properties as t where ${holds("t.name || ' ' || t.path")}`),
    await execute(tx, sql`delete from event_violations as t where ${holds("t.name || ' ' || t.path")}`),
    // Which message was the last example is no count: it is forgotten, and the count stays.
    await execute(
      tx,
      sql`update event_violations as t set message_id = '', example = null
        where ${holds("t.message_id || ' ' || coalesce(t.example, '')")}`,
    ),
  ];
  return counts.reduce((sum, count) => sum + count, 0);
}

export const qualityStores: PersonStore[] = [
  rowsInPostgres({ table: "visitor_sessions", columns: ["visitor_id"], read: "sessions, recent" }),
  rowsInPostgres({ table: "internal_people", read: "since" }),
  {
    name: "event_names",
    engine: "postgres",
    erase: (tx, _ctx, person) => eraseNames(tx, person),
  },
];
