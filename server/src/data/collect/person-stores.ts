import { z } from "zod";
import type { Person, PersonStore, Tx } from "../../garden/index.ts";
import { execute, query, sql } from "../../platform/postgres/index.ts";
import type { Identifier } from "../identity/index.ts";
import { ownKind } from "../suppression/index.ts";
import type { Trust } from "./model.ts";
import { eventsOf } from "./normalise.ts";
import { namesIn } from "./suppressed.ts";

const Waiting = z.object({
  id: z.number(),
  sourceId: z.number(),
  receivedAt: z.date(),
  trust: z.unknown(),
  body: z.instanceof(Buffer),
});

const keyOf = ({ kind, value }: Identifier) => `${kind}\u0000${value}`;

/**
 * Takes a person's events out of requests that wait or were put aside. The others of a request keep their places, because
 * what was found about them when they came in is kept by place; a request of nothing else goes.
 */
async function eraseWaiting(tx: Tx, person: Person): Promise<number> {
  const own = new Set([
    ...person.identifiers.map(keyOf),
    ...person.ids.map((id) => keyOf({ kind: ownKind, value: String(id) })),
  ]);
  let erased = 0;
  for (let after = 0; ; ) {
    const rows = await query(
      tx,
      sql`select id, source_id, received_at, trust, body from inbox where id > ${after} order by id limit 500 for update`,
      Waiting,
    );
    for (const row of rows) {
      after = row.id;
      erased += await eraseInRequest(tx, row, own, person.texts);
    }
    if (rows.length < 500) return erased;
  }
}

async function eraseInRequest(
  tx: Tx,
  row: z.infer<typeof Waiting>,
  own: ReadonlySet<string>,
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
    !rejected.has(at) && isOf(item, row, trust, at, own) ? [at] : [],
  );
  if (!mine.length) return 0;
  const rest = items.length - rejected.size - mine.length;
  if (rest <= 0) {
    await query(tx, sql`delete from inbox where id = ${row.id}`);
    return mine.length;
  }
  for (const at of mine) items[at] = {};
  const left: Trust = { ...trust, rejected: [...rejected, ...mine] };
  await query(
    tx,
    sql`update inbox set body = ${Buffer.from(JSON.stringify(body))}, events = ${rest}, trust = ${sql.json(left)} where id = ${row.id}`,
  );
  return mine.length;
}

function isOf(
  item: unknown,
  row: z.infer<typeof Waiting>,
  trust: Trust,
  at: number,
  own: ReadonlySet<string>,
): boolean {
  const alone: Trust = { ...trust, rejected: [], signed: trust.signed?.includes(at) ? [0] : [] };
  const [event] = eventsOf({
    ...row,
    trust: alone,
    body: Buffer.from(JSON.stringify(trust.type ? item : { batch: [item] })),
  });
  return event !== undefined && namesIn(event).some((one) => own.has(keyOf(one)));
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

export const collectStores: PersonStore[] = [
  { name: "inbox", engine: "postgres", erase: (tx, _ctx, person) => eraseWaiting(tx, person) },
  byText("message_ids", "t.message_id"),
  byText("rejected_events", "coalesce(t.message_id, '') || ' ' || t.message"),
  byText("recent_drops", "t.name"),
];
