import { z } from "zod";
import { type Context, record } from "../../garden/index.ts";
import { type Executor, query, sql } from "../../platform/postgres/index.ts";
import { builtIn, orderViolations } from "./commerce.ts";
import { checkOf, type Rule, Rules, SchemaMode, type Violation } from "./schema.ts";

const Stored = z.object({ name: z.string(), mode: SchemaMode, rules: Rules.nullable() });

/** The schema of an event as it stands: the operator's, else the one that is built in. */
export interface EventSchema {
  mode: SchemaMode;
  rules: readonly Rule[];
  /** `built_in`: nobody wrote rules of their own. */
  origin: "built_in" | "own" | "none";
}

const standing = (name: string, stored?: z.infer<typeof Stored>): EventSchema => {
  const known = Object.hasOwn(builtIn, name) ? builtIn[name] : undefined;
  if (stored?.rules) return { mode: stored.mode, rules: stored.rules, origin: "own" };
  return {
    mode: stored?.mode ?? (known ? "report" : "off"),
    rules: known ?? [],
    origin: known ? "built_in" : "none",
  };
};

export async function readSchema(on: Executor, name: string): Promise<EventSchema> {
  const [row] = await query(
    on,
    sql`select name, mode, rules from event_schemas where name = ${name}`,
    Stored,
  );
  return standing(name, row);
}

/** Writes down what an event has to hold; it counts from the next batch on. `rules` null gives back what is built in. */
export async function changeSchema(
  ctx: Context,
  name: string,
  { mode, rules }: { mode: SchemaMode; rules: Rule[] | null },
): Promise<EventSchema> {
  ctx.require("data:write");
  return ctx.inTransaction(async (tx) => {
    const before = await readSchema(tx, name);
    await query(
      tx,
      sql`insert into event_schemas (name, mode, rules, changed_at) values (${name}, ${mode}, ${rules && sql.json(rules)}, ${ctx.now()})
        on conflict (name) do update set mode = excluded.mode, rules = excluded.rules, changed_at = excluded.changed_at`,
    );
    // What was counted by other rules says nothing of these.
    if (JSON.stringify(before.rules) !== JSON.stringify(rules ?? builtIn[name] ?? []))
      await query(tx, sql`delete from event_violations where name = ${name}`);
    const after = await readSchema(tx, name);
    await record(tx, ctx, "schema.changed", name, before, after);
    return after;
  });
}

/** The schemas of a garden, ready to be asked for every event. */
export class Schemas {
  readonly #of = new Map<
    string,
    { mode: SchemaMode; check: (properties: Record<string, unknown>) => Violation[] }
  >();

  constructor(stored: readonly z.infer<typeof Stored>[]) {
    const rows = new Map(stored.map((row) => [row.name, row]));
    for (const name of new Set([...Object.keys(builtIn), ...rows.keys()])) {
      const { mode, rules, origin } = standing(name, rows.get(name));
      if (mode === "off") continue;
      const check = checkOf(rules);
      // What is built in knows amounts, too: by rules of their own operators say themselves what they want.
      this.#of.set(name, {
        mode,
        check:
          origin === "built_in"
            ? (properties) => [...check(properties), ...orderViolations(name, properties)]
            : check,
      });
    }
  }

  /** What is not as it should be, and whether that keeps the event out. */
  judge(name: string, properties: Record<string, unknown>): { violations: Violation[]; blocks: boolean } {
    const schema = this.#of.get(name);
    const violations = schema?.check(properties) ?? [];
    return { violations, blocks: violations.length > 0 && schema?.mode === "block" };
  }
}

const remembered = new Map<string, Schemas>();

/** The schemas as they stand, made ready once for each wording. */
export async function loadSchemas(on: Executor): Promise<Schemas> {
  const rows = await query(on, sql`select name, mode, rules from event_schemas order by name`, Stored);
  const wording = JSON.stringify(rows);
  let schemas = remembered.get(wording);
  if (!schemas) {
    schemas = new Schemas(rows);
    if (remembered.size >= 20) remembered.clear();
    remembered.set(wording, schemas);
  }
  return schemas;
}

/** What the sender of a blocked event has to do, in words. */
export function violationText({ path, reason, example }: Violation): string {
  const found = example === undefined ? "" : ` (it says ${JSON.stringify(example)})`;
  switch (reason) {
    case "missing":
      return `${path} is missing`;
    case "type":
      return `${path} is of another type${found}`;
    case "enum":
      return `${path} is none of the values that are allowed${found}`;
    case "pattern":
      return `${path} does not look as it should${found}`;
    case "minimum":
      return `${path} is too small${found}`;
    case "amount":
      return `${path} is no amount that can be read${found}: write 12.50`;
    case "negative_order":
      return `${path} of an order is below zero${found}`;
    case "no_amount":
      return "no amount is said: send revenue, total or the prices of the products";
  }
}
