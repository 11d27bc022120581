import type { Pool } from "pg";
import { z } from "zod";
import { query, sql } from "../../../platform/postgres/index.ts";
import { ImportResult, ImportState } from "../model.ts";
import { ImportFault } from "../store.ts";

/** A look into a folder that was due, or brought something. */
export const Look = z.object({
  at: z.string(),
  /** Who asked for it; null where it was the timetable, or the files themselves. */
  askedBy: z.string().nullable(),
  /** Files that were taken. */
  files: z.number(),
  /** The imports that it began. */
  imports: z.array(z.number()),
  /** Why files that lie there were not imported. */
  fault: ImportFault.nullable(),
});
export type Look = z.infer<typeof Look>;

/** What a look has brought so far: the imports that it began may still be running. */
export const Outcome = z.object({
  at: z.string(),
  askedBy: z.string().nullable(),
  files: z.number(),
  /** Imports that have not ended yet. */
  running: z.number(),
  /** Imports that could not be done. */
  failed: z.number(),
  accepted: z.number(),
  updated: z.number(),
  unchanged: z.number(),
  rejected: z.number(),
  fault: ImportFault.nullable(),
});
export type Outcome = z.infer<typeof Outcome>;

const Begun = z.object({
  id: z.number(),
  state: ImportState,
  result: ImportResult.pick({ accepted: true, updated: true, unchanged: true, rejected: true }).nullable(),
  error: ImportFault.nullable(),
});
type Begun = z.infer<typeof Begun>;

/** What each look brought, in their order. */
export async function outcomesOf(pool: Pool, looks: readonly (Look | null)[]): Promise<(Outcome | null)[]> {
  const ids = looks.flatMap((look) => look?.imports ?? []);
  const begun = ids.length
    ? await query(
        pool,
        sql`select id, state, result, error from imports where id = any(${ids}::bigint[])`,
        Begun,
      )
    : [];
  const byId = new Map(begun.map((one) => [one.id, one]));
  return looks.map(
    (look) =>
      look &&
      outcomeOf(
        look,
        look.imports.flatMap((id) => byId.get(id) ?? []),
      ),
  );
}

function outcomeOf(look: Look, begun: readonly Begun[]): Outcome {
  const sum = (name: "accepted" | "updated" | "unchanged" | "rejected") =>
    begun.reduce((total, one) => total + (one.result?.[name] ?? 0), 0);
  return {
    at: look.at,
    askedBy: look.askedBy,
    files: look.files,
    running: begun.filter((one) => one.state === "queued" || one.state === "running").length,
    failed: begun.filter((one) => one.state === "failed").length,
    accepted: sum("accepted"),
    updated: sum("updated"),
    unchanged: sum("unchanged"),
    rejected: sum("rejected"),
    fault: look.fault ?? begun.find((one) => one.error)?.error ?? null,
  };
}
