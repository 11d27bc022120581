import { z } from "zod";
import {
  type Context,
  eraseInClickHouse,
  type Person,
  type PersonStore,
  rowsInPostgres,
  type Tx,
} from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";

/** Events of a person as the view `events` tells whose they are; bound to `ids`. */
const ofPerson = (ctx: Context) =>
  `(subject_id in {ids:Array(UInt64)} or dictGetOrDefault('${ctx.events.name}.links', 'customer_id', subject_id, customer_id) in {ids:Array(UInt64)})`;

const Event = z.record(z.string(), z.unknown());

function readEvents(ctx: Context, { ids }: Person): Promise<Record<string, unknown>[]> {
  return ctx.events.query(
    Event,
    { ids },
    `select toString(event_id) as event_id, formatDateTime(e.happened_at, '%Y-%m-%dT%H:%i:%S.%fZ') as happened_at,
      formatDateTime(e.received_at, '%Y-%m-%dT%H:%i:%S.%fZ') as received_at, name, channel, medium, campaign,
      amount_minor, currency, amount_garden_minor, properties
    from events as e where customer_id in {ids:Array(UInt64)} order by e.happened_at, event_id`,
  );
}

/** What hides an event, and what is known of imported records, by the events that are about to go. */
const byEvent = (table: "superseded" | "import_records"): PersonStore => ({
  name: table,
  engine: "clickhouse",
  erase: (_tx, ctx, person) => eraseByEvent(ctx, person, table),
  // Until the events are written anew it says which of them count; they take it along.
  anonymise: async () => 0,
});

const eraseByEvent = (ctx: Context, { ids }: Person, table: "superseded" | "import_records") =>
  eraseInClickHouse(ctx, table, `event_id in (select event_id from events_stored where ${ofPerson(ctx)})`, {
    ids,
  });

/**
 * Another person on the device of this one: the event stays theirs and forgets the device. A change of a column is
 * rare, so its price does not matter.
 */
async function forgetDevice(ctx: Context, ids: number[]): Promise<void> {
  const [row] = await ctx.events.query(
    z.object({ n: z.number() }),
    { ids },
    "select count() as n from events_stored where visitor_id in {ids:Array(UInt64)}",
  );
  if (!row!.n) return;
  await ctx.events.command(
    "alter table events_stored update visitor_id = 0 where visitor_id in {ids:Array(UInt64)} settings mutations_sync = 2",
    { ids },
  );
}

async function eraseEvents(ctx: Context, { ids }: Person): Promise<number> {
  const count = await eraseInClickHouse(ctx, "events_stored", ofPerson(ctx), { ids });
  await forgetDevice(ctx, ids);
  return count;
}

/** Properties that say what was done, and not by whom: products, sums and scores. */
const keptProperties = [
  ...["product_id", "sku", "category", "brand", "price", "quantity", "score", "group", "survey_id"],
  ...["total", "revenue", "subtotal", "tax", "shipping", "discount", "offer", "arm"],
];
const keptOfProducts = ["product_id", "sku", "name", "category", "price", "quantity", "amount_minor"];

/**
 * Writes the person's events anew under an id that leads to nobody: without device, session, order number and page, at
 * the full hour, and under new ids of their own. What they say of products, money and scores stays.
 */
async function anonymiseEvents(ctx: Context, person: Person, as: number): Promise<number> {
  const [count] = await ctx.events.query(
    z.object({ n: z.number() }),
    { ids: person.ids },
    "select count() as n from events where customer_id in {ids:Array(UInt64)}",
  );
  const own = keptProperties.map((key) => `'${key}', toString(properties.${key})`).join(", ");
  const lines = keptOfProducts
    .map(
      (key) =>
        `'${key}', arrayMap(x -> ifNull(x, ''), properties.products[].${key}::Array(Nullable(String)))`,
    )
    .join(", ");
  await ctx.events.command(
    `insert into events_stored (event_id, subject_id, customer_id, happened_at, received_at, source_id, import_id, name,
        channel, medium, campaign, amount_minor, currency, amount_garden_minor, synthetic, properties)
      select generateUUIDv4(), {as:UInt64}, {as:UInt64}, toStartOfHour(happened_at), toStartOfHour(received_at), source_id, import_id, name,
        channel, medium, campaign, amount_minor, currency, amount_garden_minor, synthetic, kept
      from (
        select *, map(${own}) as own, map(${lines}) as columns,
          arrayMap(at -> concat('{', arrayStringConcat(arrayMap((key, values) -> concat(toJSONString(key), ':', toJSONString(values[at])), mapKeys(columns), mapValues(columns)), ','), '}'),
            range(1, length(columns['product_id']) + 1)) as products,
          concat('{', arrayStringConcat(arrayConcat(
            arrayMap((key, value) -> concat(toJSONString(key), ':', toJSONString(value)),
              mapKeys(mapFilter((k, v) -> v != '', own)), mapValues(mapFilter((k, v) -> v != '', own))),
            if(empty(products), [], [concat('"products":[', arrayStringConcat(products, ','), ']')])), ','), '}') as kept
        from events where customer_id in {ids:Array(UInt64)}
      )
      settings insert_deduplicate = 0`,
    { ids: person.ids, as },
    { lane: "work" },
  );
  await eraseByEvent(ctx, person, "superseded");
  await eraseByEvent(ctx, person, "import_records");
  await eraseEvents(ctx, person);
  return count!.n;
}

const Waiting = z.object({ id: z.number(), lines: z.instanceof(Buffer) });

/** Rows on their way that name the person: the others of a batch stay as they are, under the batch's own token. */
async function eraseOnTheWay(tx: Tx, { ids }: Person): Promise<number> {
  const own = new Set(ids);
  const batches = await query(tx, sql`select id, lines from outbox order by id for update`, Waiting);
  let erased = 0;
  for (const { id, lines } of batches) {
    const rows = lines.toString("utf8").split("\n").filter(Boolean);
    const kept = rows.filter((row) => {
      const { subject_id, customer_id } = JSON.parse(row) as Record<string, unknown>;
      return !own.has(Number(subject_id)) && !own.has(Number(customer_id));
    });
    if (kept.length === rows.length) continue;
    erased += rows.length - kept.length;
    await query(
      tx,
      kept.length
        ? sql`update outbox set lines = ${Buffer.from(kept.join("\n"))} where id = ${id}`
        : sql`delete from outbox where id = ${id}`,
    );
  }
  return erased;
}

/** Records and what hides events go before the events, which say whose they are. */
export const eventStores: PersonStore[] = [
  { name: "outbox", engine: "postgres", erase: (tx, _ctx, person) => eraseOnTheWay(tx, person) },
  rowsInPostgres({ table: "live_records", columns: ["customer_id", "part_id"] }),
  rowsInPostgres({ table: "merged_records", columns: ["part_id"] }),
  byEvent("superseded"),
  byEvent("import_records"),
  {
    name: "events_stored",
    engine: "clickhouse",
    read: readEvents,
    erase: (_tx, ctx, person) => eraseEvents(ctx, person),
    anonymise: (_tx, ctx, person, as) => anonymiseEvents(ctx, person, as),
  },
];
