import { z } from "zod";
import { type Executor, query, queryOne, sql } from "../../platform/postgres/index.ts";
import type { Tx } from "../context.ts";
import { type Source, type SourceKind, StoredSource, sourceDefaults } from "./model.ts";

const columns =
  sql.raw(`id, name, kind, consent_mode, consent_categories, stated_basis, proves_consent, origins, signing_secret, enabled,
  write_key, first_event_at, last_event_at, created_at`);

export function listSources(on: Executor): Promise<StoredSource[]> {
  return query(on, sql`select ${columns} from sources order by id`, StoredSource);
}

/** The names of these sources, for pages that say where something came from. */
export async function sourceNames(on: Executor, ids: readonly number[]): Promise<Map<number, string>> {
  const rows = await query(
    on,
    sql`select id, name from sources where id = any(${[...ids]}::bigint[])`,
    z.object({ id: z.number(), name: z.string() }),
  );
  return new Map(rows.map((row) => [row.id, row.name]));
}

export function findSourceById(on: Executor, id: number): Promise<StoredSource | undefined> {
  return queryOne(on, sql`select ${columns} from sources where id = ${id}`, StoredSource);
}

export function lockSource(tx: Tx, id: number): Promise<StoredSource | undefined> {
  return queryOne(tx, sql`select ${columns} from sources where id = ${id} for update`, StoredSource);
}

/** Saves a new source; its write key, if it has one, leads to `garden` from here on. */
export async function insertSource(
  tx: Tx,
  garden: string,
  source: Omit<Source, "id"> & { writeKey: string | null },
): Promise<StoredSource> {
  const saved = await queryOne(
    tx,
    sql`insert into sources (name, kind, consent_mode, consent_categories, stated_basis, proves_consent, origins, signing_secret, enabled, write_key)
      values (${source.name}, ${source.kind}, ${source.consentMode}, ${sql.json(source.consentCategories)},
        ${sql.json(source.statedBasis)}, ${source.provesConsent}, ${source.origins}, ${source.signingSecret}, ${source.enabled}, ${source.writeKey})
      returning ${columns}`,
    StoredSource,
  );
  if (source.writeKey) await registerKey(tx, garden, source.writeKey, saved!.id);
  return saved!;
}

export async function saveSource(tx: Tx, garden: string, source: StoredSource): Promise<void> {
  await query(
    tx,
    sql`update sources set name = ${source.name}, consent_mode = ${source.consentMode},
        consent_categories = ${sql.json(source.consentCategories)}, stated_basis = ${sql.json(source.statedBasis)},
        proves_consent = ${source.provesConsent}, origins = ${source.origins}, signing_secret = ${source.signingSecret}, enabled = ${source.enabled},
        write_key = ${source.writeKey}
      where id = ${source.id}`,
  );
  await query(tx, sql`delete from rondell.write_keys where garden = ${garden} and source_id = ${source.id}`);
  if (source.writeKey) await registerKey(tx, garden, source.writeKey, source.id);
}

export async function deleteSource(tx: Tx, garden: string, id: number): Promise<void> {
  await query(tx, sql`delete from rondell.write_keys where garden = ${garden} and source_id = ${id}`);
  await query(tx, sql`delete from sources where id = ${id}`);
}

async function registerKey(tx: Tx, garden: string, writeKey: string, sourceId: number): Promise<void> {
  await query(
    tx,
    sql`insert into rondell.write_keys (write_key, garden, source_id) values (${writeKey}, ${garden}, ${sourceId})`,
  );
}

/** Finds the garden's one source of a kind that has no key, or makes it. Two callers at once get the same. */
export async function ownSource(
  on: Executor,
  kind: Extract<SourceKind, "internal" | "import">,
): Promise<Source> {
  const find = () => queryOne(on, sql`select ${columns} from sources where kind = ${kind}`, StoredSource);
  const found = await find();
  if (found) return found;
  const { consentMode, consentCategories, statedBasis } = sourceDefaults(kind);
  await query(
    on,
    sql`insert into sources (name, kind, consent_mode, consent_categories, stated_basis)
      values (${kind === "internal" ? "Rondell" : "Imports"}, ${kind}, ${consentMode}, ${sql.json(consentCategories)}, ${sql.json(statedBasis)})
      on conflict do nothing`,
  );
  return (await find())!;
}

/** The brand's websites: the origins that its browser sources name; undefined where one of them names none, so every origin is. */
export async function websites(on: Executor): Promise<string[] | undefined> {
  const rows = await query(
    on,
    sql`select origins from sources where kind = 'browser' and enabled`,
    z.object({ origins: z.array(z.string()) }),
  );
  return rows.some((row) => !row.origins.length) ? undefined : rows.flatMap((row) => row.origins);
}

export const PurposeName = z.object({ key: z.string(), name: z.record(z.string(), z.string()) });

/** The brand's purposes, to which a source's categories lead, with their names by language. */
export function purposeNames(on: Executor): Promise<z.infer<typeof PurposeName>[]> {
  return query(on, sql`select key, name from purposes order by position, key`, PurposeName);
}

/** What lately became of a source's events, for the page that waits for the first one. */
export async function recentDrops(
  on: Executor,
  sourceId: number,
  since: Date,
): Promise<{ reason: string; at: Date; name: string }[]> {
  return query(
    on,
    sql`select reason, at, name from recent_drops where source_id = ${sourceId} and at >= ${since} order by at desc limit 20`,
    z.object({ reason: z.string(), at: z.date(), name: z.string() }),
  );
}
