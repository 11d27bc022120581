import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { bounds } from "./model.ts";
import type { Observed, SeenName } from "./observe.ts";

/** Adds what a batch has shown to the catalogue; `day` is the garden's. */
export async function saveObserved(tx: Tx, observed: Observed, day: string): Promise<void> {
  await saveSeen(tx, observed, day);
  await saveViolations(tx, observed, day);
}

async function saveSeen(tx: Tx, { names, beyond }: Observed, day: string): Promise<void> {
  const seen = [...names.values()];
  if (!seen.length) return;
  const room = await roomFor(tx, seen);
  const days = new Map<string, { name: string; source: number; events: number }>();
  const count = (name: string, source: number, events: number) => {
    const key = `${source} ${name}`;
    const one = days.get(key) ?? { name, source, events: 0 };
    one.events += events;
    days.set(key, one);
  };
  for (const [source, events] of beyond) count("", source, events);
  for (const one of seen)
    for (const [source, events] of one.bySource) count(room.has(one.name) ? one.name : "", source, events);
  const kept = seen.filter((one) => room.has(one.name));
  await saveNames(tx, kept);
  const counted = [...days.values()];
  await query(
    tx,
    sql`insert into event_days as d (day, name, source_id, events)
      select ${day}::date, * from unnest(${counted.map((one) => one.name)}::text[], ${counted.map((one) => one.source)}::bigint[], ${counted.map((one) => one.events)}::bigint[])
      on conflict (name, day, source_id) do update set events = d.events + excluded.events`,
  );
  await saveProperties(tx, kept);
}

/** The names of these that are in the catalogue, or find room there: those of the brand itself first. */
async function roomFor(tx: Tx, seen: readonly SeenName[]): Promise<ReadonlySet<string>> {
  const rows = await query(
    tx,
    sql`select name from event_names where name = any(${seen.map((one) => one.name)}::text[])`,
    z.object({ name: z.string() }),
  );
  const room = new Set(rows.map((row) => row.name));
  if (room.size === seen.length) return room;
  const counts = await queryOne(
    tx,
    sql`select count(*)::int as names, (count(*) filter (where not trusted))::int as public_names from event_names`,
    z.object({ names: z.number(), publicNames: z.number() }),
  );
  let { names, publicNames } = counts!;
  for (const one of seen.toSorted((a, b) => Number(b.trusted) - Number(a.trusted))) {
    if (room.has(one.name) || names >= bounds.names) continue;
    if (!one.trusted && publicNames >= bounds.publicNames) continue;
    room.add(one.name);
    names++;
    if (!one.trusted) publicNames++;
  }
  return room;
}

async function saveNames(tx: Tx, seen: readonly SeenName[]): Promise<void> {
  await query(
    tx,
    sql`insert into event_names as n (name, first_at, last_at, events, looked_at, trusted)
      select * from unnest(${seen.map((one) => one.name)}::text[], ${seen.map((one) => one.firstAt)}::timestamptz[], ${seen.map((one) => one.lastAt)}::timestamptz[],
        ${seen.map((one) => one.events)}::bigint[], ${seen.map((one) => one.lookedAt)}::bigint[], ${seen.map((one) => one.trusted)}::boolean[])
      on conflict (name) do update set events = n.events + excluded.events, looked_at = n.looked_at + excluded.looked_at,
        first_at = least(n.first_at, excluded.first_at), last_at = greatest(n.last_at, excluded.last_at), trusted = n.trusted or excluded.trusted`,
  );
}

async function saveViolations(tx: Tx, { violations, violating }: Observed, day: string): Promise<void> {
  if (!violations.size) return;
  const days = [...violating.values()];
  await query(
    tx,
    sql`insert into event_days as d (day, name, source_id, events, violations)
      select ${day}::date, name, source_id, 0, events
      from unnest(${days.map((one) => one.name)}::text[], ${days.map((one) => one.sourceId)}::bigint[], ${days.map((one) => one.events)}::bigint[]) as u (name, source_id, events)
      on conflict (name, day, source_id) do update set violations = d.violations + excluded.violations`,
  );
  const rows = [...violations.values()];
  await query(
    tx,
    sql`insert into event_violations as v (name, path, reason, events, last_at, source_id, message_id, example)
      select * from unnest(${rows.map((row) => row.name)}::text[], ${rows.map((row) => row.path)}::text[], ${rows.map((row) => row.reason)}::text[],
        ${rows.map((row) => row.events)}::bigint[], ${rows.map((row) => row.lastAt)}::timestamptz[], ${rows.map((row) => row.sourceId)}::bigint[],
        ${rows.map((row) => row.messageId)}::text[], ${rows.map((row) => row.example ?? null)}::text[])
      on conflict (name, path, reason) do update set events = v.events + excluded.events, last_at = excluded.last_at, source_id = excluded.source_id,
        message_id = excluded.message_id, example = coalesce(excluded.example, v.example)`,
  );
}

/** Properties that are known are counted; new ones are added while their name has room. */
async function saveProperties(tx: Tx, seen: readonly SeenName[]): Promise<void> {
  const rows = seen.flatMap((one) =>
    [...one.properties.values()].map((property) => ({ ...property, name: one.name, at: one.lastAt })),
  );
  if (!rows.length) return;
  const types = (type: keyof (typeof rows)[number]["types"]) => rows.map((row) => row.types[type]);
  await query(
    tx,
    sql`with seen as (
        select * from unnest(${rows.map((row) => row.name)}::text[], ${rows.map((row) => row.path)}::text[], ${rows.map((row) => row.at)}::timestamptz[],
          ${rows.map((row) => row.events)}::bigint[], ${types("text")}::bigint[], ${types("number")}::bigint[], ${types("boolean")}::bigint[],
          ${types("list")}::bigint[], ${types("object")}::bigint[], ${types("null")}::bigint[], ${rows.map((row) => row.guessedPersonal)}::boolean[])
        as s (name, path, at, events, texts, numbers, booleans, lists, objects, nulls, guessed)
      ), placed as (
        select s.*, p.path is not null as is_known, row_number() over (partition by s.name, p.path is not null order by s.events desc) as place,
          (select count(*) from event_properties o where o.name = s.name) as there
        from seen s left join event_properties p on p.name = s.name and p.path = s.path
      )
      insert into event_properties as p (name, path, first_at, last_at, events, texts, numbers, booleans, lists, objects, nulls, guessed_personal)
      select name, path, at, at, events, texts, numbers, booleans, lists, objects, nulls, guessed from placed
      where is_known or there + place <= ${bounds.properties}
      on conflict (name, path) do update set last_at = greatest(p.last_at, excluded.last_at), events = p.events + excluded.events,
        texts = p.texts + excluded.texts, numbers = p.numbers + excluded.numbers, booleans = p.booleans + excluded.booleans,
        lists = p.lists + excluded.lists, objects = p.objects + excluded.objects, nulls = p.nulls + excluded.nulls,
        guessed_personal = p.guessed_personal or excluded.guessed_personal`,
  );
}
