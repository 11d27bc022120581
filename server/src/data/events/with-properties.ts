import { z } from "zod";
import type { EventDatabase } from "../../platform/clickhouse/index.ts";

/** A property that a question asks for: the column it becomes, and the `{name:Identifier}` that is bound to its path. */
export interface PropertyColumn {
  column: string;
  placeholder: string;
}

const definitions = new WeakMap<EventDatabase, Promise<string>>();

/** The statement behind the view `events`, as the engine keeps it. */
async function definitionOf(events: EventDatabase): Promise<string> {
  const [row] = await events.query(
    z.object({ statement: z.string() }),
    {},
    "select as_select as statement from system.tables where database = currentDatabase() and name = 'events'",
  );
  if (!row?.statement.startsWith("SELECT ")) throw new Error("The view `events` is not what it should be.");
  return row.statement;
}

/**
 * What stands behind `from` in a question to `events` that also asks for properties by paths known only now; each becomes
 * a text, '' where an event lacks it. Through the view the engine would read the whole JSON of every event for one path,
 * eight times as slow.
 */
export async function eventsWith(
  events: EventDatabase,
  properties: readonly PropertyColumn[],
): Promise<string> {
  if (!properties.length) return "events";
  let definition = definitions.get(events);
  if (!definition) {
    definition = definitionOf(events);
    definitions.set(events, definition);
    definition.catch(() => definitions.delete(events));
  }
  const columns = properties.map(
    ({ column, placeholder }) => `properties.${placeholder}::String as ${column}, `,
  );
  return `(select ${columns.join("")}${(await definition).slice("SELECT ".length)})`;
}
