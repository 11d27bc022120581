import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { bounds } from "./model.ts";
import { Observed } from "./observe.ts";

const NameRow = z.object({ name: z.string(), events: z.number() });
const ExampleRow = z.object({ name: z.string(), properties: z.string() });

/** Events that are looked into: of each name some, and of many names fewer each. The others are counted. */
const lookedInto = { ofName: 50, inAll: 10_000 };

/**
 * What the events of an import show of names and properties, for the catalogue: how many came, and of a few of each name
 * what they hold. An import is the brand's own word, so its names find room like those of its servers.
 */
export async function observeImport(
  ctx: Context,
  imported: { id: number; sourceId: number; at: Date },
): Promise<Observed> {
  const { id, sourceId, at } = imported;
  const observed = new Observed();
  const names = await ctx.events.query(
    NameRow,
    { id, most: bounds.names },
    `select name, count() as events from events_stored where import_id = {id:UInt32}
      group by name order by events desc limit {most:UInt32}`,
    { lane: "work" },
  );
  if (!names.length) return observed;
  const ofEach = Math.max(1, Math.min(lookedInto.ofName, Math.floor(lookedInto.inAll / names.length)));
  const examples = await ctx.events.query(
    ExampleRow,
    { id },
    `select name, toString(properties) as properties from events_stored
      where import_id = {id:UInt32} and event_id in (
        select arrayJoin(groupArraySample(${ofEach})(event_id)) from events_stored where import_id = {id:UInt32} group by name)`,
    { lane: "work" },
  );
  const told = new Set(names.map((one) => one.name));
  for (const { name, properties } of examples)
    if (told.has(name))
      observed.add({
        ...{ name, sourceId, trusted: true, receivedAt: at, messageId: "" },
        properties: JSON.parse(properties) as Record<string, unknown>,
      });
  for (const { name, events } of names) observed.count(name, sourceId, events);
  return observed;
}
