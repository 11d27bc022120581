import { z } from "zod";
import type { Tx } from "../../garden/index.ts";
import { query, sql } from "../../platform/postgres/index.ts";
import { isEmail } from "../profiles/index.ts";

type Json = Record<string, unknown>;

/** What operators said of properties, by the event's name: the path, and whether it is personal. */
export type Marks = ReadonlyMap<string, readonly { path: readonly string[]; personal: boolean }[]>;

export async function loadMarks(tx: Tx): Promise<Marks> {
  const rows = await query(
    tx,
    sql`select name, path, personal from event_properties where personal is not null`,
    z.object({ name: z.string(), path: z.string(), personal: z.boolean() }),
  );
  const marks = new Map<string, { path: string[]; personal: boolean }[]>();
  for (const { name, path, personal } of rows)
    marks.set(name, [...(marks.get(name) ?? []), { path: path.split("."), personal }]);
  return marks;
}

/**
 * What is left of cleaned properties by the word of operators: what is marked personal goes, what is marked as harmless
 * comes back from `stated`, but for an e-mail address, which is personal under any name.
 */
export function withMarks(marks: Marks, name: string, cleaned: Json, stated: Json): Json {
  for (const { path, personal } of marks.get(name) ?? []) {
    if (personal) remove(cleaned, path);
    else restore(cleaned, stated, path);
  }
  return cleaned;
}

const object = (value: unknown): Json | undefined =>
  typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Json) : undefined;

/** Keys may hold dots themselves: each way to part the path is tried. */
function remove(from: Json, [first, ...rest]: readonly string[]): void {
  if (first === undefined) return;
  if (!rest.length) {
    delete from[first];
    return;
  }
  const key = first.replace(/\[\]$/, "");
  const inner = from[key];
  if (key !== first && Array.isArray(inner)) {
    for (const item of inner) remove(object(item) ?? {}, rest);
    return;
  }
  remove(object(inner) ?? {}, rest);
  const [second, ...others] = rest;
  remove(from, [`${first}.${second}`, ...others]);
}

function restore(to: Json, stated: Json, [first, ...rest]: readonly string[]): void {
  if (first === undefined || first === "__proto__" || !Object.hasOwn(stated, first)) return;
  const value = stated[first];
  if (!rest.length) {
    if (value === null || typeof value === "number" || typeof value === "boolean") to[first] = value;
    if (typeof value === "string" && !isEmail(value)) to[first] = value.toWellFormed().replaceAll("\0", "");
    return;
  }
  const [from, into] = [object(value), object(to[first])];
  if (from && into) restore(into, from, rest);
}
