import { z } from "zod";
import { type Context, namesPerson, type Person, type PersonStore, type Tx } from "../../garden/index.ts";
import { execute, query, sql } from "../../platform/postgres/index.ts";
import { hashedNames, type Identifier, readRules } from "../identity/index.ts";
import { ownKind } from "../suppression/index.ts";
import type { Incoming, Trust } from "./model.ts";
import { eventsOf } from "./normalise.ts";
import { packed, unpacked } from "./packing.ts";
import { namesIn } from "./suppressed.ts";

const Waiting = z.object({
  id: z.number(),
  sourceId: z.number(),
  receivedAt: z.date(),
  trust: z.unknown(),
  body: z.instanceof(Buffer),
  unpacked: z.number().nullable(),
});

const keyOf = ({ kind, value }: Identifier) => `${kind}\u0000${value}`;

/**
 * Takes a person's events out of requests that wait or were put aside. The others of a request keep their places, because
 * what was found about them when they came in is kept by place; a request of nothing else goes.
 */
async function eraseWaiting(tx: Tx, ctx: Context, person: Person): Promise<number> {
  const own = new Set([
    ...[...person.identifiers, ...hashedNames(person.identifiers)].map(keyOf),
    ...person.ids.map((id) => keyOf({ kind: ownKind, value: String(id) })),
  ]);
  const { phoneCountry } = await readRules(tx, ctx.garden);
  let erased = 0;
  for (let after = 0; ; ) {
    const rows = await query(
      tx,
      sql`select id, source_id, received_at, trust, body, unpacked from inbox where id > ${after} order by id limit 500 for update`,
      Waiting,
    );
    for (const row of rows) {
      after = row.id;
      const isOwn = (event: Incoming) => namesIn(event, phoneCountry).some((one) => own.has(keyOf(one)));
      erased += await eraseInRequest(tx, { ...row, body: unpacked(row) }, isOwn, person.texts);
    }
    if (rows.length < 500) return erased;
  }
}

async function eraseInRequest(
  tx: Tx,
  row: z.infer<typeof Waiting>,
  isOwn: (event: Incoming) => boolean,
  texts: readonly string[],
): Promise<number> {
  const trust = row.trust as Trust;
  let body: unknown;
  try {
    body = JSON.parse(row.body.toString("utf8"));
  } catch {
    // What cannot even be read is kept aside; it goes whole where it holds the person's text.
    if (!texts.some((text) => row.body.includes(text))) return 0;
    await query(tx, sql`delete from inbox where id = ${row.id}`);
    return 1;
  }
  const { batch } = (body ?? {}) as { batch?: unknown };
  const items = trust.type === undefined && Array.isArray(batch) ? (batch as unknown[]) : [body];
  const rejected = new Set(trust.rejected);
  const mine = items.flatMap((item, at) =>
    !rejected.has(at) && isOf(item, row, trust, at, isOwn) ? [at] : [],
  );
  if (!mine.length) return 0;
  const rest = items.length - rejected.size - mine.length;
  if (rest <= 0) {
    await query(tx, sql`delete from inbox where id = ${row.id}`);
    return mine.length;
  }
  for (const at of mine) items[at] = {};
  const left: Trust = { ...trust, rejected: [...rejected, ...mine] };
  const kept = await packed(Buffer.from(JSON.stringify(body)));
  await query(
    tx,
    sql`update inbox set body = ${kept.body}, unpacked = ${kept.unpacked}, events = ${rest}, trust = ${sql.json(left)} where id = ${row.id}`,
  );
  return mine.length;
}

function isOf(
  item: unknown,
  row: z.infer<typeof Waiting>,
  trust: Trust,
  at: number,
  isOwn: (event: Incoming) => boolean,
): boolean {
  const alone: Trust = { ...trust, rejected: [], signed: trust.signed?.includes(at) ? [0] : [] };
  const [event] = eventsOf({
    ...row,
    trust: alone,
    body: Buffer.from(JSON.stringify(trust.type ? item : { batch: [item] })),
  });
  return event !== undefined && isOwn(event);
}

/** Rows that hold one of the person's identifiers anywhere in their text. */
const byText = (table: "message_ids" | "rejected_events" | "recent_drops", column: string): PersonStore => ({
  name: table,
  engine: "postgres",
  erase: (tx, _ctx, person) =>
    execute(
      tx,
      sql`delete from ${sql.raw(table)} as t using unnest(${person.texts}::text[]) as a (text)
        where position(a.text in ${sql.raw(column)}) > 0`,
    ),
});

/** Events that the debugger shows: the person's own, and those of others that name them. */
const eraseRecent = (tx: Tx, { ids, texts }: Person) =>
  execute(
    tx,
    sql`delete from recent_events as t where customer_id = any(${[...ids]}::bigint[])
      or exists (select from unnest(${[...texts]}::text[]) as a (text)
        where position(a.text in coalesce(t.message_id, '') || ' ' || t.name || ' ' || coalesce(t.raw::text, '') || ' ' || coalesce(t.enriched::text, '')) > 0)`,
  );

/** Bodies of other systems that wait for a rule say by themselves whom they are about, each in its own words. */
async function eraseExamples(tx: Tx, person: Person): Promise<number> {
  if (!person.identifiers.length) return 0;
  const isOf = namesPerson(person);
  let erased = 0;
  for (let after = 0; ; ) {
    const rows = await query(
      tx,
      sql`select id, headers, body, fault from webhook_examples where id > ${after} order by id limit 200 for update`,
      z.object({ id: z.number(), headers: z.unknown(), body: z.string(), fault: z.string().nullable() }),
    );
    const own = rows.filter((row) => isOf([row.headers, row.fault, parsed(row.body)])).map((row) => row.id);
    erased += await execute(tx, sql`delete from webhook_examples where id = any(${own}::bigint[])`);
    if (rows.length < 200) return erased;
    after = rows.at(-1)!.id;
  }
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return text;
  }
}

export const collectStores: PersonStore[] = [
  { name: "inbox", engine: "postgres", erase: (tx, ctx, person) => eraseWaiting(tx, ctx, person) },
  {
    name: "recent_events",
    engine: "postgres",
    read: (ctx, { ids }) =>
      query(
        ctx.pool,
        sql`select at, type, name, outcome, raw from recent_events where customer_id = any(${[...ids]}::bigint[]) order by at, id`,
      ),
    erase: (tx, _ctx, person) => eraseRecent(tx, person),
  },
  { name: "webhook_examples", engine: "postgres", erase: (tx, _ctx, person) => eraseExamples(tx, person) },
  byText("message_ids", "t.message_id"),
  byText("rejected_events", "coalesce(t.message_id, '') || ' ' || t.message"),
  byText("recent_drops", "t.name"),
];
