import type { QueryResult } from "pg";
import type { ZodType } from "zod";
import { camelCase } from "../camel.ts";
import { storable } from "./storable.ts";

/**
 * A piece of SQL with its values beside it, or a whole statement.
 *
 * `text` holds `$1, $2 …` and `values` what they stand for, so a `Sql` can be handed to `pg` as it is.
 */
export class Sql {
  readonly #strings: readonly string[];
  readonly #values: readonly unknown[];

  constructor(strings: readonly string[], values: readonly unknown[]) {
    // Fragments are unfolded here, so that the placeholders of the outermost statement count through.
    const flatStrings = [strings[0] ?? ""];
    const flatValues: unknown[] = [];
    const extendLast = (more: string) => {
      flatStrings[flatStrings.length - 1] += more;
    };
    values.forEach((value, at) => {
      if (value instanceof Sql) {
        extendLast(value.#strings[0] ?? "");
        value.#values.forEach((inner, innerAt) => {
          flatValues.push(inner);
          flatStrings.push(value.#strings[innerAt + 1] ?? "");
        });
        extendLast(strings[at + 1] ?? "");
      } else {
        flatValues.push(value);
        flatStrings.push(strings[at + 1] ?? "");
      }
    });
    this.#strings = flatStrings;
    this.#values = flatValues;
  }

  get text(): string {
    return this.#strings.reduce((text, part, at) => `${text}$${at}${part}`);
  }

  get values(): unknown[] {
    return [...this.#values];
  }
}

function tag(strings: TemplateStringsArray, ...values: unknown[]): Sql {
  return new Sql(strings, values);
}

/** An identifier in double quotes; several parts are joined by dots: `sql.ident("garden_1", "orders")`. */
export function quoteIdent(...parts: string[]): string {
  return parts
    .map((part) => {
      if (part === "" || part.includes("\0"))
        throw new TypeError("An SQL identifier is empty or holds a NUL");
      return `"${part.replaceAll('"', '""')}"`;
    })
    .join(".");
}

/**
 * SQL as SQL: `sql\`select * from orders where id = ${id}\``. Values are bound, never pasted; another
 * `sql\`…\`` inside is unfolded in place. `undefined` is null. Postgres arrays are JavaScript arrays: write `= any(${ids})`.
 */
export const sql = Object.assign(tag, {
  /** Text pasted as it is. Only for constants of the code: a value from outside here is an injection. */
  raw: (text: string): Sql => new Sql([text], []),
  /** A quoted identifier, such as a schema's name. */
  ident: (...parts: string[]): Sql => new Sql([quoteIdent(...parts)], []),
  /** Pieces one after the other: values or fragments. An empty list is an error in most places of SQL. */
  join: (pieces: readonly unknown[], separator = ", "): Sql =>
    new Sql(pieces.length === 0 ? [""] : ["", ...pieces.slice(1).map(() => separator), ""], pieces),
  /** A value bound as JSON text. Without this `pg` sends a JavaScript array as a Postgres array. */
  json: (value: unknown): Sql => new Sql(["", "::jsonb"], [JSON.stringify(value) ?? null]),
  /** Nothing; for a part of a statement that is there only sometimes. */
  empty: new Sql([""], []),
});

/** A pool, or the client of a transaction. */
export interface Executor {
  query(text: string, values: unknown[]): Promise<QueryResult>;
}

type Row = Record<string, unknown>;

/** Runs a statement and gives its rows with camelCase names, each parsed by `schema` where one is given. */
export async function query<T>(on: Executor, statement: Sql, schema: ZodType<T>): Promise<T[]>;
export async function query<T = Row>(on: Executor, statement: Sql): Promise<T[]>;
export async function query<T>(on: Executor, statement: Sql, schema?: ZodType<T>): Promise<T[]> {
  const { rows, fields } = await on.query(statement.text, statement.values.map(storable));
  const names = fields.map((field) => [field.name, camelCase(field.name)] as const);
  return (rows as Row[]).map((row) => {
    const renamed: Row = {};
    for (const [name, camel] of names) renamed[camel] = row[name];
    return schema ? schema.parse(renamed) : (renamed as T);
  });
}

/** The only row, or undefined. More than one row is a mistake in the statement, and throws. */
export async function queryOne<T>(on: Executor, statement: Sql, schema: ZodType<T>): Promise<T | undefined>;
export async function queryOne<T = Row>(on: Executor, statement: Sql): Promise<T | undefined>;
export async function queryOne<T>(on: Executor, statement: Sql, schema?: ZodType<T>): Promise<T | undefined> {
  const rows = schema ? await query(on, statement, schema) : await query<T>(on, statement);
  if (rows.length > 1) throw new Error(`One row was expected, ${rows.length} came: ${statement.text}`);
  return rows[0];
}

/** Runs a statement whose rows do not matter, and says how many it touched. */
export async function execute(on: Executor, statement: Sql): Promise<number> {
  return (await on.query(statement.text, statement.values.map(storable))).rowCount ?? 0;
}
