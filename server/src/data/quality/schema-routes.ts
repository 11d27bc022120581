import { z } from "zod";
import type { Route } from "../../garden/index.ts";
import { draftRules } from "./draft.ts";
import { fromJsonSchema, toJsonSchema } from "./json-schema.ts";
import { Rule, Rules, SchemaMode } from "./schema.ts";
import { changeSchema, type EventSchema, readSchema } from "./schemas.ts";

const Name = z.string().trim().min(1).max(255);
export const ShownSchema = z.object({
  mode: SchemaMode,
  rules: z.array(Rule),
  origin: z.enum(["built_in", "own", "none"]),
});

/** What each event has to hold: made from what was seen, written by hand, or brought as JSON Schema. */
export function schemaRoutes(route: Route): void {
  const read = { right: "data:read" } as const;
  const write = { right: "data:write" } as const;

  route({
    method: "PUT",
    url: "/api/events/schema",
    access: write,
    tag: "Data",
    summary: "Say what an event has to hold, and what becomes of one that does not",
    description:
      "`report` accepts it and counts; `block` does not accept it: it stands among the rejected events with its reason. It counts from the next events on. Without `rules` what is built in for the event counts again.",
    body: z.object({ name: Name, mode: SchemaMode, rules: Rules.nullable() }),
    reply: ShownSchema,
    handler: async ({ ctx, body: { name, ...schema } }) => shownSchema(await changeSchema(ctx, name, schema)),
  });

  route({
    method: "GET",
    url: "/api/events/schema/draft",
    access: read,
    tag: "Data",
    summary: "The schema that an event as it came until now would fit",
    query: z.object({ name: Name }),
    reply: z.object({ rules: z.array(Rule) }),
    refusals: ["event.missing"],
    handler: async ({ ctx, query: { name } }) => ({ rules: await draftRules(ctx, name) }),
  });

  route({
    method: "GET",
    url: "/api/events/schema/json",
    access: read,
    tag: "Data",
    summary: "The schema of an event as JSON Schema",
    query: z.object({ name: Name }),
    handler: async ({ ctx, query: { name }, reply }) => {
      const { rules } = await readSchema(ctx.pool, name);
      const file = `${name.replace(/[^A-Za-z0-9]+/g, "-").toLowerCase() || "event"}.schema.json`;
      reply.header("content-disposition", `attachment; filename="${file}"`);
      reply.type("application/schema+json; charset=utf-8");
      return JSON.stringify(toJsonSchema(name, rules), null, 2);
    },
  });

  route({
    method: "PUT",
    url: "/api/events/schema/json",
    access: write,
    tag: "Data",
    summary: "Take over the schema of an event from a JSON Schema",
    body: z.object({ name: Name, mode: SchemaMode, schema: z.record(z.string(), z.unknown()) }),
    reply: ShownSchema,
    refusals: ["schema.unsupported", "schema.invalid"],
    handler: async ({ ctx, body: { name, mode, schema } }) =>
      shownSchema(await changeSchema(ctx, name, { mode, rules: fromJsonSchema(schema) })),
  });
}

export const shownSchema = ({ mode, rules, origin }: EventSchema): z.input<typeof ShownSchema> => ({
  mode,
  rules: [...rules],
  origin,
});
