import { z } from "zod";
import type { Context } from "../../garden/index.ts";
import { bounds } from "./model.ts";
import { Observed } from "./observe.ts";

const NameRow = z.object({ name: z.string(), events: z.number(), examples: z.array(z.string()) });
const ExampleRow = z.object({ name: z.string(), properties: z.string() });

/** Events of a name that are looked into; the others are counted. */
const lookedInto = 50;

/**
 * What the events of an import show of names and properties, for the catalogue: how many came, and of a few of each name
 * what they hold. An import is the brand's own word, so its names find room like those of its servers.
 */
export async function observeImport(
  ctx: Context,
  imported: { id: number; sourceId: number; at: Date },
): Promise<Observed> {
  const observed = new Observed();
  const names = await ctx.events.query(
    NameRow,
    { id: imported.id, most: bounds.names },
    `select name, count() as events, arrayMap(one -> toString(one), groupArraySample(${lookedInto})(event_id)) as examples
      from events_stored where import_id = {id:UInt32} group by name order by events desc limit {most:UInt32}`,
    { lane: "work" },
  );
  if (!names.length) return observed;
  const examples = await ctx.events.query(
    ExampleRow,
    { id: imported.id, ids: names.flatMap((one) => one.examples) },
    `select name, toString(properties) as properties from events_stored
      where import_id = {id:UInt32} and event_id in (select toUUID(arrayJoin({ids:Array(String)})))`,
    { lane: "work" },
  );
  for (const { name, properties } of examples)
    observed.add({
      name,
      ...{ sourceId: imported.sourceId, trusted: true, receivedAt: imported.at, messageId: "" },
      properties: JSON.parse(properties) as Record<string, unknown>,
    });
  for (const { name, events } of names) observed.count(name, imported.sourceId, events);
  return observed;
}
