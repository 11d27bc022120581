import { z } from "zod";
import { type Context, record } from "../../garden/index.ts";
import { query, queryOne, sql } from "../../platform/postgres/index.ts";
import { refuse } from "../../platform/refusal.ts";
import { type Health, healthOf } from "./health.ts";
import { type EventSchema, readSchema } from "./schemas.ts";

/** How many days the catalogue shows, today among them. */
const shownDays = 29;

const NameRow = z.object({
  name: z.string(),
  firstAt: z.date(),
  lastAt: z.date(),
  events: z.number(),
  lookedAt: z.number(),
  owner: z.string(),
  description: z.string(),
  days: z.array(z.number()),
  sources: z.array(z.string()),
  properties: z.number(),
  personal: z.number(),
  violations: z.number(),
});
export type CatalogueEntry = z.infer<typeof NameRow> & { health: Health };

/** The day that it is in the garden's zone. */
const todayOf = (ctx: Context) =>
  new Intl.DateTimeFormat("sv-SE", { timeZone: ctx.garden.timezone }).format(ctx.now());

/** The events of the catalogue, those that need a look first, then the busiest. `name` asks for one alone. */
export async function listEvents(ctx: Context, name?: string): Promise<CatalogueEntry[]> {
  const today = todayOf(ctx);
  const rows = await query(
    ctx.pool,
    sql`with recent as (
        select name, day, sum(events)::bigint as events, sum(violations)::bigint as violations from event_days
        where day > ${today}::date - ${shownDays}::int and day <= ${today}::date and name <> ''
          and (${name ?? null}::text is null or name = ${name ?? null})
        group by name, day
      )
      select n.name, n.first_at, n.last_at, n.events, n.looked_at, n.owner, n.description,
        array(select coalesce(r.events, 0) from generate_series(${today}::date - ${shownDays - 1}::int, ${today}::date, '1 day') as d (day)
          left join recent r on r.name = n.name and r.day = d.day::date order by d.day) as days,
        array(select distinct coalesce(s.name, '') from event_days e left join sources s on s.id = e.source_id where e.name = n.name order by 1) as sources,
        coalesce(p.properties, 0)::int as properties, coalesce(p.personal, 0)::int as personal,
        (select coalesce(sum(violations), 0)::bigint from recent r where r.name = n.name) as violations
      from event_names n
      left join (
        select name, count(*) as properties, count(*) filter (where coalesce(personal, guessed_personal)) as personal from event_properties group by name
      ) p on p.name = n.name
      where (${name ?? null}::text is null or n.name = ${name ?? null})`,
    NameRow,
  );
  const entries = rows.map((row) => ({ ...row, health: healthOf(row, ctx.now()) }));
  const volume = ({ days }: CatalogueEntry) => days.reduce((sum, events) => sum + events, 0);
  const needsLook = ({ health }: CatalogueEntry) => Number(["silent", "fewer", "more"].includes(health));
  return entries.sort(
    (a, b) => needsLook(b) - needsLook(a) || volume(b) - volume(a) || (a.name < b.name ? -1 : 1),
  );
}

/** Events of the days shown whose names found no room in the catalogue. */
export async function eventsBeyond(ctx: Context): Promise<number> {
  const row = await queryOne(
    ctx.pool,
    sql`select coalesce(sum(events), 0)::bigint as events from event_days where name = '' and day > ${todayOf(ctx)}::date - ${shownDays}::int`,
    z.object({ events: z.number() }),
  );
  return row!.events;
}

export const CatalogueProperty = z.object({
  path: z.string(),
  lastAt: z.date(),
  events: z.number(),
  texts: z.number(),
  numbers: z.number(),
  booleans: z.number(),
  lists: z.number(),
  objects: z.number(),
  nulls: z.number(),
  guessedPersonal: z.boolean(),
  personal: z.boolean().nullable(),
  description: z.string(),
});

const SeenViolationRow = z.object({
  path: z.string(),
  reason: z.string(),
  events: z.number(),
  lastAt: z.date(),
  source: z.string(),
  messageId: z.string(),
  example: z.string().nullable(),
});

export interface EventDetail extends CatalogueEntry {
  propertyList: z.infer<typeof CatalogueProperty>[];
  bySource: { source: string; events: number; lastDay: string }[];
  schema: EventSchema;
  violationList: z.infer<typeof SeenViolationRow>[];
}

/** Refuses event.missing. */
export async function getEvent(ctx: Context, name: string): Promise<EventDetail> {
  const [entry] = await listEvents(ctx, name);
  if (!entry) refuseMissing(name);
  const propertyList = await query(
    ctx.pool,
    sql`select path, last_at, events, texts, numbers, booleans, lists, objects, nulls, guessed_personal, personal, description
      from event_properties where name = ${name} order by path`,
    CatalogueProperty,
  );
  const bySource = await query(
    ctx.pool,
    sql`select coalesce(s.name, '') as source, sum(e.events)::bigint as events, max(e.day)::text as last_day
      from event_days e left join sources s on s.id = e.source_id where e.name = ${name} group by 1 order by 2 desc`,
    z.object({ source: z.string(), events: z.number(), lastDay: z.string() }),
  );
  const violationList = await query(
    ctx.pool,
    sql`select v.path, v.reason, v.events, v.last_at, coalesce(s.name, '') as source, v.message_id, v.example
      from event_violations v left join sources s on s.id = v.source_id where v.name = ${name} order by v.events desc, v.path`,
    SeenViolationRow,
  );
  return { ...entry, propertyList, bySource, violationList, schema: await readSchema(ctx.pool, name) };
}

export interface EventWords {
  owner?: string | undefined;
  description?: string | undefined;
  properties?: { path: string; personal?: boolean | null | undefined; description?: string | undefined }[];
}

/**
 * Writes down who looks after an event, what it means, and which of its properties are personal: those stay out of the
 * event store from the next batch on. Refuses event.missing, property.missing.
 */
export async function describeEvent(ctx: Context, name: string, words: EventWords): Promise<void> {
  ctx.require("data:write");
  await ctx.inTransaction(async (tx) => {
    const before = await queryOne(
      tx,
      sql`select owner, description from event_names where name = ${name} for update`,
      z.object({ owner: z.string(), description: z.string() }),
    );
    if (!before) refuseMissing(name);
    const after = {
      owner: words.owner ?? before.owner,
      description: words.description ?? before.description,
    };
    await query(
      tx,
      sql`update event_names set owner = ${after.owner}, description = ${after.description} where name = ${name}`,
    );
    for (const property of words.properties ?? []) {
      const [found] = await query(
        tx,
        sql`update event_properties set
            personal = ${property.personal === undefined ? sql`personal` : sql`${property.personal}::boolean`},
            description = ${property.description === undefined ? sql`description` : sql`${property.description}`}
          where name = ${name} and path = ${property.path} returning path`,
        z.object({ path: z.string() }),
      );
      if (!found)
        refuse("missing", "property.missing", `The event ${name} has no property ${property.path}.`);
    }
    await record(tx, ctx, "event.described", name, before, {
      ...after,
      ...(words.properties ? { properties: words.properties } : {}),
    });
  });
}

function refuseMissing(name: string): never {
  refuse("missing", "event.missing", `No event ${name} has come yet.`);
}
